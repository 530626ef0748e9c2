// SPDX-License-Identifier: Apache-2.0
// One running guest: starts QEMU, streams its serial line, witnesses resets and the end, and kills it at latest when
// its time is up. Owned by whoever called `Machine.start`; everything else in this folder is built on it.
//
//     our process                                   QEMU
//     stdin/stdout pipes  <---- serial line ---->   PL011
//     socket, fd 3        <---- control (QMP) --->  starts paused, so that no event is missed
//
// A guest reset pauses the machine (`-action reboot=shutdown,shutdown=pause`). What was printed before it is read to
// the end, the place is marked, and only then does the machine go on: text before and after a reset never mixes.
import { mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ChildProcess } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { failure } from '../../diagnostics/diagnostic.ts';
import { startChild } from './children.ts';
import { MachineError, QEMU_CODES, TAIL_LINES } from './errors.ts';
import { checkImage } from './image.ts';
import { findQemu } from './install.ts';
import { machineArguments, type Forward, type MachineOptions } from './options.ts';
import { chooseHostPort } from './ports.ts';
import { Qmp, type QmpEvent } from './qmp.ts';
import { Transcript } from './transcript.ts';

export interface StartOptions extends MachineOptions {
  /** Hard limit for the life of the machine; it is killed when it expires. 0: none. */
  timeout_ms?: number;
  /** For the emulator's first answer on its control channel: one that hangs before it is killed. */
  start_timeout_ms?: number;
  /** What a guest's reset does: ends the machine (as `-no-reboot`), or boots it again. */
  on_reset?: 'end' | 'resume';
  /** File for the raw serial output; its `.timed.log` sibling has the times. */
  transcript?: string;
  pid_file?: string;
  /** Characters of output kept for patterns; a guest that prints more is killed. The transcript file has no limit. */
  output_limit?: number;
  /** The emulator, when it is not the one on PATH. */
  qemu?: string;
  /** Gets the serial output as it arrives, before any pattern sees it. */
  on_output?: (chunk: Buffer) => void;
}

export type EndKind = 'stopped' | 'timeout' | 'guest-reset' | 'guest-off' | 'flood' | 'transcript' | 'exited';

export interface MachineEnd {
  kind: EndKind;
  /** One clause for an error message. */
  reason: string;
}

export const DEFAULT_TIMEOUT_MS = 60_000;
export const DEFAULT_START_TIMEOUT_MS = 30_000;
export const DEFAULT_OUTPUT_LIMIT = 64 * 1024 * 1024;

/** Attempts to start when another process takes a chosen host port before QEMU does. */
const PORT_ATTEMPTS = 5;

export class Machine {
  readonly options: StartOptions;
  /** Host ports by index of `options.net.forwards`. */
  readonly forwards: readonly Required<Forward>[];
  /** `performance.now()` when the emulator was started, and when the guest's first instruction was allowed to run. */
  readonly spawned_at_ms: number;
  running_at_ms = 0;
  /** Lengths of `text` at which the guest reset itself. */
  readonly resets: number[] = [];
  /** Set once the machine is gone. */
  end: MachineEnd | undefined;
  readonly ended: Promise<MachineEnd>;

  private readonly transcript: Transcript;
  private readonly child: ChildProcess;
  private readonly qmp: Qmp;
  private readonly listeners = new Set<() => void>();
  private readonly timer: NodeJS.Timeout | undefined;
  private stderr = '';
  private intended: MachineEnd | undefined;
  private resolveEnded: (end: MachineEnd) => void = () => undefined;

  /** Starts a machine; resolves when the guest runs. */
  static async start(options: StartOptions): Promise<Machine> {
    const tool = findQemu(options.qemu);
    if (options.image !== undefined) checkImage(options.image);
    for (let attempt = 1; ; attempt++) {
      const forwards: Required<Forward>[] = [];
      for (const forward of options.net?.forwards ?? []) forwards.push(await chooseHostPort(forward));
      const machine = new Machine(tool.command, options, forwards);
      if (await machine.begin()) return machine;
      const portLost = machine.stderr.includes('Could not set up host forwarding rule');
      if (!portLost || attempt === PORT_ATTEMPTS || options.net?.forwards?.every((f) => f.host_port) === true) {
        throw machine.startFailure(portLost);
      }
    }
  }

  private constructor(command: string, options: StartOptions, forwards: readonly Required<Forward>[]) {
    this.options = options;
    this.forwards = forwards;
    this.transcript = new Transcript(options.transcript);
    if (options.pid_file !== undefined) mkdirSync(dirname(options.pid_file), { recursive: true });
    this.ended = new Promise((resolve) => (this.resolveEnded = resolve));
    this.spawned_at_ms = performance.now();
    this.child = startChild(command, this.arguments());
    this.child.stdout?.on('data', (chunk: Buffer) => this.receive(chunk));
    this.child.stderr?.on('data', (chunk: Buffer) => (this.stderr += chunk.toString('utf8')));
    // Writing to a guest that has just died is no error of its own: the death is reported.
    this.child.stdin?.on('error', () => undefined);
    this.child.once('error', (error) => this.finish(`could not be started: ${error.message}`));
    this.child.once('close', (code, signal) => this.finish(exitReason(code, signal, this.stderr)));
    const refused = (command: string, reason: string): void =>
      this.kill('exited', `QEMU refused ${command}: ${reason}`);
    this.qmp = new Qmp(this.child.stdio[3] as Duplex, (event) => this.control(event), refused);
    const timeout_ms = options.timeout_ms ?? DEFAULT_TIMEOUT_MS;
    if (timeout_ms > 0) {
      const expire = (): void => this.kill('timeout', `it was killed at its hard time-out of ${timeout_ms} ms`);
      this.timer = setTimeout(expire, timeout_ms);
    }
  }

  /** The full command line's arguments, with ports chosen and channels attached. */
  arguments(): string[] {
    const { net, pid_file } = this.options;
    const options = net === undefined ? this.options : { ...this.options, net: { ...net, forwards: this.forwards } };
    return [
      ...machineArguments(options),
      ...['-chardev', 'stdio,id=serial0,signal=off', '-serial', 'chardev:serial0'],
      ...['-chardev', 'socket,id=control,fd=3', '-mon', 'chardev=control,mode=control'],
      ...['-S', '-action', 'reboot=shutdown,shutdown=pause'],
      ...(pid_file === undefined ? [] : ['-pidfile', pid_file]),
    ];
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Everything the guest has printed so far. */
  get text(): string {
    return this.transcript.text;
  }

  tail(count = TAIL_LINES): string[] {
    return this.transcript.tail(count);
  }

  /** Lets go of all but the end of the text; no conversation may follow. */
  keepTailOnly(): void {
    this.transcript.keepTailOnly();
  }

  /** Sends bytes to the guest's serial line. */
  write(data: string | Buffer): void {
    this.transcript.note(`sent ${JSON.stringify(data.toString('utf8'))}`);
    if (this.child.stdin?.writable === true) this.child.stdin.write(data);
  }

  /** Calls `listener` after every output, reset and the end; returns what takes it off again. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Kills the machine and waits until it is gone. */
  stop(): Promise<MachineEnd> {
    this.kill('stopped', 'it was stopped');
    return this.ended;
  }

  /** An error about this guest, with the end of its log. */
  error(code: string, message: string, fix?: string): MachineError {
    return new MachineError({ code, message, ...(fix === undefined ? {} : { fix }) }, this.tail());
  }

  private async begin(): Promise<boolean> {
    const running = this.qmp.send('cont').then(() => true);
    const limit_ms = this.options.start_timeout_ms ?? DEFAULT_START_TIMEOUT_MS;
    const expire = (): void => this.kill('timeout', `it did not answer on its control channel in ${limit_ms} ms`);
    const timer = setTimeout(expire, limit_ms);
    const started = await Promise.race([running, this.ended.then(() => false)]);
    clearTimeout(timer);
    return started;
  }

  private startFailure(portLost: boolean): Error {
    if (portLost) {
      return failure(
        QEMU_CODES.start,
        'a host port to forward is taken',
        'stop what listens there, or choose another port',
      );
    }
    const reason = this.end?.reason ?? 'QEMU ended';
    return failure(QEMU_CODES.start, `QEMU did not start: ${reason}`, 'check the image and the machine options');
  }

  private receive(chunk: Buffer): void {
    this.options.on_output?.(chunk);
    const lost = this.transcript.receive(chunk);
    if (lost !== undefined) this.kill('transcript', lost);
    const limit = this.options.output_limit ?? DEFAULT_OUTPUT_LIMIT;
    if (this.text.length > limit) this.kill('flood', `it printed more than ${limit} characters`);
    this.changed();
  }

  private control(event: QmpEvent): void {
    if (event.event === 'RESUME' && this.running_at_ms === 0) this.running_at_ms = performance.now();
    if (event.event !== 'SHUTDOWN' || event.data?.guest !== true) {
      if (event.event === 'RESET') this.goOn();
      return;
    }
    if (event.data.reason !== 'guest-reset') {
      this.kill(
        'guest-off',
        event.data.reason === 'guest-panic' ? 'the guest panicked' : 'the guest switched itself off',
      );
    } else if (this.options.on_reset !== 'resume') {
      this.kill('guest-reset', 'the guest reset itself');
    } else {
      void this.restart();
    }
  }

  /** Marks the reset behind the last byte that was printed before it, then resets the paused machine. */
  private async restart(): Promise<void> {
    let before;
    do {
      before = this.text.length;
      await turn();
      await turn();
    } while (this.text.length !== before);
    this.resets.push(before);
    this.transcript.note('the guest reset itself');
    this.changed();
    void this.qmp.send('set-action', { reboot: 'reset' });
    void this.qmp.send('system_reset');
  }

  /** The reset is done: arm the pause for the next one and let the guest run. */
  private goOn(): void {
    if (this.resets.length === 0) return;
    void this.qmp.send('set-action', { reboot: 'shutdown' });
    void this.qmp.send('cont');
  }

  private kill(kind: EndKind, reason: string): void {
    this.intended ??= { kind, reason };
    this.child.kill('SIGKILL');
  }

  private finish(reason: string): void {
    if (this.end !== undefined) return;
    clearTimeout(this.timer);
    // A killed emulator leaves its pid file behind, and another process may get that id.
    if (this.options.pid_file !== undefined) rmSync(this.options.pid_file, { force: true });
    this.end = this.intended ?? { kind: 'exited', reason };
    this.transcript.note(`end: ${this.end.reason}`);
    this.transcript.close();
    this.resolveEnded(this.end);
    this.changed();
  }

  private changed(): void {
    for (const listener of [...this.listeners]) listener();
  }
}

/** One full turn of the event loop: whatever the kernel had ready to read has been read. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function exitReason(code: number | null, signal: NodeJS.Signals | null, stderr: string): string {
  const said = stderr.trim().split('\n').slice(-3).join('; ');
  const how = signal === null ? `QEMU ended with exit code ${code}` : `QEMU was killed by ${signal}`;
  return said === '' ? how : `${how}: ${said}`;
}
