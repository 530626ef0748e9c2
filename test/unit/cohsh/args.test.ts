// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { parseSettings } from '../../../host/cohsh/args.ts';
import { UsageError } from '../../../host/cohsh/errors.ts';
import { FLAG_TABLE, usageText } from '../../../host/cohsh/flags.ts';
import { main, type Io } from '../../../host/cohsh/main.ts';

describe('settings', () => {
  it('have these defaults', () => {
    expect(parseSettings([], {})).toEqual({
      mode: { kind: 'shell' },
      transport: 'tcp',
      tcp: { host: '127.0.0.1', port: 31337, authToken: 'changeme', debug: false },
      nine: { port: 564 },
      mock: { seedGpu: false },
      qemu: { bin: 'qemu-system-aarch64', outDir: 'out/qemu-virt', gic: 2, args: [] },
      overrides: {},
      json: false,
      color: true,
      verbose: false,
    });
  });

  it.each([
    [['--role', 'worker'], { attach: { role: 'worker-heartbeat' } }],
    [['--role', 'QUEEN', '--ticket', 't'], { attach: { role: 'queen', ticket: 't' } }],
    [['--script', 'a.coh'], { mode: { kind: 'script', file: 'a.coh' } }],
    [['--check', 'a.coh'], { mode: { kind: 'check', file: 'a.coh' } }],
    [['--transport', 'mock', '--record-trace', 't'], { transport: 'mock', recordTrace: 't' }],
    [['--transport', 'mock', '--replay-trace', 't'], { transport: 'mock', replayTrace: 't' }],
    [['--transport', 'mock', '--mock-seed-gpu'], { mock: { seedGpu: true } }],
    [['--transport', '9p', '--9p-port', '5640'], { transport: '9p', nine: { port: 5640 } }],
    [['--tcp-host', 'h', '--tcp-port', '1'], { tcp: { host: 'h', port: 1, authToken: 'changeme', debug: false } }],
    [['--auth-token=a b', '--tcp-debug'], { tcp: { host: '127.0.0.1', port: 31337, authToken: 'a b', debug: true } }],
    [['--policy', 'p.toml'], { policyPath: 'p.toml' }],
    [
      ['--pool-control-sessions', '1', '--pool-telemetry-sessions', '2', '--retry-max-attempts', '3'],
      { overrides: { pool_control_sessions: 1, pool_telemetry_sessions: 2, retry_max_attempts: 3 } },
    ],
    [
      ['--retry-backoff-ms=4', '--retry-ceiling-ms=5', '--retry-timeout-ms=6', '--heartbeat-interval-ms=7'],
      { overrides: { retry_backoff_ms: 4, retry_ceiling_ms: 5, retry_timeout_ms: 6, heartbeat_interval_ms: 7 } },
    ],
    [
      ['--qemu-bin', 'q', '--qemu-out-dir', 'd', '--qemu-gic-version', '3', '--qemu-arg=-s', '--qemu-arg', 'x'],
      { qemu: { bin: 'q', outDir: 'd', gic: 3, args: ['-s', 'x'] } },
    ],
    [['--json', '--no-color', '-v'], { json: true, color: false, verbose: true }],
    [['--help'], { mode: { kind: 'help' } }],
    [['--version', '--ticket', 'x'], { mode: { kind: 'version' } }],
    [['diagnose', 'r.json', '[fault]', '--odd'], { mode: { kind: 'diagnose', words: ['r.json', '[fault]', '--odd'] } }],
    [['diagnose', '--help'], { mode: { kind: 'help' } }],
  ])('%j', (argv, expected) => {
    expect(parseSettings(argv, {})).toMatchObject(expected);
  });

  it.each([
    [{ COHSH_TCP_HOST: 'h' }, [], { tcp: { host: 'h' } }],
    [{ COHSH_TCP_HOST: 'h' }, ['--tcp-host', 'flag'], { tcp: { host: 'flag' } }],
    [{ COHSH_TCP_PORT: '7' }, ['--tcp-port', '8'], { tcp: { port: 7 } }],
    [{ COHSH_9P_PORT: '7' }, [], { nine: { port: 7 } }],
    [{ COHSH_AUTH_TOKEN: 't' }, [], { tcp: { authToken: 't' } }],
    [{ COHSH_AUTH_TOKEN: 't' }, ['--auth-token', 'u'], { tcp: { authToken: 'u' } }],
    [{ COHSH_POLICY: 'p' }, [], { policyPath: 'p' }],
    [{ COHSH_TCP_DEBUG: '1' }, [], { tcp: { debug: true } }],
    [{ COHSH_TCP_DEBUG: 'off' }, [], { tcp: { debug: false } }],
    [{ COHSH_QEMU_ARGS: ' -s  -S ' }, ['--qemu-arg', 'x'], { qemu: { args: ['-s', '-S', 'x'] } }],
    [{ NO_COLOR: '1' }, [], { color: false }],
    [{ NO_COLOR: '' }, [], { color: true }],
    [{ COHSH_TCP_PORT: '' }, ['--tcp-port', '8'], { tcp: { port: 8 } }],
  ])('environment %j with %j', (env, argv, expected) => {
    expect(parseSettings(argv, env)).toMatchObject(expected);
  });

  it('for minting', () => {
    const argv = ['--mint-ticket', '--role', 'worker-bus', '--ticket-subject', 'b', '--ticket-config', 'c'];
    const more = ['--ticket-scope', '/log:read:5', '--ticket-scope', '/a:b:rw', '--ticket-bandwidth', '9'];
    const rest = ['--ticket-cursor-resumes', '1', '--ticket-cursor-advances', '2', '--ticket-ttl-s', '3'];
    const last = ['--ticket-ops', '4', '--ticket-ticks', '5'];
    expect(parseSettings([...argv, ...more, ...rest, ...last], { COHSH_TICKET_SECRET: 's' }).mode).toEqual({
      kind: 'mint',
      mint: {
        role: 'worker-bus',
        subject: 'b',
        config: 'c',
        secret: 's',
        scopes: [
          { path: '/log', verb: 'read', rate_per_s: 5 },
          { path: '/a:b', verb: 'read-write', rate_per_s: 0 },
        ],
        quotas: { bandwidth_bytes: 9n, cursor_resumes: 1, cursor_advances: 2 },
        budget: { ticks: 5n, ops: 4n, ttl_s: 3n },
      },
    });
    expect(parseSettings(['mint', '--role', 'queen'], { COHSH_TICKET_CONFIG: 'e' }).mode).toMatchObject({
      kind: 'mint',
      mint: { role: 'queen', config: 'e', scopes: [], budget: {} },
    });
  });
});

describe('a wrong command line', () => {
  it.each([
    [['--frob'], "unknown option '--frob'"],
    [['--role'], "option '--role <value>' argument missing"],
    [['--json=1'], "option '--json' does not take an argument"],
    [['extra'], "unexpected argument 'extra'"],
    [['mint', 'extra', '--role', 'queen'], "unexpected argument 'extra'"],
    [['--role', 'king'], "unknown role 'king'"],
    [['--role', 'queen', '--role', 'queen'], '--role is given twice'],
    [['--transport', 'udp'], "unknown transport 'udp'"],
    [['--ticket', 't'], '--ticket needs --role'],
    [['--script', 'a', '--check', 'b'], '--script cannot be used with --check'],
    [['--mint-ticket'], '--mint-ticket needs --role'],
    [['--mint-ticket', '--role', 'queen', '--ticket', 't'], '--mint-ticket cannot be used with --ticket'],
    [['--mint-ticket', '--role', 'queen', '--script', 's'], '--mint-ticket cannot be used with --script'],
    [['--mint-ticket', '--role', 'queen', '--check', 's'], '--mint-ticket cannot be used with --check'],
    [['--mint-ticket', '--role', 'queen', '--record-trace', 's'], '--mint-ticket cannot be used with --record-trace'],
    [['--mint-ticket', '--role', 'queen', '--replay-trace', 's'], '--mint-ticket cannot be used with --replay-trace'],
    [['--ticket-subject', 's'], '--ticket-subject needs --mint-ticket'],
    [['--ticket-config', 's'], '--ticket-config needs --mint-ticket'],
    [['--ticket-secret', 's'], '--ticket-secret needs --mint-ticket'],
    [['--ticket-scope', '/:read'], '--ticket-scope needs --mint-ticket'],
    [
      ['--transport', 'mock', '--record-trace', 'a', '--replay-trace', 'b'],
      '--record-trace cannot be used with --replay-trace',
    ],
    [['--record-trace', 'a'], 'trace record/replay requires --transport mock'],
    [['--replay-trace', 'a', '--transport', '9p'], 'trace record/replay requires --transport mock'],
    [['--tcp-port', 'x'], "invalid --tcp-port value 'x': not a whole number"],
    [['--tcp-port', '0'], "invalid --tcp-port value '0': must be 1 to 65535"],
    [['--tcp-port', '65536'], "invalid --tcp-port value '65536': must be 1 to 65535"],
    [['--transport', '9p', '--tcp-port', '10564'], '--tcp-port is the console: --transport 9p connects to --9p-port'],
    [['--9p-port', '10564'], '--9p-port is for --transport 9p'],
    [['--9p-port', '-1'], "option '--9p-port' argument is ambiguous"],
    [['--qemu-gic-version', '4'], "invalid --qemu-gic-version value '4': must be 2 or 3"],
    [['--retry-timeout-ms', '1s'], "invalid --retry-timeout-ms value '1s': invalid digit found in string"],
    [
      ['mint', '--role', 'queen', '--ticket-scope', '/log'],
      "invalid --ticket-scope '/log': expected PATH:VERB[:RATE], VERB one of read, write, read-write",
    ],
    [
      ['mint', '--role', 'queen', '--ticket-scope', 'log:read'],
      "invalid --ticket-scope 'log:read': the path must be absolute",
    ],
    [
      ['mint', '--role', 'queen', '--ticket-scope', '/a/..:read'],
      "invalid --ticket-scope '/a/..:read': the path must not have '..'",
    ],
    [
      ['mint', '--role', 'queen', '--ticket-scope', '/:read:4294967296'],
      "invalid --ticket-scope '/:read:4294967296': the rate is too large",
    ],
    [['mint', '--role', 'queen', '--ticket-ttl-s', 'x'], "invalid --ticket-ttl-s value 'x': not a whole number"],
    [
      ['mint', '--role', 'queen', '--ticket-cursor-resumes', '4294967296'],
      "invalid --ticket-cursor-resumes value '4294967296': too large",
    ],
  ])('%j', (argv, message) => {
    expect(() => parseSettings(argv, {})).toThrow(message);
    if (!argv.includes('--retry-timeout-ms')) expect(() => parseSettings(argv, {})).toThrow(UsageError);
  });

  it('of the environment', () => {
    expect(() => parseSettings([], { COHSH_TCP_PORT: 'x' })).toThrow(
      "invalid COHSH_TCP_PORT value 'x': not a whole number",
    );
  });

  it.each([
    [['--frob'], {}, "cohsh: unknown option '--frob' (cohsh --help lists the flags)\n"],
    [
      [],
      { COHSH_RETRY_BACKOFF_MS: 'x' },
      "cohsh: invalid COHSH_RETRY_BACKOFF_MS value 'x': invalid digit found in string (set COHSH_RETRY_BACKOFF_MS to a whole number)\n",
    ],
    [['diagnose'], {}, /^cohsh: diagnose requires a fault report or an address \(/],
  ])('ends with one line and exit code 2: %j %j', async (argv, env, text) => {
    let stderr = '';
    const io: Io = { env, input: process.stdin, stdout: () => undefined, stderr: (more) => (stderr += more) };
    expect(await main(argv, io)).toBe(2);
    expect(stderr).toMatch(text);
    expect(stderr.split('\n')).toHaveLength(2);
  });
});

it('the usage text names every flag, in lines of a terminal', () => {
  const text = usageText();
  for (const name of Object.keys(FLAG_TABLE)) expect(text).toContain(`--${name}`);
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(120);
});
