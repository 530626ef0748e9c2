// SPDX-License-Identifier: Apache-2.0
/**
 * Bytes of a socket as they are needed, with a time-out on each wait. Both test clients are built on it. Nothing is dropped:
 * what came before the end is read before the end is reported.
 */
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export const DEFAULT_WAIT_MS = 15_000;

/**
 * QEMU takes connections from a queue of two: of many at the same moment the host lets most wait for seconds, before the guest has
 * seen anything of them. So this process makes one connection at a time; they stay open as long as they like.
 */
const PAUSE_MS = 3;
let lastConnect: Promise<unknown> = Promise.resolve();

function inTurn<T>(make: () => Promise<T>): Promise<T> {
  const made = lastConnect.then(make);
  lastConnect = made.then(
    () => sleep(PAUSE_MS),
    () => undefined,
  );
  return made;
}

/** The connection is over: in order (`end`), or not. */
export class Ended extends Error {
  constructor(
    readonly how: string,
    readonly left_bytes: number,
  ) {
    super(`the connection has ended (${how})${left_bytes > 0 ? ` with ${left_bytes} bytes of a frame` : ''}`);
  }
}

export class Reader {
  private chunks: Buffer[] = [];
  private bytes = 0;
  private how: string | undefined;
  private wake: (() => void) | undefined;

  constructor(
    readonly socket: Socket,
    public wait_ms = DEFAULT_WAIT_MS,
  ) {
    socket.on('data', (chunk: Buffer) => {
      this.chunks.push(chunk);
      this.bytes += chunk.length;
      this.changed();
    });
    socket.on('end', () => this.over('end'));
    socket.on('error', (error: NodeJS.ErrnoException) => this.over(error.code ?? error.message));
    socket.on('close', () => this.over('close'));
  }

  /** Connects to a port of this host. */
  static connect(port: number, wait_ms = DEFAULT_WAIT_MS): Promise<Reader> {
    return inTurn(() => Reader.connectNow(port, wait_ms));
  }

  private static async connectNow(port: number, wait_ms: number): Promise<Reader> {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    const reader = new Reader(socket, wait_ms);
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        socket.destroy();
        reject(new Error(`no connection to port ${port} in ${wait_ms} ms`));
      }, wait_ms);
      const done = (then: () => void) => (): void => {
        clearTimeout(timer);
        then();
      };
      socket.once('connect', done(resolve));
      socket.once(
        'close',
        done(() => reject(new Ended(reader.how ?? 'close', 0))),
      );
    });
    return reader;
  }

  /** Bytes that have come and are not taken. */
  get available(): number {
    return this.bytes;
  }

  get ended(): boolean {
    return this.how !== undefined;
  }

  /** The next `size` bytes. */
  async take(size: number): Promise<Buffer> {
    await this.until(() => this.bytes >= size);
    return this.takeNow(size);
  }

  /** The first four bytes as a number, left where they are. */
  async peekLength(): Promise<number> {
    await this.until(() => this.bytes >= 4);
    return this.peekNow();
  }

  /** The same without waiting; undefined while there are fewer. */
  lengthNow(): number | undefined {
    return this.bytes >= 4 ? this.peekNow() : undefined;
  }

  takeNow(size: number): Buffer {
    const first = this.chunks[0];
    if (first !== undefined && first.length >= size) {
      this.bytes -= size;
      if (first.length === size) this.chunks.shift();
      else this.chunks[0] = first.subarray(size);
      return first.subarray(0, size);
    }
    const all = Buffer.concat(this.chunks);
    this.chunks = all.length > size ? [all.subarray(size)] : [];
    this.bytes = all.length - size;
    return all.subarray(0, size);
  }

  /** How the connection ends, once it does; what is still unread is thrown away. */
  async end(): Promise<string> {
    await this.waitFor(() => this.how !== undefined, 'the end of the connection');
    return this.how ?? '';
  }

  close(): void {
    this.socket.destroy();
  }

  private peekNow(): number {
    if ((this.chunks[0]?.length ?? 0) < 4) this.chunks = [Buffer.concat(this.chunks)];
    return this.chunks[0]?.readUInt32LE(0) ?? 0;
  }

  private async until(ready: () => boolean): Promise<void> {
    await this.waitFor(() => ready() || this.how !== undefined, 'an answer');
    if (!ready()) throw new Ended(this.how ?? '', this.bytes);
  }

  private async waitFor(ready: () => boolean, what: string): Promise<void> {
    const until_ms = performance.now() + this.wait_ms;
    while (!ready()) {
      const left_ms = until_ms - performance.now();
      if (left_ms <= 0) throw new Error(`waited ${this.wait_ms} ms for ${what}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left_ms);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  private over(how: string): void {
    this.how ??= how;
    this.changed();
  }

  private changed(): void {
    const { wake } = this;
    this.wake = undefined;
    wake?.();
  }
}
