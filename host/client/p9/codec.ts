// SPDX-License-Identifier: Apache-2.0
/**
 * Owns the bytes of 9P messages: requests as they are sent, replies as they are read. Nothing in a reply is believed
 * before its length is checked.
 *
 *   size u32 (all of it) · type u8 · tag u16 · body          numbers little-endian
 *   string: bytes u16 · UTF-8        qid: type u8 · version u32 · path u64
 */
import { protocolError } from '../errors.ts';

export const T = {
  lerror: 6,
  lopen: 12,
  getattr: 24,
  readdir: 40,
  version: 100,
  attach: 104,
  error: 106,
  flush: 108,
  walk: 110,
  open: 112,
  read: 116,
  write: 118,
  clunk: 120,
  stat: 124,
} as const;
/** Replies that are refusals. */
export const R_LERROR = 7;
export const R_ERROR = 107;

export const NO_TAG = 0xffff;
export const NO_FID = 0xffffffff;
export const HEADER_BYTES = 7;
/** What surrounds the data of a Twrite or Rread. */
export const IO_HEADER_BYTES = 24;
export const APPEND_OFFSET = 0xffffffffffffffffn;
export const QID_DIRECTORY = 0x80;

const NAMES = new Map<number, string>(Object.entries(T).map(([name, type]) => [type, name]));

/** `Twalk`: for messages about messages. */
export function messageName(type: number): string {
  const name = NAMES.get(type & ~1);
  return `${(type & 1) === 0 ? 'T' : 'R'}${name ?? type}`;
}

export class Writer {
  private bytes = Buffer.alloc(256);
  private at = HEADER_BYTES;

  private room(count: number): number {
    if (this.at + count > this.bytes.length) {
      const grown = Buffer.alloc(Math.max(2 * this.bytes.length, this.at + count));
      this.bytes.copy(grown);
      this.bytes = grown;
    }
    this.at += count;
    return this.at - count;
  }

  u8(value: number): this {
    const at = this.room(1);
    this.bytes.writeUInt8(value, at);
    return this;
  }

  u16(value: number): this {
    const at = this.room(2);
    this.bytes.writeUInt16LE(value, at);
    return this;
  }

  u32(value: number): this {
    const at = this.room(4);
    this.bytes.writeUInt32LE(value, at);
    return this;
  }

  u64(value: bigint): this {
    const at = this.room(8);
    this.bytes.writeBigUInt64LE(value, at);
    return this;
  }

  data(value: Uint8Array): this {
    const at = this.room(value.length);
    this.bytes.set(value, at);
    return this;
  }

  text(value: string): this {
    const bytes = Buffer.from(value);
    return this.u16(bytes.length).data(bytes);
  }

  finish(type: number, tag: number): Buffer {
    this.bytes.writeUInt32LE(this.at, 0);
    this.bytes.writeUInt8(type, 4);
    this.bytes.writeUInt16LE(tag, 5);
    return this.bytes.subarray(0, this.at);
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export class Reader {
  private at: number;

  constructor(
    private readonly bytes: Buffer,
    start = 0,
  ) {
    this.at = start;
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  take(count: number): Buffer {
    if (count > this.left) throw protocolError('reply ends too early');
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  u8 = (): number => this.take(1).readUInt8();
  u16 = (): number => this.take(2).readUInt16LE();
  u32 = (): number => this.take(4).readUInt32LE();
  u64 = (): bigint => this.take(8).readBigUInt64LE();

  text(): string {
    const bytes = this.take(this.u16());
    try {
      return utf8.decode(bytes);
    } catch {
      throw protocolError('reply holds a string that is no UTF-8');
    }
  }

  qid(): { type: number; path: bigint } {
    const type = this.u8();
    this.u32();
    return { type, path: this.u64() };
  }
}

export interface Reply {
  readonly type: number;
  readonly tag: number;
  readonly body: Reader;
}

/** A whole frame. */
export function parseReply(frame: Buffer): Reply {
  return { type: frame.readUInt8(4), tag: frame.readUInt16LE(5), body: new Reader(frame, HEADER_BYTES) };
}

/** Cuts what comes into frames. A size that cannot be ends the connection: nothing after it can be found. */
export class FrameSplitter {
  private parts: Buffer[] = [];
  private held = 0;

  constructor(private readonly maxBytes: () => number) {}

  /** The frames that are complete now. */
  push(chunk: Uint8Array): Buffer[] {
    this.parts.push(Buffer.from(chunk));
    this.held += chunk.length;
    const frames: Buffer[] = [];
    for (;;) {
      const size = this.wanted();
      if (size === undefined || this.held < size) return frames;
      const all = this.joined();
      frames.push(all.subarray(0, size));
      this.parts = size === all.length ? [] : [all.subarray(size)];
      this.held -= size;
    }
  }

  private joined(): Buffer {
    if (this.parts.length > 1) this.parts = [Buffer.concat(this.parts)];
    return this.parts[0] ?? Buffer.alloc(0);
  }

  private wanted(): number | undefined {
    if (this.held < 4) return undefined;
    const first = this.parts[0];
    const size = (first !== undefined && first.length >= 4 ? first : this.joined()).readUInt32LE(0);
    if (size < HEADER_BYTES || size > this.maxBytes()) throw protocolError(`reply of ${size} bytes cannot be`);
    return size;
  }
}
