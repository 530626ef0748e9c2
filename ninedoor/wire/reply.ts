// SPDX-License-Identifier: Apache-2.0
// A reply: header, fields in order, size filled in at the end. The caller of serve() guarantees room for the negotiated
// msize; replies of variable size (data, listings, error texts) ask `room` first.
//
//   Reply   start, at, end usize      where it begins, where its next field goes, and where it must end
import { HEADER_BYTES, QID_BYTES } from '../../lib/wire/types';
import { Request } from './request';


@unmanaged
export class Reply {
  private start: usize;
  private end: usize;
  private at: usize;

  /** Where the reply goes; `capacity` bytes. */
  open(buffer: usize, capacity: u32): void {
    this.start = buffer;
    this.at = buffer;
    this.end = buffer + capacity;
  }

  begin(type: u32, tag: u32): void {
    this.at = this.start + HEADER_BYTES;
    store<u8>(this.start, <u8>type, 4);
    store<u16>(this.start, <u16>tag, 5);
  }

  /** Begins the answer that is no refusal: its type is the request's, and one. */
  answer(r: Request): void {
    this.begin(r.type + 1, r.tag);
  }

  /** Bytes that still fit. */
  get room(): u32 {
    return <u32>(this.end - this.at);
  }

  /** Where the next field goes; `advance` after writing there. */
  get position(): usize {
    return this.at;
  }

  advance(bytes: u32): void {
    this.at += bytes;
  }

  byte(value: u32): void {
    store<u8>(this.at, <u8>value);
    this.at += 1;
  }

  half(value: u32): void {
    store<u16>(this.at, <u16>value);
    this.at += 2;
  }

  word(value: u32): void {
    store<u32>(this.at, value);
    this.at += 4;
  }

  long(value: u64): void {
    store<u64>(this.at, value);
    this.at += 8;
  }

  /** A qid. Its version stays 0: content is made when it is read, and has none. */
  qid(type: u32, path: u64): void {
    store<u8>(this.at, <u8>type);
    store<u32>(this.at, 0, 1);
    store<u64>(this.at, path, 5);
    this.at += QID_BYTES;
  }

  bytes(from: usize, bytes: u32): void {
    memory.copy(this.at, from, bytes);
    this.at += bytes;
  }

  /** The characters of an ASCII string. */
  ascii(value: string): void {
    const length = <u32>value.length;
    for (let i: u32 = 0; i < length; i++) store<u8>(this.at + i, <u8>value.charCodeAt(i));
    this.at += length;
  }

  text(from: usize, bytes: u32): void {
    this.half(bytes);
    this.bytes(from, bytes);
  }

  literal(value: string): void {
    this.half(<u32>value.length);
    this.ascii(value);
  }

  /** Fills in the size; returns the bytes of the frame. */
  finish(): u32 {
    const bytes = <u32>(this.at - this.start);
    store<u32>(this.start, bytes);
    return bytes;
  }
}
