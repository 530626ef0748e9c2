// SPDX-License-Identifier: Apache-2.0
// Connections of the network over a pair of rings: net at one end, a server of connections (the console, NineDoor) at the other. What
// passes is whole records; a record is published at once, so that a reader never sees half of one.
//
//   Header   connection u16   which of net's connections
//            generation u16   which use of that number: a late record for an earlier one is told apart, and dropped
//            kind u8          below
//            detail u8        of ENDED and MALFORMED: why
//            unused u16       zero
//            length u32       bytes that follow, the data
//
// The peer may write anything (docs/channels.md): the length is checked before it is used, and what makes no sense empties the ring and
// is counted. docs/net.md tells what happens when.
import * as ring from './ring';


@unmanaged
class Header {
  connection: u16;
  generation: u16;
  kind: u8;
  detail: u8;
  unused: u16;
  length: u32;
}

export const HEADER_BYTES: u32 = offsetof<Header>();
/** Largest data of a record: a 9P frame of the largest msize. */
export const MAX_DATA_BYTES: u32 = 8192;

/** Secure9P: most bytes of an answer that carries no data of a file or directory, an error with the longest text included. */
export const ANSWER_BYTES: u32 = 2560;

/** net → server: there is a connection. Data: opened.ts. */
export const OPENED: u8 = 1;
/** Both ways: one console line without its length field, or one 9P frame. */
export const DATA: u8 = 2;
/** net → server: the connection is gone, nothing follows. server → net: close it, when all that was sent before is out. */
export const ENDED: u8 = 3;
/** Both ways, console only: so many bytes more (u32) of DATA, headers included, may be sent on this connection. */
export const GRANT: u8 = 4;
/** net → console: a frame that is none; its bytes are swallowed. */
export const MALFORMED: u8 = 5;
/** console → net: run the self-test of the network. Connection and generation are zero. */
export const SELF_TEST: u8 = 6;
/** Both ways, the first record of each instance: all connections of before are gone. Data: u64 generation of the domain. */
export const RESET: u8 = 7;

// Details of ENDED.
export const BY_PEER: u8 = 1; // in order
export const LOST: u8 = 2; // reset, or timed out
export const REFUSED: u8 = 3; // by net itself: a limit, or bytes that are no frame
export const ABORT: u8 = 4; // server → net: with a reset, now

// Details of MALFORMED.
export const TOO_SHORT: u8 = 1; // the length field is smaller than itself
export const TOO_LONG: u8 = 2; // more than a line may have

/** What each side may send on a connection before the first GRANT: DATA records with their headers. */
export const CONSOLE_INPUT_BYTES: u32 = 2048;
export const CONSOLE_OUTPUT_BYTES: u32 = 8192;

/** Records that made no sense. */
export let malformed: u64 = 0;

/** Of the record that receive() found last. */
export let connection: u32 = 0;
export let generation: u32 = 0;
export let kind: u8 = 0;
export let detail: u8 = 0;
export let length: u32 = 0;

const out = changetype<Header>(memory.data(offsetof<Header>(), 4));
const head = changetype<Header>(memory.data(offsetof<Header>(), 4));

/** Whether a record with so much data fits into the ring now. */
export function hasRoom(base: u32, bytes: u32, size: u32): bool {
  return ring.room(base, bytes) >= HEADER_BYTES + size;
}

/** Producer: the whole record, or (false) nothing. Signal the consumer afterwards. */
export function send(
  base: u32,
  bytes: u32,
  to: u32,
  use: u32,
  recordKind: u8,
  recordDetail: u8,
  from: usize,
  size: u32,
): bool {
  out.connection = <u16>to;
  out.generation = <u16>use;
  out.kind = recordKind;
  out.detail = recordDetail;
  out.length = size;
  return ring.writeBoth(base, bytes, changetype<usize>(out), HEADER_BYTES, from, size);
}

/** Consumer: takes the next record, its data to `dest` (MAX_DATA_BYTES); false: none. Signal the producer afterwards. */
export function receive(base: u32, bytes: u32, dest: usize): bool {
  const waiting = ring.used(base, bytes);
  if (waiting === 0) return false;
  if (waiting < HEADER_BYTES || ring.read(base, bytes, changetype<usize>(head), HEADER_BYTES) < HEADER_BYTES)
    return drop(base);
  const size = head.length;
  if (size > MAX_DATA_BYTES || size > waiting - HEADER_BYTES) return drop(base);
  if (ring.read(base, bytes, dest, size) < size) return drop(base);
  connection = head.connection;
  generation = head.generation;
  kind = head.kind;
  detail = head.detail;
  length = size;
  return true;
}

function drop(base: u32): bool {
  malformed++;
  ring.clear(base);
  return false;
}
