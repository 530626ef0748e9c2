// SPDX-License-Identifier: Apache-2.0
/** Every flag of cohsh, in the order of its help: one table for the parser, for conflicts, for environment variables and for the usage text. */

export interface Flag {
  type: 'string' | 'boolean';
  short?: string;
  multiple?: boolean;
  /** How the usage text names the value. */
  value?: string;
  help: string;
  /** Environment variable that stands in for the flag. */
  env?: string;
  /** The flag makes sense only with these. */
  needs?: readonly string[];
  /** The flag cannot be used with these. */
  conflicts?: readonly string[];
}

const MINT_CONFLICTS = ['ticket', 'script', 'check', 'record-trace', 'replay-trace'];
const NEEDS_MINT = ['mint-ticket'];

export const FLAGS = {
  role: { type: 'string', value: 'ROLE', help: 'attach as this role at the start' },
  ticket: { type: 'string', value: 'TICKET', help: 'ticket to attach with', needs: ['role'] },
  transport: { type: 'string', value: 'tcp|9p|qemu|mock', help: 'how to reach the node (tcp)' },
  'tcp-host': { type: 'string', value: 'HOST', env: 'COHSH_TCP_HOST', help: 'node to connect to (127.0.0.1)' },
  'tcp-port': { type: 'string', value: 'PORT', help: 'its console port (31337); COHSH_TCP_PORT goes before it' },
  '9p-port': { type: 'string', value: 'PORT', env: 'COHSH_9P_PORT', help: 'its Secure9P port (564)' },
  'auth-token': {
    type: 'string',
    value: 'TOKEN',
    env: 'COHSH_AUTH_TOKEN',
    help: 'token of the TCP console (changeme)',
  },
  'tcp-debug': { type: 'boolean', help: 'trace frames on standard error; also COHSH_TCP_DEBUG' },
  script: { type: 'string', value: 'FILE', help: 'run a .coh script and exit', conflicts: ['check'] },
  check: { type: 'string', value: 'FILE', help: 'check the syntax of a .coh script and exit' },
  'record-trace': {
    type: 'string',
    value: 'FILE',
    help: 'record the 9P frames of the session (mock only)',
    conflicts: ['replay-trace'],
  },
  'replay-trace': { type: 'string', value: 'FILE', help: 'answer from a recorded trace (mock only)' },
  json: { type: 'boolean', help: 'one JSON object a line: acknowledgements, lines, errors' },
  'no-color': { type: 'boolean', help: 'no colours; also NO_COLOR' },
  'mint-ticket': { type: 'boolean', help: 'print a ticket for --role and exit', conflicts: MINT_CONFLICTS },
  'ticket-subject': { type: 'string', value: 'NAME', help: 'whom it is for: worker-1', needs: NEEDS_MINT },
  'ticket-config': {
    type: 'string',
    value: 'FILE',
    env: 'COHSH_TICKET_CONFIG',
    help: 'manifest that has the secret (configs/root_task.toml)',
    needs: NEEDS_MINT,
  },
  'ticket-secret': {
    type: 'string',
    value: 'SECRET',
    env: 'COHSH_TICKET_SECRET',
    help: 'the secret',
    needs: NEEDS_MINT,
  },
  'ticket-scope': {
    type: 'string',
    multiple: true,
    value: 'PATH:VERB[:RATE]',
    help: 'only this path; VERB is read, write or read-write, RATE requests a second',
    needs: NEEDS_MINT,
  },
  'ticket-bandwidth': { type: 'string', value: 'BYTES', help: 'bytes in all', needs: NEEDS_MINT },
  'ticket-cursor-resumes': { type: 'string', value: 'N', help: 'telemetry reads that go back', needs: NEEDS_MINT },
  'ticket-cursor-advances': { type: 'string', value: 'N', help: 'telemetry reads', needs: NEEDS_MINT },
  'ticket-ttl-s': { type: 'string', value: 'S', help: 'lifetime', needs: NEEDS_MINT },
  'ticket-ops': { type: 'string', value: 'N', help: 'operations', needs: NEEDS_MINT },
  'ticket-ticks': { type: 'string', value: 'N', help: 'telemetry records', needs: NEEDS_MINT },
  policy: { type: 'string', value: 'FILE', env: 'COHSH_POLICY', help: 'client policy (out/cohsh_policy.toml)' },
  'pool-control-sessions': {
    type: 'string',
    value: 'N',
    env: 'COHSH_POOL_CONTROL_SESSIONS',
    help: 'instead of the policy',
  },
  'pool-telemetry-sessions': { type: 'string', value: 'N', env: 'COHSH_POOL_TELEMETRY_SESSIONS', help: 'likewise' },
  'retry-max-attempts': { type: 'string', value: 'N', env: 'COHSH_RETRY_MAX_ATTEMPTS', help: 'likewise' },
  'retry-backoff-ms': { type: 'string', value: 'MS', env: 'COHSH_RETRY_BACKOFF_MS', help: 'likewise' },
  'retry-ceiling-ms': { type: 'string', value: 'MS', env: 'COHSH_RETRY_CEILING_MS', help: 'likewise' },
  'retry-timeout-ms': { type: 'string', value: 'MS', env: 'COHSH_RETRY_TIMEOUT_MS', help: 'likewise' },
  'heartbeat-interval-ms': { type: 'string', value: 'MS', env: 'COHSH_HEARTBEAT_INTERVAL_MS', help: 'likewise' },
  'mock-seed-gpu': { type: 'boolean', help: 'GPU-0 and GPU-1 in the mock' },
  'qemu-bin': { type: 'string', value: 'FILE', help: 'emulator (qemu-system-aarch64)' },
  'qemu-out-dir': { type: 'string', value: 'DIR', help: 'where the image is (out/qemu-virt)' },
  'qemu-gic-version': { type: 'string', value: '2|3', help: 'interrupt controller (2)' },
  'qemu-arg': { type: 'string', multiple: true, value: 'ARG', help: 'further argument; also COHSH_QEMU_ARGS' },
  verbose: { type: 'boolean', short: 'v', help: 'more on standard error' },
  help: { type: 'boolean', short: 'h', help: 'this text' },
  version: { type: 'boolean', help: 'version and commit' },
} as const satisfies Readonly<Record<string, Flag>>;

export type FlagName = keyof typeof FLAGS;

/** `FLAGS` where only the common shape matters. */
export const FLAG_TABLE: Readonly<Record<string, Flag>> = FLAGS;

export function usageText(): string {
  const flags = Object.entries(FLAG_TABLE).map(([name, { value, short, help, env }]) => {
    const left = `${short === undefined ? '    ' : `-${short}, `}--${name}${value === undefined ? '' : ` <${value}>`}`;
    const right = env === undefined ? help : `${help} [${env}]`;
    return left.length < 38 ? `  ${left.padEnd(38)}${right}` : `  ${left}\n  ${' '.repeat(38)}${right}`;
  });
  return `cohsh: operator shell of Cohesix

usage: cohsh [flags]                          a shell; commands from a pipe if standard input is one
       cohsh [flags] --script FILE            run a .coh script
       cohsh [flags] --check FILE             check one
       cohsh mint --role ROLE [flags]         print a ticket (same as --mint-ticket)
       cohsh diagnose [REPORT.json] FAULT…    source lines of a fault report: its text, or a domain and an address

flags:
${flags.join('\n')}

exit code: 0 done, 1 failed, 2 the command line is wrong
`;
}
