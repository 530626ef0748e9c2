// SPDX-License-Identifier: Apache-2.0
// The table of connections. A connection has the number of its socket; who serves it is known from its first frame on.
//
//   +0   state          u8    FREE … below
//   +1   server         u8    links.CONSOLE or links.NINEDOOR
//   +2   generation     u16   of this use of the number
//   +4   port           u32   that the peer connected to
//   +8   accepted_ms    u64
//   +16  deadline_ms    u64   for its first frame, or for the server's last words; 0: none
//   +24  inputCredit    u32   console: bytes of records that may still be passed on
//   +28  outputCredit   u32   console: bytes of records that may still come
//   +32  swallow        u32   console: bytes of a frame that is too long, still to be dropped
//   +36  ending         u8    detail of the ENDED that is to be passed on, 0: none
//   +37  isDeaf         u8    what comes is no frame any more: nothing is read
//   +38  first, count   u8    Secure9P: requests that are not answered, as a queue of `bounds`
//   +40  reserved       u32   sum of their bounds
//   +44  —
//   +48  bounds         u16[64]   most bytes that each answer may have
import { NETWORK_MAX_CONNECTIONS } from '../../../generated/manifest';
import { generation as ownGeneration } from '../../../lib/machine/domain';

export const LIMIT: u32 = <u32>NETWORK_MAX_CONNECTIONS;
export const WORDS: u32 = (LIMIT + 63) / 64;

/** Nobody's, or its end was passed on. */
export const FREE: u8 = 0;
/** Accepted; its protocol is not known. */
export const UNKNOWN: u8 = 1;
/** With its server. */
export const SERVED: u8 = 2;
/** The peer sends no more; the server may still answer. */
export const HALF: u8 = 3;
/** Gone; the server is still to be told. */
export const ENDING: u8 = 4;
/** A connection of the self-test. */
export const PROBE: u8 = 5;

export const REQUESTS: u32 = 64;
const RECORD: u32 = 48 + 2 * REQUESTS;
const records = memory.data(RECORD * LIMIT, 8);

/** Generations of numbers begin elsewhere in each instance of the domain. */
export function start(): void {
  const first = <u16>((ownGeneration() * 0x9e37) ^ (ownGeneration() << 7));
  for (let n: u32 = 0; n < LIMIT; n++) store<u16>(at(n), first, 2);
}


@inline
export function at(n: u32): usize {
  return records + n * RECORD;
}


@inline
export function state(c: usize): u8 {
  return load<u8>(c);
}


@inline
export function setState(c: usize, value: u8): void {
  store<u8>(c, value);
}


@inline
export function server(c: usize): u32 {
  return load<u8>(c, 1);
}


@inline
export function setServer(c: usize, value: u32): void {
  store<u8>(c, <u8>value, 1);
}


@inline
export function generation(c: usize): u32 {
  return load<u16>(c, 2);
}


@inline
export function port(c: usize): u32 {
  return load<u32>(c, 4);
}


@inline
export function accepted_ms(c: usize): u64 {
  return load<u64>(c, 8);
}


@inline
export function deadline_ms(c: usize): u64 {
  return load<u64>(c, 16);
}


@inline
export function setDeadline_ms(c: usize, value: u64): void {
  store<u64>(c, value, 16);
}


@inline
export function inputCredit(c: usize): u32 {
  return load<u32>(c, 24);
}


@inline
export function setInputCredit(c: usize, value: u32): void {
  store<u32>(c, value, 24);
}


@inline
export function outputCredit(c: usize): u32 {
  return load<u32>(c, 28);
}


@inline
export function setOutputCredit(c: usize, value: u32): void {
  store<u32>(c, value, 28);
}


@inline
export function swallow(c: usize): u32 {
  return load<u32>(c, 32);
}


@inline
export function setSwallow(c: usize, value: u32): void {
  store<u32>(c, value, 32);
}


@inline
export function ending(c: usize): u8 {
  return load<u8>(c, 36);
}


@inline
export function setEnding(c: usize, value: u8): void {
  store<u8>(c, value, 36);
}


@inline
export function isDeaf(c: usize): bool {
  return load<u8>(c, 37) !== 0;
}


@inline
export function setDeaf(c: usize): void {
  store<u8>(c, 1, 37);
}

/** Requests that the server has not answered. */
@inline
export function requests(c: usize): u32 {
  return load<u8>(c, 39);
}

/** Bytes that their answers may have. */
@inline
export function reserved(c: usize): u32 {
  return load<u32>(c, 40);
}

/** A request was passed on whose answer has at most so many bytes. */
export function expect(c: usize, bound: u32): void {
  const count = requests(c);
  const index = (<u32>load<u8>(c, 38) + count) % REQUESTS;
  store<u16>(c + 2 * index, <u16>bound, 48);
  store<u8>(c, <u8>(count + 1), 39);
  store<u32>(c, reserved(c) + bound, 40);
}

/** The oldest request was answered: what its answer was allowed. 0: there is none. */
export function answered(c: usize): u32 {
  const count = requests(c);
  if (count === 0) return 0;
  const first = <u32>load<u8>(c, 38);
  const bound = <u32>load<u16>(c + 2 * first, 48);
  store<u8>(c, <u8>((first + 1) % REQUESTS), 38);
  store<u8>(c, <u8>(count - 1), 39);
  store<u32>(c, reserved(c) - bound, 40);
  return bound;
}

/** A new use of the number. */
export function open(n: u32, from: u32, now_ms: u64, first: u8): usize {
  const c = at(n);
  const use = generation(c) + 1;
  memory.fill(c, 0, RECORD);
  store<u8>(c, first);
  store<u16>(c, <u16>use, 2);
  store<u32>(c, from, 4);
  store<u64>(c, now_ms, 8);
  return c;
}

/** The number is free. */
export function free(c: usize): void {
  setState(c, FREE);
  setDeadline_ms(c, 0);
}
