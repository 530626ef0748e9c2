// SPDX-License-Identifier: Apache-2.0
/**
 * Owns the transport `qemu`: boots an image in an emulator of its own and speaks to its console over a forwarded port, so that a
 * node for trying things out is one command away. The machine lives as long as the transport.
 *
 *     QemuTransport ─ boots ─► qemu-wasm-runner ─ forwards ─► a free port of this host ◄─ the transport `tcp`
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Conversation, Machine, machineFile } from 'qemu-wasm-runner';
import { Failure } from '../../diagnostics/diagnostic.ts';
import {
  type Answer,
  type CallOptions,
  ClientError,
  CONSOLE,
  type Limits,
  type Policy,
  type ReadOptions,
  reasonOf,
  type Role,
  tcpTransport,
  type Transport,
  type TransportEvents,
} from '../client/index.ts';
import type { Settings } from './args.ts';

/** What the image prints when its consoles are there. */
const READY = '[Cohesix] Root console ready';
const BUILD_IT = 'build it with: make image';
const READY_TIMEOUT_MS = 30_000;
/** The serial line of the machine. */
const SERIAL_LOG = 'out/cohsh/serial.log';

type Narration = Pick<TransportEvents, 'text'>;
type Unsubscribe = () => void;

class QemuTransport implements Transport {
  readonly kind = 'qemu';
  readonly endpoint: string;
  readonly limits: Limits = { write_bytes: CONSOLE.payload, text_only: true, path_bytes: CONSOLE.path };

  private readonly settings: Settings;
  private readonly policy: Policy;
  private readonly image: string;
  private booting: Promise<Transport> | undefined;
  private machine: Machine | undefined;
  private inner: Transport | undefined;
  private closed = false;
  /** Asked for before there was a transport to ask. */
  private readonly wanted: ((inner: Transport) => void)[] = [];
  private readonly readers = new Set<(...args: Narration['text']) => void>();

  constructor(settings: Settings, policy: Policy) {
    this.settings = settings;
    this.policy = policy;
    this.image = join(settings.qemu.outDir, 'image.elf');
    this.endpoint = this.image;
  }

  get role(): Role | undefined {
    return this.inner?.role;
  }

  async connect(options: CallOptions = {}): Promise<void> {
    await (await this.ready(options)).connect(options);
  }

  async attach(role: Role, ticket?: string, options: CallOptions = {}): Promise<Answer> {
    return (await this.ready(options)).attach(role, ticket, options);
  }

  async ls(path: string, options: CallOptions = {}): Promise<Answer> {
    return (await this.ready(options)).ls(path, options);
  }

  async cat(path: string, options: CallOptions = {}): Promise<Answer> {
    return (await this.ready(options)).cat(path, options);
  }

  async tail(path: string, options: CallOptions = {}): Promise<Answer> {
    return (await this.ready(options)).tail(path, options);
  }

  async log(options: CallOptions = {}): Promise<Answer> {
    return (await this.ready(options)).log(options);
  }

  async echo(path: string, text: string, options: CallOptions = {}): Promise<Answer> {
    return (await this.ready(options)).echo(path, text, options);
  }

  async spawn(payload: string, options: CallOptions = {}): Promise<Answer> {
    return (await this.ready(options)).spawn(payload, options);
  }

  async kill(worker: string, options: CallOptions = {}): Promise<Answer> {
    return (await this.ready(options)).kill(worker, options);
  }

  async ping(options: CallOptions = {}): Promise<Answer> {
    return (await this.ready(options)).ping(options);
  }

  async command(line: string, options: CallOptions = {}): Promise<Answer> {
    return (await this.ready(options)).command(line, options);
  }

  async quit(options: CallOptions = {}): Promise<Answer> {
    return (await this.ready(options)).quit(options);
  }

  async *read(path: string, options: ReadOptions = {}): AsyncIterable<Uint8Array> {
    yield* (await this.ready(options)).read(path, options);
  }

  async write(path: string, bytes: Uint8Array, options: CallOptions = {}): Promise<Answer> {
    return (await this.ready(options)).write(path, bytes, options);
  }

  injectShortWrites(count: number, bytes: number): void {
    this.inner?.injectShortWrites?.(count, bytes);
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.inner?.close();
    await this.machine?.stop();
  }

  on<K extends keyof TransportEvents>(event: K, listener: (...args: TransportEvents[K]) => void): Unsubscribe {
    let off: Unsubscribe = () => undefined;
    let over = false;
    const subscribe = (inner: Transport): void => {
      if (!over) off = inner.on(event, listener);
    };
    if (this.inner === undefined) this.wanted.push(subscribe);
    else subscribe(this.inner);
    if (event === 'text') this.readers.add(listener as (...args: Narration['text']) => void);
    return () => {
      over = true;
      off();
      this.readers.delete(listener as (...args: Narration['text']) => void);
    };
  }

  private say(line: string): void {
    for (const reader of this.readers) reader(line);
  }

  /** The transport behind the machine, which is started by the first call and, should it have ended, by the next. */
  private async ready(options: CallOptions): Promise<Transport> {
    if (this.closed) throw new ClientError('closed', 'transport is closed', 'make a new one');
    const { machine } = this;
    if (machine?.end !== undefined) throw gone(machine);
    this.booting ??= this.boot(options.signal).catch((error: unknown) => {
      this.booting = undefined;
      throw error;
    });
    return this.booting;
  }

  private async boot(signal: AbortSignal | undefined): Promise<Transport> {
    const known = machineFile(this.image);
    if (known === undefined) {
      const message = existsSync(this.image)
        ? `no machine.json beside ${this.image}`
        : `image ${this.image} does not exist`;
      throw new ClientError('unreachable', message, BUILD_IT);
    }
    const { network: guest } = known;
    if (guest === undefined) {
      throw new ClientError('unreachable', `${this.image} has no network`, 'set features.net_console in its manifest');
    }
    this.say(`booting ${this.image}`);
    const machine = await this.start(guest.console_port, guest.subnet === undefined ? {} : { subnet: guest.subnet });
    const stop = (): void => void machine.stop();
    signal?.addEventListener('abort', stop, { once: true });
    try {
      const conversation = new Conversation(machine);
      await conversation.expect(READY, READY_TIMEOUT_MS);
    } catch (error) {
      await machine.stop();
      if (signal?.aborted === true)
        throw new ClientError('aborted', 'interrupted', 'run the command again', { cause: error });
      const fix = `see its serial log, ${SERIAL_LOG}`;
      throw new ClientError('unreachable', `the image did not come up: ${firstLine(error)}`, fix, { cause: error });
    } finally {
      signal?.removeEventListener('abort', stop);
    }
    machine.keepTailOnly();
    this.machine = machine;
    return this.open(machine);
  }

  private async start(guest_port: number, network: object): Promise<Machine> {
    const { bin, gic, args } = this.settings.qemu;
    try {
      return await Machine.start({
        image: this.image,
        gic,
        qemu: process.env['COHESIX_QEMU'] ?? bin,
        extra_args: args,
        net: { forwards: [{ guest_port }], ...network },
        timeout_ms: 0,
        on_reset: 'resume',
        transcript: SERIAL_LOG,
      });
    } catch (error) {
      const known = error instanceof Failure ? error.diagnostics[0]?.fix : undefined;
      const fix = known ?? BUILD_IT;
      throw new ClientError('unreachable', firstLine(error), fix, { cause: error });
    }
  }

  private open(machine: Machine): Transport {
    const { tcp } = this.settings;
    const [forward] = machine.forwards;
    const port = forward?.host_port ?? 0;
    this.say(`machine ready: console on 127.0.0.1:${port}, serial log in ${SERIAL_LOG}`);
    const inner = tcpTransport({ port, authToken: tcp.authToken, policy: this.policy, kind: 'qemu', lock: false });
    void machine.ended.then((end) => {
      if (!this.closed) this.say(`the machine has ended: ${end.reason}`);
    });
    this.inner = inner;
    for (const subscribe of this.wanted.splice(0)) subscribe(inner);
    return inner;
  }
}

function gone(machine: Machine): ClientError {
  const message = `the machine has ended: ${machine.end?.reason ?? 'unknown reason'}`;
  return new ClientError('unreachable', message, 'start cohsh again to boot another one');
}

/** Errors of the emulator go on with the end of its log, which is in a file. */
function firstLine(error: unknown): string {
  return reasonOf(error instanceof Error ? error.message.split('\n')[0] : error);
}

/** The transport that boots the image of `--qemu-out-dir` when it is first needed. */
export function qemuTransport(settings: Settings, policy: Policy): Transport {
  return new QemuTransport(settings, policy);
}
