// SPDX-License-Identifier: Apache-2.0
/**
 * A client that does a bit of everything and checks every answer, over the console or over 9P. Many of them at once are the
 * concurrency test and the soak.
 */
import type { ConsoleClient } from './clients/console.ts';
import { T, u32, u64, type NineClient } from './clients/nine.ts';

/** What both kinds of clients can do. */
export interface Operations {
  readonly kind: 'console' | '9p';
  ping(): Promise<void>;
  list(path: string): Promise<string[]>;
  lines(path: string): Promise<string[]>;
  /** Resolves once the line is acknowledged. */
  append(path: string, line: string): Promise<void>;
  close(): void;
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

export function consoleOperations(client: ConsoleClient): Operations {
  const stream = async (verb: string, path: string): Promise<string[]> => {
    const { ack, lines } = await client.command(`${verb} ${path}`);
    if (!ack.startsWith(`OK ${verb} path=${path}`)) throw new Error(ack);
    return lines;
  };
  return {
    kind: 'console',
    async ping() {
      const [line] = await client.expectAck('PING', 'OK PING reply=pong');
      if (line !== 'PONG') throw new Error(`ping: ${line}`);
    },
    async list(path) {
      const { ack, lines } = await client.command(`LS ${path}`);
      if (ack !== `OK LS path=${path} entries=${lines.length}`) throw new Error(`${ack}, and ${lines.length} lines`);
      return lines;
    },
    lines: (path) => stream('CAT', path),
    async append(path, line) {
      await client.expectAck(`ECHO ${path} ${line}`, `OK ECHO path=${path} bytes=${line.length}`);
    },
    close: () => client.close(),
  };
}

const GETATTR_BASIC = 0x7ff;

export function nineOperations(client: NineClient): Operations {
  return {
    kind: '9p',
    async ping() {
      await client.request(T.getattr, u32(client.root), u64(GETATTR_BASIC));
    },
    list: (path) => client.list(path),
    lines: async (path) => linesOf((await client.read(path)).toString()),
    append: (path, line) => client.append(path, `${line}\n`),
    close: () => client.close(),
  };
}

/** Most lines that an actor appends to its file: it has a fixed size. */
const MAX_LINES = 400;

const STATE_FILES = ['reason', 'since', 'state'];

export class Actor {
  operations_done = 0;
  /** Lines that were acknowledged, in order. */
  readonly acknowledged: string[] = [];
  private number = 0;

  constructor(
    readonly name: string,
    private readonly client: Operations,
    /** A file of its own to append to; without one it only reads. */
    private readonly file?: string,
  ) {}

  /** One operation, checked. */
  async step(): Promise<void> {
    await this.perform(this.operations_done % 5);
    this.operations_done += 1;
  }

  private async perform(what: number): Promise<void> {
    switch (what) {
      case 0:
        return this.client.ping();
      case 1:
        return same(this.name, (await this.client.list('/proc/lifecycle')).sort(), STATE_FILES);
      case 2:
        return same(this.name, await this.client.lines('/proc/lifecycle/state'), ['state=ONLINE']);
      case 3:
        return this.append();
      default:
        return this.file === undefined
          ? this.client.ping()
          : same(this.name, await this.client.lines(this.file), this.acknowledged);
    }
  }

  async append(): Promise<void> {
    if (this.file === undefined) return this.client.append('/log/queen.log', `${this.name} was here`);
    if (this.acknowledged.length === MAX_LINES) return this.client.ping();
    const line = `${this.name} record ${this.number++}`;
    await this.client.append(this.file, line);
    this.acknowledged.push(line);
  }

  close(): void {
    this.client.close();
  }
}

function same(name: string, got: readonly string[], expected: readonly string[]): void {
  const at = got.findIndex((line, n) => line !== expected[n]);
  if (at < 0 && got.length === expected.length) return;
  const n = at < 0 ? got.length : at;
  throw new Error(
    `${name}: line ${n} of ${got.length} is ${JSON.stringify(got[n])}, not ${JSON.stringify(expected[n])} of ${expected.length}`,
  );
}
