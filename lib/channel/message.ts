// SPDX-License-Identifier: Apache-2.0
// The message buffer of a call channel, in frames that client and server map: requests and replies that are larger than the
// message registers.
//
//   +0          request    bytes / 2     the client writes it before its call
//   +bytes / 2  reply      bytes / 2     the server writes it before its reply
//
//   message register 0 of call and reply: bytes of the request, of the reply
//   message register 1 of a call: a word beside the request
//
// Lengths never lie in the frames, and contents are copied out before anyone looks at them: what was checked is what is used,
// whatever the peer writes meanwhile. A length that does not fit is refused with TOO_BIG. The kernel orders the accesses: the
// client writes before its call, the server reads after receiving it, and the same the other way.
import { call, getMr, length, reply, setMr } from '../machine/sel4';
import * as protocol from '../protocol/supervisor';

/** Largest request, and largest reply, of a channel with frames of this size. */
export function capacity(bytes: u32): u32 {
  return bytes / 2;
}

/** Bytes of the reply that the last exchange delivered. */
export let replyBytes: u32 = 0;

/** What the peer says is in its half. A message without words says nothing. */
function announced(): u64 {
  return length() === 0 ? 0 : getMr(0);
}

/**
 * Client: sends a request and waits for the reply, of which at most `room` bytes go to `dest`. Returns the label of the reply, or
 * TOO_BIG if one of the two does not fit; CLOSED means that the server died, and asking again is in order.
 */
export function exchange(
  endpoint: u64,
  base: u32,
  bytes: u32,
  label: u64,
  source: usize,
  count: u32,
  dest: usize,
  room: u32,
  word: u64 = 0,
): u64 {
  replyBytes = 0;
  if (count > capacity(bytes)) return protocol.TOO_BIG;
  memory.copy(base, source, count);
  setMr(0, count);
  setMr(1, word);
  const result = call(endpoint, label, 2);
  if (result !== protocol.OK) return result;
  const size = announced();
  if (size > min(capacity(bytes), room)) return protocol.TOO_BIG;
  memory.copy(dest, base + capacity(bytes), <usize>size);
  replyBytes = <u32>size;
  return protocol.OK;
}

/** Instead of a count: the request does not fit. More than any buffer holds. */
export const REFUSED: u32 = u32.MAX_VALUE;

/** Server: copies the request that was just received to `dest`; returns its length, or REFUSED. Look at the label first. */
export function request(base: u32, bytes: u32, dest: usize, room: u32): u32 {
  const size = announced();
  if (size > min(capacity(bytes), room)) return REFUSED;
  memory.copy(dest, base, <usize>size);
  return <u32>size;
}

/** Server: the word beside the request that was just received, 0 if there is none. */
export function word(): u64 {
  return length() < 2 ? 0 : getMr(1);
}

/** Server: answers with `count` bytes from `source`, or with TOO_BIG if they do not fit. */
export function answer(base: u32, bytes: u32, source: usize, count: u32): void {
  if (count > capacity(bytes)) {
    refuse(protocol.TOO_BIG);
    return;
  }
  memory.copy(base + capacity(bytes), source, count);
  setMr(0, count);
  reply(protocol.OK, 1);
}

/** Server: answers with an error label and nothing else. */
export function refuse(label: u64): void {
  setMr(0, 0);
  reply(label, 1);
}
