// SPDX-License-Identifier: Apache-2.0
/**
 * A 9P2000.L client for tests: a codec, one table of requests under way by their tags, and what is built from them. Like
 * its neighbour it shares nothing with the client library.
 */
import { DEFAULT_WAIT_MS, Ended, Reader } from './reader.ts';

export const T = {
  lerror: 7,
  statfs: 8,
  lopen: 12,
  getattr: 24,
  readdir: 40,
  version: 100,
  auth: 102,
  attach: 104,
  flush: 108,
  walk: 110,
  read: 116,
  write: 118,
  clunk: 120,
} as const;

export const NO_TAG = 0xffff;
export const NO_FID = 0xffffffff;
export const MAX_MSIZE = 8192;
const HEADER_BYTES = 7;
/** A Tread's reply: header and count. */
const READ_OVERHEAD_BYTES = HEADER_BYTES + 4;
const O_WRONLY_APPEND = 0o2001;

type Field = { bytes: number; put: (into: Buffer, at: number) => void };

export const u8 = (value: number): Field => ({ bytes: 1, put: (b, at) => void b.writeUInt8(value, at) });
export const u16 = (value: number): Field => ({ bytes: 2, put: (b, at) => void b.writeUInt16LE(value, at) });
export const u32 = (value: number): Field => ({ bytes: 4, put: (b, at) => void b.writeUInt32LE(value, at) });
export const u64 = (value: number | bigint): Field => ({
  bytes: 8,
  put: (b, at) => void b.writeBigUInt64LE(BigInt(value), at),
});
export const raw = (data: Buffer): Field => ({ bytes: data.length, put: (b, at) => void data.copy(b, at) });
export const text = (value: string): Field => {
  const data = Buffer.from(value);
  return {
    bytes: 2 + data.length,
    put: (b, at) => {
      b.writeUInt16LE(data.length, at);
      data.copy(b, at + 2);
    },
  };
};

export function frame(type: number, tag: number, ...fields: readonly Field[]): Buffer {
  const size = fields.reduce((sum, field) => sum + field.bytes, HEADER_BYTES);
  const out = Buffer.alloc(size);
  out.writeUInt32LE(size, 0);
  out.writeUInt8(type, 4);
  out.writeUInt16LE(tag, 5);
  let at = HEADER_BYTES;
  for (const field of fields) {
    field.put(out, at);
    at += field.bytes;
  }
  return out;
}

export class Reply {
  constructor(readonly frame: Buffer) {}

  get type(): number {
    return this.frame.readUInt8(4);
  }

  get tag(): number {
    return this.frame.readUInt16LE(5);
  }

  get body(): Buffer {
    return this.frame.subarray(HEADER_BYTES);
  }
}

/** A request that was refused: Rlerror. */
export class Refused extends Error {
  constructor(
    readonly type: number,
    readonly errno: number,
  ) {
    super(`request ${type} was refused with errno ${errno}`);
  }
}

interface Pending {
  type: number;
  resolve: (reply: Reply) => void;
  reject: (error: Error) => void;
}

export class NineClient {
  readonly root = 0;
  msize = MAX_MSIZE;
  private readonly pending = new Map<number, Pending>();
  private nextTag = 1;
  private nextFid = 1;
  private failure: Error | undefined;

  private constructor(readonly reader: Reader) {
    reader.socket.on('data', () => this.receive());
    reader.socket.on('close', () => this.fail(new Ended('close', reader.available)));
  }

  static async connect(port: number, wait_ms = DEFAULT_WAIT_MS): Promise<NineClient> {
    return new NineClient(await Reader.connect(port, wait_ms));
  }

  /** Connected, version agreed, attached. */
  static async enter(port: number, uname: string, aname: string): Promise<NineClient> {
    const client = await NineClient.connect(port);
    await client.version();
    await client.attach(uname, aname);
    return client;
  }

  /** Sends a request; resolves with its reply, rejects with `Refused`, or when the connection ends. */
  request(type: number, ...fields: readonly Field[]): Promise<Reply> {
    return this.send(type === T.version ? NO_TAG : this.freeTag(), type, fields);
  }

  async version(msize = MAX_MSIZE, version = '9P2000.L'): Promise<string> {
    const { body } = await this.request(T.version, u32(msize), text(version));
    this.msize = body.readUInt32LE(0);
    return body.subarray(6, 6 + body.readUInt16LE(4)).toString();
  }

  async attach(uname: string, aname: string, fid = this.root): Promise<void> {
    await this.request(T.attach, u32(fid), u32(NO_FID), text(uname), text(aname), u32(NO_FID));
  }

  async walk(path: string): Promise<number> {
    const names = path.split('/').filter((name) => name !== '');
    const fid = this.nextFid++;
    const { body } = await this.request(T.walk, u32(this.root), u32(fid), u16(names.length), ...names.map(text));
    if (body.readUInt16LE(0) !== names.length) throw new Refused(T.walk, 2);
    return fid;
  }

  async open(path: string, append = false): Promise<number> {
    const fid = await this.walk(path);
    await this.request(T.lopen, u32(fid), u32(append ? O_WRONLY_APPEND : 0));
    return fid;
  }

  async clunk(fid: number): Promise<void> {
    await this.request(T.clunk, u32(fid));
  }

  async readAt(fid: number, offset: number, count = this.msize - READ_OVERHEAD_BYTES): Promise<Buffer> {
    const { body } = await this.request(T.read, u32(fid), u64(offset), u32(count));
    const bytes = body.readUInt32LE(0);
    if (bytes > count || bytes !== body.length - 4) throw new Error(`Rread of ${bytes} bytes in ${body.length - 4}`);
    return body.subarray(4);
  }

  async read(path: string): Promise<Buffer> {
    const fid = await this.open(path);
    const parts: Buffer[] = [];
    for (let offset = 0; ;) {
      const part = await this.readAt(fid, offset);
      if (part.length === 0) break;
      parts.push(part);
      offset += part.length;
    }
    await this.clunk(fid);
    return Buffer.concat(parts);
  }

  async append(path: string, data: string | Buffer): Promise<void> {
    const fid = await this.open(path, true);
    await this.writeTo(fid, data);
    await this.clunk(fid);
  }

  async writeTo(fid: number, data: string | Buffer): Promise<void> {
    const bytes = Buffer.from(data as string);
    const { body } = await this.request(T.write, u32(fid), u64(0), u32(bytes.length), raw(bytes));
    if (body.readUInt32LE(0) !== bytes.length) throw new Error(`Rwrite of ${body.readUInt32LE(0)} bytes`);
  }

  async list(path: string): Promise<string[]> {
    const fid = await this.open(path);
    const names: string[] = [];
    for (let offset = 0n; ;) {
      const { body } = await this.request(T.readdir, u32(fid), u64(offset), u32(this.msize - READ_OVERHEAD_BYTES));
      const end = 4 + body.readUInt32LE(0);
      if (end === 4) break;
      for (let at = 4; at < end;) {
        offset = body.readBigUInt64LE(at + 13);
        const length = body.readUInt16LE(at + 22);
        names.push(body.subarray(at + 24, at + 24 + length).toString());
        at += 24 + length;
      }
    }
    await this.clunk(fid);
    return names.filter((name) => name !== '.' && name !== '..');
  }

  close(): void {
    this.reader.close();
  }

  private freeTag(): number {
    while (this.pending.has(this.nextTag)) this.nextTag = (this.nextTag + 1) % NO_TAG;
    const tag = this.nextTag;
    this.nextTag = (tag + 1) % NO_TAG;
    return tag;
  }

  private send(tag: number, type: number, fields: readonly Field[]): Promise<Reply> {
    return new Promise((resolve, reject) => {
      if (this.failure !== undefined) return reject(this.failure);
      const timer = setTimeout(
        () => this.fail(new Error(`no reply to request ${type} in ${this.reader.wait_ms} ms`)),
        this.reader.wait_ms,
      );
      const settle =
        <V>(then: (value: V) => void) =>
        (value: V): void => {
          clearTimeout(timer);
          then(value);
        };
      this.pending.set(tag, { type, resolve: settle(resolve), reject: settle(reject) });
      this.reader.socket.write(frame(type, tag, ...fields));
    });
  }

  private receive(): void {
    for (;;) {
      const length = this.reader.lengthNow();
      if (length === undefined) return;
      if (length < HEADER_BYTES || length > MAX_MSIZE) return this.fail(new Error(`a frame of length ${length}`));
      if (this.reader.available < length) return;
      this.dispatch(new Reply(Buffer.from(this.reader.takeNow(length))));
    }
  }

  private dispatch(reply: Reply): void {
    const pending = this.pending.get(reply.tag);
    if (pending === undefined) return this.fail(new Error(`a reply to tag ${reply.tag}, which nobody waits for`));
    this.pending.delete(reply.tag);
    if (reply.type === T.lerror) pending.reject(new Refused(pending.type, reply.body.readUInt32LE(0)));
    else if (reply.type === pending.type + 1) pending.resolve(reply);
    else this.fail(new Error(`a reply of type ${reply.type} to a request of type ${pending.type}`), pending);
  }

  private fail(error: Error, ...more: Pending[]): void {
    this.failure ??= error;
    for (const { reject } of [...more, ...this.pending.values()]) reject(error);
    this.pending.clear();
    this.close();
  }
}
