// SPDX-License-Identifier: Apache-2.0
/**
 * Net's side of the console's connections, in TypeScript: records over the two rings (lib/channel/stream.ts), credit, and clients that
 * send lines and read answers. It keeps the rules, and throws when the console does not.
 */
import type { RingEnd } from './channels.ts';
import * as stream from './stream.ts';

export function record(connection: number, generation: number, kind: number, detail: number, data: Uint8Array): Buffer {
  const header = Buffer.alloc(stream.HEADER_BYTES);
  header.writeUInt16LE(connection, 0);
  header.writeUInt16LE(generation, 2);
  header[4] = kind;
  header[5] = detail;
  header.writeUInt32LE(data.length, 8);
  return Buffer.concat([header, data]);
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** A client of the console: what it sends goes as far as its credit, what it gets is granted back unless it has stalled. */
export class SimConnection {
  readonly received: string[] = [];
  /** How the console closed it, or undefined. */
  ended: number | undefined;
  /** Reads nothing more. */
  isStalled = false;
  private inputCredit = stream.CONSOLE_INPUT_BYTES;
  private outputCredit = stream.CONSOLE_OUTPUT_BYTES;
  private unread = 0;
  private readonly waiting: Buffer[] = [];

  constructor(
    private readonly net: SimNet,
    readonly number: number,
    readonly generation: number,
  ) {}

  /** Records that have not reached the console for want of credit. */
  get waitingLines(): number {
    return this.waiting.length;
  }

  /** Sends lines; returns what came back. */
  send(...lines: (string | Uint8Array)[]): string[] {
    for (const line of lines) this.waiting.push(Buffer.from(line as string));
    this.push();
    this.net.run();
    return this.take();
  }

  take(): string[] {
    return this.received.splice(0);
  }

  /** A frame that is none. */
  malformed(detail: number): string[] {
    this.inputCredit -= stream.HEADER_BYTES;
    this.net.write(record(this.number, this.generation, stream.MALFORMED, detail, Buffer.alloc(0)));
    this.net.run();
    return this.take();
  }

  /** The peer's end, in order or not. */
  close(detail = stream.BY_PEER): string[] {
    this.net.write(record(this.number, this.generation, stream.ENDED, detail, Buffer.alloc(0)));
    this.net.run();
    return this.take();
  }

  /** Any record at all. */
  raw(kind: number, detail: number, data: Uint8Array): void {
    this.net.write(record(this.number, this.generation, kind, detail, data));
    this.net.run();
  }

  /** Reads what came while it was stalled. */
  resume(): string[] {
    this.isStalled = false;
    this.grant();
    this.net.run();
    return this.take();
  }

  push(): void {
    for (let line = this.waiting[0]; line !== undefined; line = this.waiting[0]) {
      if (line.length + stream.HEADER_BYTES > this.inputCredit) return;
      this.inputCredit -= line.length + stream.HEADER_BYTES;
      this.waiting.shift();
      this.net.write(record(this.number, this.generation, stream.DATA, 0, line));
    }
  }

  private grant(): void {
    if (this.isStalled || this.unread === 0 || this.ended !== undefined) return;
    this.net.write(record(this.number, this.generation, stream.GRANT, 0, word(this.unread)));
    this.outputCredit += this.unread;
    this.unread = 0;
  }

  /** A record from the console. */
  accept(kind: number, detail: number, data: Buffer): void {
    if (this.ended !== undefined) throw new Error('a record after ENDED');
    if (kind === stream.DATA) {
      if (data.length > 256 || data.length === 0) throw new Error(`a line of ${data.length} bytes`);
      this.outputCredit -= stream.HEADER_BYTES + data.length;
      if (this.outputCredit < 0) throw new Error('more output than credit');
      const text = new TextDecoder('utf-8', { fatal: true }).decode(data);
      if (/[\x00-\x08\x0a-\x1f\x7f]/.test(text)) throw new Error(`control bytes in ${JSON.stringify(text)}`);
      this.received.push(text);
      this.unread += stream.HEADER_BYTES + data.length;
      this.grant();
    } else if (kind === stream.GRANT) {
      this.inputCredit += data.readUInt32LE(0);
      if (this.inputCredit > stream.CONSOLE_INPUT_BYTES) throw new Error('more granted than taken');
      this.push();
    } else if (kind === stream.ENDED) this.ended = detail;
    else throw new Error(`a record of kind ${kind}`);
  }
}

/** What the console's frames and events are to net. */
export interface NetLink {
  /** The ring to the console, and the one from it. */
  rings(): { toConsole: RingEnd; fromConsole: RingEnd };
  wake(event: 'EVENT_NET_CONSOLE' | 'EVENT_CONSOLE_NET'): void;
  settle(): void;
}

export class SimNet {
  readonly connections = new Map<number, SimConnection>();
  /** RESETs that came, self-tests that were asked for, records for nobody. */
  resets = 0;
  selfTests = 0;
  strays = 0;
  /** Whether answers to what breaks the rules are looked at. */
  accepts: 'rules' | 'anything' = 'rules';
  /** While it is down, nothing is taken or written. */
  isDown = false;
  private generation = 100;
  private readonly outbox: Buffer[] = [];
  private wrote = false;

  constructor(private readonly link: NetLink) {}

  /** A client connects; `age_ms`: how long ago. */
  open(options: { number?: number; address?: string; port?: number; age_ms?: number } = {}): SimConnection {
    const { address = '10.0.2.2', port = 40_000, age_ms = 0 } = options;
    let number = options.number ?? 0;
    while (options.number === undefined && this.connections.has(number)) number++;
    const connection = new SimConnection(this, number, (this.generation = (this.generation + 1) & 0xffff));
    this.connections.set(number, connection);
    const data = Buffer.alloc(12);
    address.split('.').forEach((part, i) => (data[i] = Number(part)));
    data.writeUInt16LE(port, 4);
    data.writeUInt32LE(age_ms, 8);
    this.write(record(number, connection.generation, stream.OPENED, 0, data));
    this.run();
    return connection;
  }

  /** A connection that has said AUTH, and perhaps ATTACH. */
  login(attach?: string, options: Parameters<SimNet['open']>[0] = {}): SimConnection {
    const connection = this.open(options);
    const answer = connection.send('AUTH changeme', ...(attach === undefined ? [] : [attach]));
    if (answer[0] !== 'OK AUTH') throw new Error(`AUTH: ${answer.join('|')}`);
    return connection;
  }

  /** Writes a record, or bytes that are none, as soon as there is room. */
  write(bytes: Buffer): void {
    this.outbox.push(bytes);
    this.flush();
  }

  private flush(): void {
    const { toConsole } = this.link.rings();
    while (!this.isDown) {
      const next = this.outbox[0];
      if (next === undefined || toConsole.capacity - ((toConsole.tail - toConsole.head) >>> 0) < next.length) return;
      toConsole.write(next);
      this.outbox.shift();
      this.wrote = true;
    }
  }

  /** Lets the console run until it has nothing to do. */
  run(): void {
    if (this.wrote) this.link.wake('EVENT_NET_CONSOLE');
    this.wrote = false;
    this.link.settle();
  }

  /** The console has made room, or has written something. */
  signalled(): void {
    if (this.isDown) return;
    const { fromConsole } = this.link.rings();
    const bytes = Buffer.from(fromConsole.read());
    for (let at = 0; at < bytes.length;) {
      const size = bytes.readUInt32LE(at + 8);
      this.take(bytes.subarray(at, at + stream.HEADER_BYTES + size));
      at += stream.HEADER_BYTES + size;
    }
    this.flush();
    if (this.wrote) this.link.wake('EVENT_NET_CONSOLE');
    this.wrote = false;
    if (bytes.length > 0) this.link.wake('EVENT_CONSOLE_NET');
  }

  private take(bytes: Buffer): void {
    const kind = bytes[4] ?? 0;
    if (this.accepts === 'anything') return;
    if (kind === stream.RESET) {
      this.resets++;
      this.connections.clear();
      return;
    }
    if (kind === stream.SELF_TEST) {
      this.selfTests++;
      return;
    }
    const connection = this.connections.get(bytes.readUInt16LE(0));
    if (connection === undefined || connection.generation !== bytes.readUInt16LE(2)) {
      this.strays++;
      return;
    }
    connection.accept(kind, bytes[5] ?? 0, bytes.subarray(stream.HEADER_BYTES));
    if (kind === stream.ENDED) this.connections.delete(connection.number);
  }

  /** Another instance of net: it knows no connection, and says so. */
  restart(): void {
    this.connections.clear();
    this.outbox.length = 0;
    this.isDown = false;
    const generation = Buffer.alloc(8);
    generation.writeBigUInt64LE(2n);
    this.write(record(0, 0, stream.RESET, 0, generation));
    this.run();
  }
}
