// SPDX-License-Identifier: Apache-2.0
/** 9P frames for tests: requests built field by field, replies taken apart. */

export const NO_TAG = 0xffff;
export const NO_FID = 0xffff_ffff;
export const APPEND_OFFSET = 0xffff_ffff_ffff_ffffn;

export type Field = { size: 1 | 2 | 4; value: number } | { size: 8; value: bigint } | Uint8Array | string;

export const u8 = (value: number): Field => ({ size: 1, value });
export const u16 = (value: number): Field => ({ size: 2, value });
export const u32 = (value: number): Field => ({ size: 4, value });
export const u64 = (value: bigint): Field => ({ size: 8, value });

function encode(field: Field): Buffer {
  if (typeof field === 'string') {
    const text = Buffer.from(field);
    const head = Buffer.alloc(2);
    head.writeUInt16LE(text.length);
    return Buffer.concat([head, text]);
  }
  if (field instanceof Uint8Array) return Buffer.from(field);
  const out = Buffer.alloc(field.size);
  if (field.size === 8) out.writeBigUInt64LE(field.value);
  else out.writeUIntLE(field.value, 0, field.size);
  return out;
}

/** A frame: strings become 9P strings, byte arrays are put in as they are. */
export function frame(type: number, tag: number, ...fields: Field[]): Buffer {
  const body = Buffer.concat(fields.map(encode));
  const head = Buffer.alloc(7);
  head.writeUInt32LE(7 + body.length);
  head.writeUInt8(type, 4);
  head.writeUInt16LE(tag, 5);
  return Buffer.concat([head, body]);
}

/** Reads a reply's fields in order. */
export class Reader {
  at = 0;
  constructor(readonly bytes: Buffer) {}
  u8(): number {
    this.at += 1;
    return this.bytes.readUInt8(this.at - 1);
  }
  u16(): number {
    this.at += 2;
    return this.bytes.readUInt16LE(this.at - 2);
  }
  u32(): number {
    this.at += 4;
    return this.bytes.readUInt32LE(this.at - 4);
  }
  u64(): bigint {
    this.at += 8;
    return this.bytes.readBigUInt64LE(this.at - 8);
  }
  take(count: number): Buffer {
    if (this.at + count > this.bytes.length) throw new Error('reply is shorter than its fields');
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }
  text(): string {
    return this.take(this.u16()).toString();
  }
  qid(): { type: number; version: number; path: bigint } {
    return { type: this.u8(), version: this.u32(), path: this.u64() };
  }
  get left(): number {
    return this.bytes.length - this.at;
  }
}

export interface Reply {
  type: number;
  tag: number;
  body: Reader;
}

export function parseReply(bytes: Buffer): Reply {
  if (bytes.length < 7 || bytes.readUInt32LE(0) !== bytes.length) throw new Error('reply size is wrong');
  return { type: bytes.readUInt8(4), tag: bytes.readUInt16LE(5), body: new Reader(bytes.subarray(7)) };
}

/** Splits a batch of replies. */
export function splitReplies(bytes: Buffer): Reply[] {
  const replies: Reply[] = [];
  let at = 0;
  while (at < bytes.length) {
    const size = bytes.readUInt32LE(at);
    replies.push(parseReply(bytes.subarray(at, at + size)));
    at += size;
  }
  return replies;
}
