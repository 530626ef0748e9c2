// SPDX-License-Identifier: Apache-2.0
// How a refusal of NineDoor becomes the console's: reason, detail and error text of its ERR line.
//
//   NineDoor                     reason   detail            error
//   NotFound, Invalid in a walk  policy   invalid-path      invalid path
//   NotFound                     policy   not-found         what NineDoor says
//   Invalid                      policy   invalid-payload   invalid payload: what NineDoor says
//   Permission                   policy   denied            EPERM
//   Permission, by a ticket      policy                     EPERM
//   TooBig                       quota    buffer-full       buffer full
//   TooBig, by a ticket          quota                      ELIMIT
//   Busy                         busy     busy              what NineDoor says
//   RateLimited                  quota    rate-limited      what NineDoor says
//   Closed: time is over         quota    expired           what NineDoor says
//   Closed: budget is used up    quota    exhausted         what NineDoor says
//   Closed otherwise             policy   closed            what NineDoor says
import * as protocol from '../../lib/protocol/supervisor';
import { endsWith, equals } from '../../lib/text/slice';
import * as ack from './ack';
import * as audit from './audit';
import * as link from './link';
import * as login from './login';
import * as client from './p9/client';
import { Session } from './session/session';
import * as out from './sink';

/** NineDoor is not there. On the wire every line before the acknowledgement, or after, would be taken for something else. */
export function unavailable(s: Session, label: string): void {
  if (s.isSerial) out.line('ERR: NineDoor unavailable');
  ack.error(label, 'policy', 'ninedoor-unavailable');
}

/** The session that NineDoor does not know any more is dropped, and said to be closed if there is a NineDoor to attach to. */
function gone(s: Session, label: string): void {
  login.drop(s, login.ERROR);
  link.forget();
  if (link.isUp()) ack.error(label, 'policy', 'closed');
  else unavailable(s, label);
}

/** What NineDoor refused, it has counted itself. */
function note(s: Session): void {
  if (client.textBytes === 0) return noteInvalidPath(s);
  audit.begin('ninedoor bridge error: ');
  audit.bytes(client.textStart, client.textBytes);
  audit.end(s);
}

function noteInvalidPath(s: Session): void {
  audit.say(s, 'ninedoor bridge error: invalid path', protocol.REFUSED_POLICY);
}

function fields(detail: string, path: usize, pathBytes: u32): void {
  if (detail.length > 0) ack.field('detail', detail);
  if (pathBytes > 0) ack.slice('path', path, pathBytes);
}

function line(label: string, reason: string, detail: string, path: usize, pathBytes: u32, error: string): void {
  ack.beginError(label, reason);
  fields(detail, path, pathBytes);
  ack.field('error', error);
  ack.end();
}

/** With NineDoor's own words. */
function quote(label: string, reason: string, detail: string, path: usize, pathBytes: u32, before: string): void {
  ack.beginError(label, reason);
  fields(detail, path, pathBytes);
  ack.field('error', before);
  out.bytes(client.textStart, client.textBytes);
  ack.end();
}

function says(text: string): bool {
  return equals(client.textStart, client.textBytes, text);
}

/** Path and verb do not go together: seen without asking NineDoor. */
export function wrongKind(s: Session, label: string, path: usize, pathBytes: u32): void {
  noteInvalidPath(s);
  invalidPath(label, path, pathBytes);
}

function invalidPath(label: string, path: usize, pathBytes: u32): void {
  line(label, 'policy', 'invalid-path', path, pathBytes, 'invalid path');
}

function closed(s: Session, label: string, path: usize, pathBytes: u32): void {
  login.end(s, login.ERROR);
  const start = client.textStart;
  const bytes = client.textBytes;
  if (endsWith(start, bytes, 'expired')) quote(label, 'quota', 'expired', path, pathBytes, '');
  else if (endsWith(start, bytes, 'exhausted')) quote(label, 'quota', 'exhausted', path, pathBytes, '');
  else quote(label, 'policy', 'closed', path, pathBytes, '');
}

function refused(s: Session, label: string, walking: bool, path: usize, pathBytes: u32): void {
  const byTicket = s.attachment.hasTicket && (says('EPERM') || says('ELIMIT'));
  switch (client.code) {
    case client.PERMISSION:
      return line(label, 'policy', byTicket ? '' : 'denied', path, pathBytes, 'EPERM');
    case client.TOO_BIG:
      if (byTicket) return line(label, 'quota', '', path, pathBytes, 'ELIMIT');
      return line(label, 'quota', 'buffer-full', path, pathBytes, 'buffer full');
    case client.BUSY:
      return quote(label, 'busy', 'busy', path, pathBytes, '');
    case client.RATE_LIMITED:
      return quote(label, 'quota', 'rate-limited', path, pathBytes, '');
    case client.CLOSED:
      return closed(s, label, path, pathBytes);
    case client.NOT_FOUND:
      if (walking) return invalidPath(label, path, pathBytes);
      return quote(label, 'policy', 'not-found', path, pathBytes, '');
    default:
      if (walking) return invalidPath(label, path, pathBytes);
      return quote(label, 'policy', 'invalid-payload', path, pathBytes, 'invalid payload: ');
  }
}

const KEPT_BYTES: u32 = 512;
const kept = memory.data(512);

/** Answers a verb whose request had the outcome; `walking`: its path was refused. No path: `pathBytes` is 0. */
export function report(s: Session, label: string, outcome: u32, walking: bool, path: usize, pathBytes: u32): void {
  if (outcome !== client.REFUSED) {
    gone(s, label);
    return;
  }
  client.keepText(kept, KEPT_BYTES);
  note(s);
  refused(s, label, walking, path, pathBytes);
}
