// SPDX-License-Identifier: Apache-2.0
// Secure9P connections: whole frames to NineDoor, and its answers back, one each, in order. There is room for an answer before the
// request is passed on.
//
//   frame   size u32, itself included | type u8 | tag u16 | …
import { SECURE9P_MSIZE } from '../../../generated/manifest';
import * as stream from '../../../lib/channel/stream';
import * as stack from '../stack';
import * as links from './links';
import { BLOCKED, EMPTY, FULL, PASSED, REFUSED } from './step';
import * as table from './table';
import { Connection } from './table';

export const HEAD_BYTES: u32 = 7;
const MAX_FRAME: u32 = min<u32>(SECURE9P_MSIZE, stream.MAX_DATA_BYTES);

const TREADDIR: u8 = 40;
const TVERSION: u8 = 100;
const TREAD: u8 = 116;
const NOTAG: u16 = 0xffff;
/** Both have a fid and an offset before the count. */
const COUNT_AT: u32 = HEAD_BYTES + 4 + 8;
const COUNTED_BYTES: u32 = COUNT_AT + 4;
/** What stands before the data of Rread and Rreaddir. */
const DATA_AT: u32 = HEAD_BYTES + 4;

const frame = memory.data(8192, 8);

export let framesIn: u64 = 0;
export let framesOut: u64 = 0;
export let badLengths: u64 = 0;

/** So many bytes of a first frame tell which protocol it is of. */
export const FIRST_BYTES: u32 = HEAD_BYTES + 4 + 2 + 2;
const MSIZE_AND_LENGTH_BYTES: u32 = 4 + 2;
/** The version that every client asks for begins so: "9P". */
const VERSION_PREFIX: u16 = 0x5039;

// What a first frame is.
export const UNDECIDED: u32 = 0;
export const LINE: u32 = 1;
export const VERSION: u32 = 2;

/**
 * What a first frame is whose first `count` bytes, FIRST_BYTES at most, are at `head`. A Tversion has NOTAG, which no line of text has;
 * but clients of the older codec count its tag as any other, and then it must be a Tversion in all its fields.
 */
export function firstIs(head: usize, count: u32): u32 {
  if (count < 4) return UNDECIDED;
  const size = load<u32>(head);
  if (size < HEAD_BYTES) return LINE;
  if (count < HEAD_BYTES) return UNDECIDED;
  if (load<u8>(head, 4) !== TVERSION) return LINE;
  if (load<u16>(head, 5) === NOTAG) return VERSION;
  if (size < FIRST_BYTES) return LINE;
  if (count < FIRST_BYTES) return UNDECIDED;
  const length = <u32>load<u16>(head, HEAD_BYTES + 4);
  const isWhole = size === HEAD_BYTES + MSIZE_AND_LENGTH_BYTES + length;
  return isWhole && load<u16>(head, HEAD_BYTES + MSIZE_AND_LENGTH_BYTES) === VERSION_PREFIX ? VERSION : LINE;
}

export function countBadLength(): void {
  badLengths++;
}

export function isLength(size: u32): bool {
  return size >= HEAD_BYTES && size <= MAX_FRAME;
}

/** Most bytes of the answer to the request whose first `count` bytes are in `frame`. */
function replyBound(count: u32): u32 {
  const type = load<u8>(frame, 4);
  if ((type !== TREAD && type !== TREADDIR) || count < COUNTED_BYTES) return stream.ANSWER_BYTES;
  const data = min(load<u32>(frame, COUNT_AT), MAX_FRAME - DATA_AT);
  return max(stream.ANSWER_BYTES, DATA_AT + data);
}

/** The next frame of the peer, as far as there is one. */
export function take(n: u32, c: Connection): u32 {
  const count = stack.peek(n, frame, COUNTED_BYTES);
  if (count < 4) return EMPTY;
  const size = load<u32>(frame);
  if (!isLength(size)) {
    badLengths++;
    return REFUSED;
  }
  if (count < size && stack.available(n) < size) return EMPTY;
  if (c.requests === table.REQUESTS) return BLOCKED;
  const bound = replyBound(min(count, size));
  if (stack.room(n) < c.reserved + bound) return BLOCKED;
  if (count < size) stack.peek(n, frame, size);
  if (!links.send(links.NINEDOOR, n, c.generation, stream.DATA, 0, frame, size)) return FULL;
  stack.skip(n, size);
  c.expect(bound);
  framesIn++;
  return PASSED;
}

/** An answer of NineDoor; false: nobody asked, or it is longer than it may be. */
export function give(n: u32, c: Connection, data: usize, size: u32): bool {
  if (c.requests === 0 || size > c.answered()) return false;
  framesOut++;
  return stack.write(n, data, size);
}
