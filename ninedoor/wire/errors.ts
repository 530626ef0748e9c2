// SPDX-License-Identifier: Apache-2.0
// The one table of refusals: each code with the name that the older codec and 9P2000 clients see and the errno that
// 9P2000.L clients see, and the text of the refusal at hand.
import { ANSWER_BYTES } from '../../lib/channel/stream';
import { utf8Prefix } from '../../lib/text/slice';
import { Writer } from '../../lib/text/writer';
import { HEADER_BYTES } from '../../lib/wire/types';

export const NONE: u32 = 0;
// Permission
export const PERMISSION: u32 = 1; // the role may not use the path, the ticket is refused
export const NOT_ALLOWED: u32 = 2; // a gate is closed, a scope does not reach, nobody may do it
export const IS_DIRECTORY: u32 = 3; // a directory where a file is needed
// NotFound
export const NOT_FOUND: u32 = 4; // no such path, worker, service, segment
export const UNKNOWN_FID: u32 = 5; // no such fid
export const NOT_DIRECTORY: u32 = 6; // a file where a directory is needed
// Busy
export const BUSY: u32 = 7; // in use, or a table is full
export const AGAIN: u32 = 8; // a queue is full: the same request may succeed later
// Invalid
export const INVALID: u32 = 9; // a command, offset or order of messages that cannot be
export const MALFORMED: u32 = 10; // a message or name that is not well-formed
export const UNSUPPORTED: u32 = 11; // a message that is not served
// TooBig
export const TOO_BIG: u32 = 12; // a frame, record or text beyond its limit
export const QUOTA: u32 = 13; // a quota or rate is used up (ELIMIT)
// Closed
export const CLOSED: u32 = 14; // the fid was clunked
export const REVOKED: u32 = 15; // the session's budget, ticket or worker has ended
// RateLimited
export const RATE_LIMITED: u32 = 16; // locked out after repeated failures

/** Name of the code in Rerror. */
export function name(code: u32): string {
  if (code <= IS_DIRECTORY) return 'Permission';
  if (code <= NOT_DIRECTORY) return 'NotFound';
  if (code <= AGAIN) return 'Busy';
  if (code <= UNSUPPORTED) return 'Invalid';
  if (code <= QUOTA) return 'TooBig';
  if (code <= REVOKED) return 'Closed';
  return 'RateLimited';
}

/** Linux errno in Rlerror. */
export function errno(code: u32): u32 {
  switch (code) {
    case PERMISSION:
      return 13; // EACCES
    case NOT_ALLOWED:
      return 1; // EPERM
    case IS_DIRECTORY:
      return 21; // EISDIR
    case NOT_FOUND:
      return 2; // ENOENT
    case UNKNOWN_FID:
      return 9; // EBADF
    case NOT_DIRECTORY:
      return 20; // ENOTDIR
    case BUSY:
      return 16; // EBUSY
    case AGAIN:
      return 11; // EAGAIN
    case INVALID:
      return 22; // EINVAL
    case MALFORMED:
      return 71; // EPROTO
    case UNSUPPORTED:
      return 95; // EOPNOTSUPP
    case TOO_BIG:
      return 90; // EMSGSIZE
    case QUOTA:
      return 122; // EDQUOT
    case CLOSED:
      return 9; // EBADF
    case REVOKED:
      return 32; // EPIPE
    default:
      return 11; // EAGAIN
  }
}

/** Of the longest name() of a code. */
const NAME_BYTES: u32 = 11;
/** A text goes behind its code, with four bytes between at most: a client chooses much of it, and never how long the answer gets. */
const TEXT_BYTES: u32 = ANSWER_BYTES - HEADER_BYTES - NAME_BYTES - 4;
const buffer = memory.data(TEXT_BYTES);
const writer = changetype<Writer>(memory.data(offsetof<Writer>(), 8));

/** Code of the refusal at hand. */
export let code: u32 = NONE;

/** Starts the text of a refusal. */
export function begin(): Writer {
  writer.open(buffer, TEXT_BYTES);
  return writer;
}

/** Text of the refusal at hand. */
export function textStart(): usize {
  return buffer;
}

export function textBytes(): u32 {
  const bytes = <u32>(writer.at - buffer);
  return writer.total > TEXT_BYTES ? utf8Prefix(buffer, bytes) : bytes;
}

/** A refusal with a fixed text. */
export function fail(value: u32, message: string): u32 {
  begin().text(message);
  code = value;
  return value;
}

/** A refusal with a text in two parts. */
export function fail2(value: u32, first: string, second: string): u32 {
  const w = begin();
  w.text(first);
  w.text(second);
  return end(value);
}

/** A refusal whose text was written after begin(). */
export function end(value: u32): u32 {
  code = value;
  return value;
}

/** `before` number `after`. */
export function failNumber(value: u32, before: string, number: u64, after: string): u32 {
  const w = begin();
  w.text(before);
  w.dec(number);
  w.text(after);
  return end(value);
}

/** `before` slice `after`. */
export function failSlice(value: u32, before: string, start: usize, length: u32, after: string): u32 {
  const w = begin();
  w.text(before);
  w.bytes(start, length);
  w.text(after);
  return end(value);
}

/** `before` a `middle` b: two numbers. */
export function failNumbers(value: u32, before: string, a: u64, middle: string, b: u64): u32 {
  const w = begin();
  w.text(before);
  w.dec(a);
  w.text(middle);
  w.dec(b);
  return end(value);
}
