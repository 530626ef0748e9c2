// SPDX-License-Identifier: Apache-2.0
// A request: who sent it, what it is, and its body field by field. A field that is missing or malformed is noted and reads
// as 0, so a handler reads all its fields and then asks once.
//
//   Request   session: Session u32 · type u32 · tag u32 · refusal u32 · at, end usize · problem u32
//             textStart usize · textBytes u32 · nameCount u32 · names: WALK_DEPTH × Slice
//   Slice     start usize · bytes u32
//
//   refusal: why there is no fid for the handler (server/guard.ts) · at, end: what is left of the body
//   textStart, textBytes: the string or data that was read last; texts stay where they are in the frame
import { WALK_DEPTH } from '../limits';
import { isUtf8 } from '../../lib/text/slice';
import { HEADER_BYTES } from '../../lib/wire/types';
import { Session } from '../session/session';
import * as errors from './errors';

/** The message type of a frame that has a whole header. */
export function typeOf(frame: usize): u32 {
  return load<u8>(frame, 4);
}

const WELL_FORMED: u32 = 0;
const TRUNCATED: u32 = 1;
const NOT_UTF8: u32 = 2;


@unmanaged
class Slice {
  start: usize;
  bytes: u32;
}


@unmanaged
export class Request {
  session: Session;
  type: u32;
  tag: u32;
  refusal: u32;
  textStart: usize;
  textBytes: u32;
  nameCount: u32;
  private at: usize;
  private end: usize;
  private problem: u32;

  /** Begins with a whole frame. */
  open(session: Session, frame: usize, bytes: u32): void {
    this.session = session;
    this.type = typeOf(frame);
    this.tag = load<u16>(frame, 5);
    this.refusal = errors.NONE;
    this.at = frame + HEADER_BYTES;
    this.end = frame + bytes;
    this.problem = WELL_FORMED;
  }

  /** The next `bytes` bytes, or 0 when the body is shorter. Inlined: every field of every message comes through here. */
  @inline
  private take(bytes: u32): usize {
    const start = this.at;
    if (<u32>(this.end - start) < bytes) {
      if (this.problem === WELL_FORMED) this.problem = TRUNCATED;
      this.at = this.end;
      return 0;
    }
    this.at = start + bytes;
    return start;
  }

  byte(): u32 {
    const start = this.take(1);
    return start === 0 ? 0 : load<u8>(start);
  }

  half(): u32 {
    const start = this.take(2);
    return start === 0 ? 0 : load<u16>(start);
  }

  word(): u32 {
    const start = this.take(4);
    return start === 0 ? 0 : load<u32>(start);
  }

  long(): u64 {
    const start = this.take(8);
    return start === 0 ? 0 : load<u64>(start);
  }

  /** A string into textStart and textBytes. */
  text(): void {
    this.data(this.half());
    if (this.problem === WELL_FORMED && !isUtf8(this.textStart, this.textBytes)) this.problem = NOT_UTF8;
  }

  /** `bytes` bytes of data into textStart and textBytes. */
  data(bytes: u32): void {
    const start = this.take(bytes);
    this.textStart = start;
    this.textBytes = start === 0 ? 0 : bytes;
  }

  private name(index: u32): Slice {
    return changetype<Slice>(changetype<usize>(this) + offsetof<Request>() + index * offsetof<Slice>());
  }

  nameStart(index: u32): usize {
    return this.name(index).start;
  }

  nameBytes(index: u32): u32 {
    return this.name(index).bytes;
  }

  /** nwname and the names; more than WALK_DEPTH of them are not read. */
  nameList(): void {
    const count = this.half();
    this.nameCount = count;
    if (count > WALK_DEPTH) return;
    for (let i: u32 = 0; i < count; i++) {
      this.text();
      this.name(i).start = this.textStart;
      this.name(i).bytes = this.textBytes;
    }
  }

  /** NONE when every field so far was there and well-formed, else the refusal. */
  check(): u32 {
    if (this.problem === WELL_FORMED) return errors.NONE;
    const isShort = this.problem === TRUNCATED;
    return errors.fail(errors.MALFORMED, isShort ? 'truncated frame' : 'invalid utf8 in string field');
  }
}

export const REQUEST_BYTES: u32 = offsetof<Request>() + WALK_DEPTH * offsetof<Slice>();
