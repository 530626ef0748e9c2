// SPDX-License-Identifier: Apache-2.0
// A file or listing that is shown: read through the session's buffer, ended with END.
import * as base64 from '../base64';
import * as client from '../p9/client';
import { AS_BASE64, BUFFER_BYTES, MID_LINE, Payload, STARTED } from '../session/payload';
import { Session } from '../session/session';
import * as out from '../sink';
import * as window from './window';

/** Bytes that are shown in one piece. */
const PIECE_BYTES: u32 = 2048;
/** Bytes that make a line of base64, 224 characters. */
const BASE64_BYTES: u32 = 168;

/** Shows one line of what is in the window; false: there is no line, or no whole one yet. */
function showLine(p: Payload, isSerial: bool, atEnd: bool): bool {
  if (p.has(AS_BASE64)) return showBase64(p, atEnd);
  if (!window.showLine(p, atEnd)) return false;
  // A long line on the serial line goes on; on the wire its parts are lines.
  const goesOn = !window.isWhole && isSerial;
  if (!goesOn) out.endLine();
  p.set(MID_LINE, goesOn);
  return true;
}

function showBase64(p: Payload, atEnd: bool): bool {
  const count = p.to - p.from;
  if (count === 0 || (count < BASE64_BYTES && !atEnd)) return false;
  const bytes = min(count, BASE64_BYTES);
  if (!p.has(STARTED)) out.text('b64:');
  p.set(STARTED, true);
  base64.write(p.buffer + p.from, bytes);
  out.endLine();
  p.from += bytes;
  return true;
}

/** Reading on failed: what is missing is said, the acknowledgement has long been given. */
function cutShort(p: Payload, outcome: u32): void {
  if (p.has(MID_LINE)) out.endLine();
  p.set(MID_LINE, false);
  out.text('[console] cut short: ');
  if (outcome === client.REFUSED) out.bytes(client.textStart, client.textBytes);
  else out.text('NineDoor unavailable');
  out.endLine();
}

/** Reads on, behind what is left in the window. */
function refill(s: Session, p: Payload): void {
  const left = p.to - p.from;
  memory.copy(p.buffer, p.buffer + p.from, left);
  const wanted = <u32>min<u64>(BUFFER_BYTES - left, p.end - p.next);
  p.from = 0;
  const outcome = client.read(s.attachment, p.fid, p.next, wanted);
  if (outcome !== client.DONE) {
    p.to = 0;
    p.next = p.end;
    cutShort(p, outcome);
    return;
  }
  memory.copy(p.buffer + left, client.data, client.dataBytes);
  p.to = left + client.dataBytes;
  p.next = client.dataBytes < wanted ? p.end : p.next + client.dataBytes;
}

function finish(s: Session, p: Payload): void {
  if (p.has(MID_LINE)) out.endLine();
  out.line('END');
  p.drop();
  client.clunk(s.attachment, p.fid);
}

/** Shows lines up to a piece, or reads once. */
export function step(s: Session): void {
  const p = s.payload;
  const first = p.from;
  for (;;) {
    if (!out.hasRoom() || p.from - first >= PIECE_BYTES) return;
    const atEnd = p.next >= p.end;
    if (showLine(p, s.isSerial, atEnd)) continue;
    if (atEnd) return finish(s, p);
    return refill(s, p);
  }
}
