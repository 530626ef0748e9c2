// SPDX-License-Identifier: Apache-2.0
// The command behind `make boot`: boots an image and connects its serial console, to the terminal when there is one
// (console-terminal.ts), else as a filter from standard input to standard output (console-filter.ts).
// Exit code 0 only when the guest's prompt was reached and no line stayed without its answer.
import { parseArgs } from 'node:util';
import { failure } from '../../diagnostics/diagnostic.ts';
import { versionLine } from '../../tools/version.ts';
import { QEMU_CODES, renderError } from './errors.ts';
import { runFilter } from './console-filter.ts';
import { runTerminal, WELCOME } from './console-terminal.ts';
import { Machine, type StartOptions } from './machine.ts';
import { machineFile, MACHINE_FILE, networkAdvice, planNetwork, type NetworkChoice } from './network.ts';
import { shellCommand, type MachineOptions, type NetOptions } from './options.ts';

export const PROMPT = 'cohesix> ';
const DEFAULT_PROMPT_TIMEOUT_MS = 30_000;

const USAGE = `usage: boot [options]
  --image FILE       what to boot (out/qemu-virt/image.elf)
  --gic 2|3          version of the interrupt controller (2)
  --el2              start at EL2 (virtualization=on)
  --memory MIB       RAM (1024)
  --port PORT        the host's port for the console (that of the guest, or a free one)
  --port-9p PORT     the host's port for Secure9P (10564, or a free one)
  --outbound         let the guest reach the outside through this host; also forwards the UDP echo port
  --no-net           no network card
  --timeout-ms MS    time to the prompt, and for each answer when lines come from a pipe (${DEFAULT_PROMPT_TIMEOUT_MS})
  --transcript FILE  serial log; the same with times goes to *.timed.log beside it (out/boot/serial.log)
  --dry-run          print the QEMU command line and stop
  --version          print version and commit and stop`;

export interface BootArguments {
  machine: MachineOptions & { image: string };
  /** Absent: no network card. */
  network?: NetworkChoice;
  timeout_ms: number;
  transcript: string;
  dry_run: boolean;
}

/** Reads the command line, or what it only asks for. */
export function parseBootArguments(argv: readonly string[]): BootArguments | 'help' | 'version' {
  const { values } = readOptions(argv);
  if (values.help) return 'help';
  if (values.version) return 'version';
  const gic = values.gic === '2' ? 2 : values.gic === '3' ? 3 : undefined;
  if (gic === undefined) throw usage(`--gic ${values.gic} is not a GIC version`, 'use 2 or 3');
  const memory_mib = positive('--memory', values.memory);
  return {
    machine: { image: values.image, gic, virtualization: values.el2, memory_mib },
    ...(values['no-net'] ? noNetwork(values) : { network: networkChoice(values) }),
    timeout_ms: positive('--timeout-ms', values['timeout-ms']),
    transcript: values.transcript,
    dry_run: values['dry-run'],
  };
}

function readOptions(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        image: { type: 'string', default: 'out/qemu-virt/image.elf' },
        gic: { type: 'string', default: '2' },
        el2: { type: 'boolean', default: false },
        memory: { type: 'string', default: '1024' },
        port: { type: 'string' },
        'port-9p': { type: 'string' },
        outbound: { type: 'boolean', default: false },
        'no-net': { type: 'boolean', default: false },
        'timeout-ms': { type: 'string', default: String(DEFAULT_PROMPT_TIMEOUT_MS) },
        transcript: { type: 'string', default: 'out/boot/serial.log' },
        'dry-run': { type: 'boolean', default: false },
        version: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw usage(
      error instanceof Error ? (error.message.split('. ')[0] ?? error.message) : String(error),
      '--help lists the options',
    );
  }
}

interface NetworkValues {
  port?: string | undefined;
  'port-9p'?: string | undefined;
  outbound: boolean;
}

function networkChoice(values: NetworkValues): NetworkChoice {
  const choice: NetworkChoice = { outbound: values.outbound };
  if (values.port !== undefined) choice.port = hostPort('--port', values.port);
  if (values['port-9p'] !== undefined) choice.port_9p = hostPort('--port-9p', values['port-9p']);
  return choice;
}

function noNetwork(values: NetworkValues): object {
  if (values.port === undefined && values['port-9p'] === undefined && !values.outbound) return {};
  throw usage('--no-net leaves nothing for --port, --port-9p or --outbound', 'leave one of them away');
}

function hostPort(option: string, text: string): number {
  const port = positive(option, text);
  if (port > 65_535) throw usage(`${option} ${text} is not a port`, 'use 1 to 65535');
  return port;
}

function positive(option: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw usage(`${option} ${text} is not a positive number`, 'use decimal digits');
  return Number(text);
}

function usage(message: string, fix: string): Error {
  return failure(QEMU_CODES.usage, message, fix);
}

/** The machine with its network card, and what the user should read before the guest prints. */
async function withNetwork(args: BootArguments): Promise<{ machine: MachineOptions; advice: string[] }> {
  const { machine, network: choice } = args;
  if (choice === undefined) return { machine, advice: [] };
  const known = machineFile(machine.image);
  if (known === undefined) return { machine: { ...machine, net: unknownNetwork(choice) }, advice: [UNKNOWN] };
  if (known.network === undefined) return { machine, advice: [] };
  const { net, forwards, notes } = await planNetwork(known.network, choice);
  return { machine: { ...machine, net }, advice: [...notes, ...networkAdvice(known, forwards)] };
}

const UNKNOWN = `no ${MACHINE_FILE} beside the image says what it listens on: no port is forwarded`;

function unknownNetwork({ port, port_9p, outbound }: NetworkChoice): NetOptions {
  if (port === undefined && port_9p === undefined) return { outbound };
  const option = port === undefined ? '--port-9p' : '--port';
  throw usage(
    `${option}, but no ${MACHINE_FILE} beside the image says what it listens on`,
    'build it with: make image',
  );
}

function print(lines: readonly string[]): void {
  if (lines.length > 0) process.stderr.write(`${lines.join('\n')}\n\n`);
}

async function dryRun(args: BootArguments): Promise<void> {
  const { machine, advice } = await withNetwork(args);
  print(advice);
  process.stdout.write(`${shellCommand(machine)}\n`);
}

async function boot(args: BootArguments): Promise<void> {
  const interactive = process.stdin.isTTY;
  const { machine: options, advice } = await withNetwork(args);
  const start: StartOptions = {
    ...options,
    // How long a session lasts is for the user, or for the input, to say; the prompt and the answers have limits.
    timeout_ms: 0,
    start_timeout_ms: args.timeout_ms,
    on_reset: interactive ? 'resume' : 'end',
    transcript: args.transcript,
    on_output: (chunk) => void process.stdout.write(chunk),
  };
  // A reader that goes away (`make boot | head`) ends the session like a hang-up; exit handlers stop the guest.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') process.stderr.write(renderError(noOutput(error)));
    process.exit(1);
  });
  if (interactive) print([WELCOME]);
  print(advice);
  // Raw before the guest can print its prompt: what is typed at it must not pass the terminal's own line editing.
  if (interactive) process.stdin.setRawMode(true);
  const machine = await Machine.start(start).catch((error: unknown) => {
    if (interactive) process.stdin.setRawMode(false);
    throw error;
  });
  try {
    const console = { prompt: PROMPT, timeout_ms: args.timeout_ms };
    if (interactive) await runTerminal(machine, console, process.stdin, process.stderr);
    else await runFilter(machine, console, process.stdin);
    const end = await machine.stop();
    if (end.kind === 'transcript') throw machine.error(QEMU_CODES.transcript, end.reason);
  } finally {
    await machine.stop();
    process.stdin.destroy();
    process.stdout.write('\n');
  }
}

function noOutput(error: Error): Error {
  return failure(QEMU_CODES.output, `standard output cannot be written: ${error.message}`);
}

/** Runs the command; returns the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    const args = parseBootArguments(argv);
    if (args === 'help') process.stdout.write(`${USAGE}\n`);
    else if (args === 'version') process.stdout.write(versionLine('qemu-wasm-runner'));
    else if (args.dry_run) await dryRun(args);
    else await boot(args);
    return 0;
  } catch (error) {
    process.stderr.write(renderError(error));
    return 1;
  }
}
