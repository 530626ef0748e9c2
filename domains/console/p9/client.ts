// SPDX-License-Identifier: Apache-2.0
// A small Secure9P client: version, attach, walk, open, read, write, clunk, one request at a time. It speaks the
// dialect of the older codec (classic messages in a 9P2000.L session), because its refusals say why in words, and
// its directories are names.
import * as domain from '../../../generated/domains/console';
import * as message from '../../../lib/channel/message';
import { call, getMr, setMr } from '../../../lib/machine/sel4';
import * as protocol from '../../../lib/protocol/supervisor';
import { SLASH } from '../../../lib/text/ascii';
import * as frame from '../../../lib/wire/client';
import {
  NOFID,
  QID_BYTES,
  QT_DIRECTORY,
  R_ERROR,
  R_LERROR,
  T_ATTACH,
  T_CLUNK,
  T_GETATTR,
  T_OPEN,
  T_READ,
  T_VERSION,
  T_WALK,
  T_WRITE,
} from '../../../lib/wire/types';
import * as link from '../link';
import { Attachment } from '../session/attachment';
import * as refusal from './refusal';

// Outcomes.
export const DONE: u32 = 0;
/** Refused: why, textStart and textBytes say why. */
export const REFUSED: u32 = 1;
/** The session is no more, or NineDoor is not there. */
export const GONE: u32 = 2;
/** NineDoor has no room for another session. */
export const FULL: u32 = 3;

/** Why the last request was refused. */
export let why: u32 = refusal.OWN;
export let textStart: usize = 0;
export let textBytes: u32 = 0;

/** Session that the last open made. */
export let opened: u64 = 0;
/** Fid of the place that the last walk led to, and whether that is a directory. */
export let fid: u32 = 0;
export let isDirectory: bool = false;
/** What the last read gave. */
export let data: usize = 0;
export let dataBytes: u32 = 0;

const ROOT: u32 = 0;
const READ_MODE: u8 = 0;
const APPEND_MODE: u8 = 0x81;
const APPEND_OFFSET: u64 = u64.MAX_VALUE;
const MAX_DEPTH: u32 = 8;
/** Most bytes of one read. */
export const READ_BYTES: u32 = 8064;
/** In Rgetattr, before the size: valid u64, qid, mode u32, uid u32, gid u32, nlink u64, rdev u64. */
const BEFORE_SIZE: u32 = 8 + QID_BYTES + 4 + 4 + 4 + 8 + 8;

/** A refusal of this side's own. */
function refuse(): u32 {
  why = refusal.OWN;
  textBytes = 0;
  return REFUSED;
}

/** Sends the request; DONE: the reply of its type is open. */
function transact(session: u64, type: u32): u32 {
  const bytes = frame.end();
  if (bytes === 0) return refuse();
  if (!link.isUp()) return GONE;
  const result = message.exchange(
    domain.SLOT_CALL_CONSOLE_9P,
    domain.CONSOLE_9P_OFFSET,
    domain.CONSOLE_9P_BYTES,
    protocol.P9_FRAME,
    frame.requestStart(),
    bytes,
    frame.replyStart(),
    frame.REPLY_BYTES,
    session,
  );
  if (result !== protocol.OK) return GONE;
  const answer = frame.open(message.replyBytes);
  if (answer === R_ERROR) {
    frame.takeText();
    const name = frame.textStart;
    const nameBytes = frame.textBytes;
    frame.takeText();
    textStart = frame.textStart;
    textBytes = frame.textBytes;
    why = refusal.classify(name, nameBytes, textStart, textBytes);
    return REFUSED;
  }
  if (answer === R_LERROR) return refuse();
  return answer === type + 1 ? DONE : GONE;
}

/** Opens a session and agrees on the protocol; sets `opened`. */
export function open(): u32 {
  opened = 0;
  if (!link.isUp()) return GONE;
  const result = call(domain.SLOT_CALL_CONSOLE_9P, protocol.P9_OPEN, 0);
  if (result === protocol.BUSY) return FULL;
  if (result !== protocol.OK) return GONE;
  opened = getMr(0);
  frame.begin(T_VERSION);
  frame.word(frame.REPLY_BYTES);
  frame.literal('9P2000.L');
  return transact(opened, T_VERSION);
}

/** A NineDoor that is gone has no sessions to close. */
export function close(session: u64): void {
  if (!link.isUp()) return;
  setMr(0, 0);
  setMr(1, session);
  call(domain.SLOT_CALL_CONSOLE_9P, protocol.P9_CLOSE, 2);
}

export function attach(session: u64, role: string, ticket: usize, ticketBytes: u32): u32 {
  frame.begin(T_ATTACH);
  frame.word(ROOT);
  frame.word(NOFID);
  frame.literal(role);
  frame.slice(ticket, ticketBytes);
  frame.word(0);
  return transact(session, T_ATTACH);
}

/** Names in an absolute path; more than MAX_DEPTH: it is not one that can be walked. */
function depth(path: usize, bytes: u32): u32 {
  if (bytes === 0 || load<u8>(path) !== SLASH) return MAX_DEPTH + 1;
  if (bytes === 1) return 0;
  let names: u32 = 0;
  for (let i: u32 = 0; i < bytes; i++) if (load<u8>(path + i) === SLASH) names++;
  return names;
}

function names(path: usize, bytes: u32): void {
  let start: u32 = 1;
  for (let i: u32 = 1; i <= bytes; i++) {
    if (i < bytes && load<u8>(path + i) !== SLASH) continue;
    frame.slice(path + start, i - start);
    start = i + 1;
  }
}

/** Walks from the root to an absolute path; sets `fid`, which must be clunked, and `isDirectory`. */
export function walk(a: Attachment, path: usize, bytes: u32): u32 {
  const count = depth(path, bytes);
  if (count > MAX_DEPTH) return refuse();
  fid = a.nextFid();
  frame.begin(T_WALK);
  frame.word(ROOT);
  frame.word(fid);
  frame.half(count);
  if (count > 0) names(path, bytes);
  const result = transact(a.handle, T_WALK);
  if (result !== DONE) return result;
  const found = frame.takeHalf();
  if (found !== count) return refuse();
  isDirectory = true;
  for (let i: u32 = 0; i < found; i++) {
    isDirectory = (frame.takeByte() & QT_DIRECTORY) !== 0;
    frame.take(QID_BYTES - 1);
  }
  return frame.malformed ? GONE : DONE;
}

function openAs(a: Attachment, file: u32, mode: u8): u32 {
  frame.begin(T_OPEN);
  frame.word(file);
  frame.byte(mode);
  return transact(a.handle, T_OPEN);
}

export function openToRead(a: Attachment, file: u32): u32 {
  return openAs(a, file, READ_MODE);
}

export function openToAppend(a: Attachment, file: u32): u32 {
  return openAs(a, file, APPEND_MODE);
}

/** Sets `data` and `dataBytes`, which hold until the next request; fewer than `most`: that is the end. */
export function read(a: Attachment, file: u32, offset: u64, most: u32 = READ_BYTES): u32 {
  dataBytes = 0;
  frame.begin(T_READ);
  frame.word(file);
  frame.long(offset);
  frame.word(most);
  const result = transact(a.handle, T_READ);
  if (result !== DONE) return result;
  const count = frame.takeWord();
  data = frame.take(count);
  if (frame.malformed || count > most) return GONE;
  dataBytes = count;
  return DONE;
}

/** Bytes up to the end of the file, as getSize found it. */
export let size: u64 = 0;

/** Sets `size`. */
export function getSize(a: Attachment, file: u32): u32 {
  size = 0;
  frame.begin(T_GETATTR);
  frame.word(file);
  frame.long(u64.MAX_VALUE);
  const result = transact(a.handle, T_GETATTR);
  if (result !== DONE) return result;
  frame.take(BEFORE_SIZE);
  size = frame.takeLong();
  return frame.malformed ? GONE : DONE;
}

/** Appends bytes and a newline. */
export function appendLine(a: Attachment, file: u32, start: usize, bytes: u32): u32 {
  frame.begin(T_WRITE);
  frame.word(file);
  frame.long(APPEND_OFFSET);
  frame.word(bytes + 1);
  frame.bytes(start, bytes);
  frame.byte(0x0a);
  return transact(a.handle, T_WRITE);
}

export function clunk(a: Attachment, file: u32): void {
  keepText(kept, KEPT_BYTES);
  const reason = why;
  const bytes = textBytes;
  frame.begin(T_CLUNK);
  frame.word(file);
  transact(a.handle, T_CLUNK);
  why = reason;
  textStart = kept;
  textBytes = bytes;
}

/** Longest text of a refusal that outlives the next request. */
const KEPT_BYTES: u32 = 512;
const kept = memory.data(512);

/** The text of a refusal lies in the reply buffer, which the next request overwrites: moves it elsewhere. */
export function keepText(to: usize, room: u32): void {
  textBytes = min(textBytes, room);
  if (textBytes > 0 && textStart !== to) memory.copy(to, textStart, textBytes);
  textStart = to;
}
