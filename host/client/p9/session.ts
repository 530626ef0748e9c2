// SPDX-License-Identifier: Apache-2.0
/**
 * Owns one 9P session: version, attach, and the operations on paths, in three dialects (docs/secure9p.md):
 *
 *   cohesix    `9P2000.L` with the messages of the older Cohesix codec: refusals say why in words. The default.
 *   9P2000.L   as Linux speaks it: refusals are numbers.
 *   9P2000     classic: refusals are `Code: text`, listings are stat entries.
 */
import { protocolError } from '../errors.ts';
import type { CallOptions } from '../transport.ts';
import { APPEND_OFFSET, IO_HEADER_BYTES, NO_FID, NO_TAG, QID_DIRECTORY, R_ERROR, T, Reader, Writer } from './codec.ts';
import { Connection, type ConnectionOptions } from './connection.ts';
import type { Link } from './link.ts';
import { P9Refusal } from './refusal.ts';

export const DIALECTS = ['cohesix', '9P2000.L', '9P2000'] as const;
export type Dialect = (typeof DIALECTS)[number];

/** What a read asks for: what the node's own console asks for, so that quotas count alike. */
const READ_BYTES = 8064;
const ROOT_FID = 1;
// Topen modes and Tlopen flags.
const OPEN_READ = 0;
const OPEN_APPEND = 0x81;
const LINUX_READ = 0;
const LINUX_APPEND = 0o2001;
const GETATTR_SIZE = 0x200n;

export interface SessionOptions extends ConnectionOptions {
  dialect: Dialect;
  msize: number;
  /** Reads go on until one gives nothing, as older clients read: what traces hold. Else a short read is the last. */
  exhaustive?: boolean | undefined;
}

export interface Handle {
  readonly fid: number;
  readonly isDirectory: boolean;
}

export interface FileInfo {
  /** What a reader would get now. */
  readonly size: bigint;
  readonly isDirectory: boolean;
}

export class P9Session {
  readonly connection: Connection;
  readonly dialect: Dialect;
  private fid = ROOT_FID;

  constructor(
    link: Link,
    private readonly options: SessionOptions,
  ) {
    this.connection = new Connection(link, options);
    this.dialect = options.dialect;
  }

  /** Largest count of a read, largest data of a write. */
  get ioBytes(): number {
    return this.connection.msize - IO_HEADER_BYTES;
  }

  private get readBytes(): number {
    if (this.options.exhaustive === true) return this.connection.msize;
    return Math.min(READ_BYTES, this.ioBytes);
  }

  async version(options: CallOptions = {}): Promise<void> {
    const wanted = this.dialect === '9P2000' ? '9P2000' : '9P2000.L';
    const writer = new Writer().u32(this.options.msize).text(wanted);
    const tag = this.dialect === 'cohesix' ? undefined : NO_TAG;
    const reply = await this.connection.request(T.version, writer, options, tag);
    if (reply.type === R_ERROR) throw protocolError(`version refused: ${reply.body.text()}`);
    if (reply.type !== T.version + 1) throw protocolError('no answer to Tversion');
    const msize = reply.body.u32();
    const got = reply.body.text();
    if (got !== wanted) throw protocolError(`unexpected version ${got}`);
    if (msize > this.options.msize || msize < 256) throw protocolError(`msize ${msize} cannot be`);
    this.connection.msize = msize;
  }

  async attach(uname: string, aname: string, options: CallOptions = {}): Promise<void> {
    await this.connection.call(
      T.attach,
      (w) => {
        w.u32(ROOT_FID).u32(NO_FID).text(uname).text(aname);
        if (this.dialect !== '9P2000') w.u32(this.dialect === 'cohesix' ? 0 : NO_FID);
      },
      options,
    );
  }

  async walk(names: readonly string[], options: CallOptions = {}): Promise<Handle> {
    this.fid += 1;
    const fid = this.fid;
    const { body } = await this.connection
      .call(
        T.walk,
        (w) => {
          w.u32(ROOT_FID).u32(fid).u16(names.length);
          for (const name of names) w.text(name);
        },
        options,
      )
      .catch((error: unknown) => this.abandon(fid, error));
    const count = body.u16();
    // A walk that stopped on its way: what is missing is the next name.
    if (count !== names.length)
      throw new P9Refusal('NotFound', `path /${names.slice(0, count + 1).join('/')} not found`);
    let type = QID_DIRECTORY;
    for (let i = 0; i < count; i++) type = body.qid().type;
    return { fid, isDirectory: (type & QID_DIRECTORY) !== 0 };
  }

  /** A walk that was given up may have been carried out all the same. */
  private abandon(fid: number, error: unknown): never {
    if (!(error instanceof P9Refusal) && this.connection.ended === undefined)
      void this.clunk(fid).catch(() => undefined);
    throw error;
  }

  openToRead(fid: number, options: CallOptions = {}): Promise<void> {
    return this.open(fid, OPEN_READ, LINUX_READ, options);
  }

  openToAppend(fid: number, options: CallOptions = {}): Promise<void> {
    return this.open(fid, OPEN_APPEND, LINUX_APPEND, options);
  }

  private async open(fid: number, mode: number, flags: number, options: CallOptions): Promise<void> {
    if (this.dialect === '9P2000.L') await this.connection.call(T.lopen, (w) => w.u32(fid).u32(flags), options);
    else await this.connection.call(T.open, (w) => w.u32(fid).u8(mode), options);
  }

  /** `last`: there is nothing after it. */
  async read(fid: number, offset: bigint, options: CallOptions = {}): Promise<{ data: Buffer; last: boolean }> {
    const count = this.readBytes;
    const { body } = await this.connection.call(T.read, (w) => w.u32(fid).u64(offset).u32(count), options);
    const bytes = body.u32();
    if (bytes > count) throw protocolError(`read of ${count} bytes gave ${bytes}`);
    const data = body.take(bytes);
    return { data, last: this.options.exhaustive === true ? bytes === 0 : bytes < count };
  }

  /** The server has taken all of it, or refused it. */
  async append(fid: number, data: Uint8Array, options: CallOptions = {}): Promise<number> {
    const offset = this.dialect === 'cohesix' ? APPEND_OFFSET : 0n;
    const { body } = await this.connection.call(
      T.write,
      (w) => w.u32(fid).u64(offset).u32(data.length).data(data),
      options,
    );
    const taken = body.u32();
    if (taken > data.length) throw protocolError(`write of ${data.length} bytes took ${taken}`);
    return taken;
  }

  /** Names in an open directory, in the server's order. */
  async *list(fid: number, options: CallOptions = {}): AsyncGenerator<string[]> {
    if (this.dialect === '9P2000.L') yield* this.readdir(fid, options);
    else if (this.dialect === '9P2000') yield* this.entries(fid, options);
    else yield* this.names(fid, options);
  }

  private async *readdir(fid: number, options: CallOptions): AsyncGenerator<string[]> {
    for (let cookie = 0n; ;) {
      const from = cookie;
      const count = this.readBytes;
      const { body } = await this.connection.call(T.readdir, (w) => w.u32(fid).u64(from).u32(count), options);
      const entries = new Reader(body.take(body.u32()));
      const names: string[] = [];
      while (entries.left > 0) {
        entries.qid();
        cookie = entries.u64();
        entries.u8();
        names.push(entries.text());
      }
      if (names.length === 0) return;
      yield names.filter((name) => name !== '.' && name !== '..');
    }
  }

  private async *entries(fid: number, options: CallOptions): AsyncGenerator<string[]> {
    for (let offset = 0n; ;) {
      const count = this.readBytes;
      const { body } = await this.connection.call(T.read, (w) => w.u32(fid).u64(offset).u32(count), options);
      const data = body.take(body.u32());
      if (data.length === 0) return;
      offset += BigInt(data.length);
      yield statNames(data);
    }
  }

  private async *names(fid: number, options: CallOptions): AsyncGenerator<string[]> {
    // 11 bytes surround the data of a reply: no listing of the older codec fills more than the rest.
    const most = Math.min(this.readBytes, this.connection.msize - 11);
    let held = '';
    for (let offset = 0n; ;) {
      const count = this.readBytes;
      const { body } = await this.connection.call(T.read, (w) => w.u32(fid).u64(offset).u32(count), options);
      const data = body.take(body.u32());
      offset += BigInt(data.length);
      // Names are cut anywhere, characters as well: Latin-1 keeps the bytes until a name is whole.
      const lines = (held + data.toString('latin1')).split('\n');
      held = lines.pop() ?? '';
      yield lines.map((line) => Buffer.from(line, 'latin1').toString());
      if (data.length < most) return;
    }
  }

  async info(handle: Handle, options: CallOptions = {}): Promise<FileInfo> {
    const { fid, isDirectory } = handle;
    if (this.dialect === '9P2000.L') {
      const { body } = await this.connection.call(T.getattr, (w) => w.u32(fid).u64(GETATTR_SIZE), options);
      // valid, qid, mode, uid, gid, nlink, rdev come before the size.
      body.take(8 + 13 + 4 + 4 + 4 + 8 + 8);
      return { size: body.u64(), isDirectory };
    }
    const { body } = await this.connection.call(T.stat, (w) => w.u32(fid), options);
    body.u16();
    return { size: statEntry(body).size, isDirectory };
  }

  async clunk(fid: number, options: CallOptions = {}): Promise<void> {
    await this.connection.call(T.clunk, (w) => w.u32(fid), options);
  }

  close(): void {
    this.connection.close();
  }
}

function statEntry(reader: Reader): { name: string; size: bigint } {
  const entry = new Reader(reader.take(reader.u16()));
  // type, dev, qid, mode, atime and mtime come before the length.
  entry.take(2 + 4 + 13 + 4 + 4 + 4);
  const size = entry.u64();
  return { size, name: entry.text() };
}

function statNames(data: Buffer): string[] {
  const reader = new Reader(data);
  const names: string[] = [];
  while (reader.left > 0) names.push(statEntry(reader).name);
  return names;
}
