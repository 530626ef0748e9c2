// SPDX-License-Identifier: Apache-2.0
/** A small client in each of the three dialects, for tests that speak paths rather than frames. */
import {
  APPEND_OFFSET,
  frame,
  NO_FID,
  NO_TAG,
  parseReply,
  u16,
  u32,
  u64,
  u8,
  type Field,
  type Reply,
} from './frames.ts';
import type { Machine } from './machine.ts';

export type Dialect = 'compact' | 'linux' | 'classic';

/** Lines of /log/queen.log that say what happened: without those that say who attached and who wrote commands. */
export function eventsOf(log: string): string[] {
  const lines = log.split('\n').slice(0, -1);
  return lines.filter((line) => !/^(control-write outcome=|attach accepted |attach denied )/.test(line));
}

/** A refusal as a test compares it: `Code message`, or `errno N`. */
export class Refusal extends Error {}

export class Client {
  readonly session: number;
  private tag = 1;
  private fid = 1;
  readonly root = 0;

  constructor(
    readonly machine: Machine,
    readonly dialect: Dialect = 'compact',
    transport = 0,
  ) {
    this.session = machine.open(transport);
  }

  private nextFid(): number {
    this.fid += 1;
    return this.fid;
  }

  /** Sends a request; a refusal is thrown. */
  call(type: number, ...fields: Field[]): Reply {
    this.tag = (this.tag + 1) & 0x7fff;
    const tag = type === 100 && this.dialect !== 'compact' ? NO_TAG : this.tag;
    const bytes = this.machine.serve(this.session, frame(type, tag, ...fields));
    const reply = parseReply(bytes);
    if (reply.tag !== tag) throw new Error(`reply to tag ${reply.tag}, not ${tag}`);
    if (reply.type === 107) {
      const first = reply.body.text();
      throw new Refusal(reply.body.left > 0 ? `${first} ${reply.body.text()}` : first);
    }
    if (reply.type === 7) throw new Refusal(`errno ${reply.body.u32()}`);
    if (reply.type !== type + 1) throw new Error(`reply type ${reply.type} to ${type}`);
    return reply;
  }

  version(msize = 8192): number {
    return this.call(100, u32(msize), this.dialect === 'classic' ? '9P2000' : '9P2000.L').body.u32();
  }

  attach(uname = 'queen', aname = ''): this {
    this.version();
    const user = this.dialect === 'classic' ? [] : [u32(this.dialect === 'linux' ? NO_FID : 0)];
    this.call(104, u32(this.root), u32(NO_FID), uname, aname, ...user);
    return this;
  }

  walk(path: string): number {
    const names = path.split('/').filter((name) => name !== '');
    const fid = this.nextFid();
    this.call(110, u32(this.root), u32(fid), u16(names.length), ...names);
    return fid;
  }

  open(path: string, mode = 0): number {
    const fid = this.walk(path);
    try {
      if (this.dialect === 'linux') this.call(12, u32(fid), u32(mode === 0 ? 0 : 0o2001));
      else this.call(112, u32(fid), u8(mode));
    } catch (error) {
      this.clunk(fid);
      throw error;
    }
    return fid;
  }

  clunk(fid: number): void {
    this.call(120, u32(fid));
  }

  readAt(fid: number, offset: bigint, count = 8000): Buffer {
    const reply = this.call(116, u32(fid), u64(offset), u32(count));
    return reply.body.take(reply.body.u32());
  }

  /** A whole file. */
  read(path: string, count = 8000): string {
    const fid = this.open(path);
    try {
      const parts: Buffer[] = [];
      for (let offset = 0n; ;) {
        const part = Buffer.from(this.readAt(fid, offset, count));
        if (part.length === 0) return Buffer.concat(parts).toString();
        parts.push(part);
        offset += BigInt(part.length);
      }
    } finally {
      this.clunk(fid);
    }
  }

  writeAt(fid: number, offset: bigint, data: string | Uint8Array): number {
    const bytes = Buffer.from(data as string);
    return this.call(118, u32(fid), u64(offset), u32(bytes.length), bytes).body.u32();
  }

  write(path: string, data: string | Uint8Array): number {
    const fid = this.open(path, 0x81);
    try {
      return this.writeAt(fid, APPEND_OFFSET, data);
    } finally {
      this.clunk(fid);
    }
  }

  /** Names in a directory. */
  list(path: string, count = 8000): string[] {
    if (this.dialect !== 'linux') return this.read(path, count).split('\n').slice(0, -1);
    const fid = this.open(path);
    try {
      const names: string[] = [];
      for (let cookie = 0n; ;) {
        const entries = this.readdir(fid, cookie, count);
        if (entries.length === 0) return names;
        names.push(...entries.map((entry) => entry.name));
        cookie = entries.at(-1)?.cookie ?? 0n;
      }
    } finally {
      this.clunk(fid);
    }
  }

  readdir(fid: number, cookie: bigint, count = 8000): { name: string; cookie: bigint; type: number; qid: bigint }[] {
    const { body } = this.call(40, u32(fid), u64(cookie), u32(count));
    const entries = [];
    const bytes = body.u32();
    const end = body.at + bytes;
    while (body.at < end) {
      const qid = body.qid().path;
      const next = body.u64();
      const type = body.u8();
      entries.push({ qid, cookie: next, type, name: body.text() });
    }
    return entries;
  }

  getattr(path: string): { mode: number; size: bigint; qid: bigint } {
    const fid = this.walk(path);
    try {
      const { body } = this.call(24, u32(fid), u64(0x7ffn));
      body.u64();
      const qid = body.qid().path;
      const mode = body.u32();
      body.take(4 + 4 + 8 + 8);
      return { qid, mode, size: body.u64() };
    } finally {
      this.clunk(fid);
    }
  }

  /** The text of the refusal of `action`. */
  refusal(action: (client: this) => unknown): string {
    try {
      action(this);
    } catch (error) {
      if (error instanceof Refusal) return error.message;
      throw error;
    }
    return 'no refusal';
  }
}
