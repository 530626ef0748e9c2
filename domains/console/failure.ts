// SPDX-License-Identifier: Apache-2.0
// How a refusal of NineDoor becomes the console's: reason, detail and error text of its ERR line.
//
//   refusal                       reason   detail            error
//   OWN, NOT_FOUND and INVALID    policy   invalid-path      invalid path
//     in a walk
//   NOT_FOUND                     policy   not-found         what NineDoor says
//   OWN, INVALID                  policy   invalid-payload   invalid payload: what NineDoor says
//   PERMISSION                    policy   denied            EPERM
//   NOT_ALLOWED, with a ticket    policy                     EPERM
//   TOO_BIG                       quota    buffer-full       buffer full
//   QUOTA, with a ticket          quota                      ELIMIT
//   BUSY                          busy     busy              what NineDoor says
//   RATE_LIMITED                  quota    rate-limited      what NineDoor says
//   EXPIRED                       quota    expired           what NineDoor says
//   EXHAUSTED                     quota    exhausted         what NineDoor says
//   CLOSED                        policy   closed            what NineDoor says
import * as protocol from '../../lib/protocol/supervisor';
import * as ack from './ack';
import * as audit from './audit';
import * as link from './link';
import * as login from './login';
import * as client from './p9/client';
import * as refusal from './p9/refusal';
import { Session } from './session/session';
import * as out from './sink';

/** NineDoor is not there. On the wire each line but the acknowledgement would be taken for something else. */
export function unavailable(s: Session, label: string): void {
  if (s.isSerial) out.line('ERR: NineDoor unavailable');
  ack.error(label, 'policy', 'ninedoor-unavailable');
}

/** NineDoor does not know the session any more. It is said to be closed if there is a NineDoor to attach to. */
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

/** The path of the verb at hand; none: 0 bytes. */
let path: usize = 0;
let pathBytes: u32 = 0;

function begin(label: string, reason: string, detail: string, error: string): void {
  ack.beginError(label, reason);
  if (detail.length > 0) ack.field('detail', detail);
  if (pathBytes > 0) ack.slice('path', path, pathBytes);
  ack.field('error', error);
}

function line(label: string, reason: string, detail: string, error: string): void {
  begin(label, reason, detail, error);
  ack.end();
}

/** With NineDoor's own words. */
function quote(label: string, reason: string, detail: string, before: string = ''): void {
  begin(label, reason, detail, before);
  out.bytes(client.textStart, client.textBytes);
  ack.end();
}

function invalidPath(label: string): void {
  line(label, 'policy', 'invalid-path', 'invalid path');
}

/** Path and verb do not go together: seen without asking NineDoor. */
export function wrongKind(s: Session, label: string, walked: usize, walkedBytes: u32): void {
  path = walked;
  pathBytes = walkedBytes;
  noteInvalidPath(s);
  invalidPath(label);
}

function answer(label: string, why: u32, walking: bool, hasTicket: bool): void {
  switch (why) {
    case refusal.PERMISSION:
      return line(label, 'policy', 'denied', 'EPERM');
    case refusal.NOT_ALLOWED:
      return line(label, 'policy', hasTicket ? '' : 'denied', 'EPERM');
    case refusal.TOO_BIG:
      return line(label, 'quota', 'buffer-full', 'buffer full');
    case refusal.QUOTA:
      if (hasTicket) return line(label, 'quota', '', 'ELIMIT');
      return line(label, 'quota', 'buffer-full', 'buffer full');
    case refusal.BUSY:
      return quote(label, 'busy', 'busy');
    case refusal.RATE_LIMITED:
      return quote(label, 'quota', 'rate-limited');
    case refusal.EXPIRED:
      return quote(label, 'quota', 'expired');
    case refusal.EXHAUSTED:
      return quote(label, 'quota', 'exhausted');
    case refusal.CLOSED:
      return quote(label, 'policy', 'closed');
    case refusal.NOT_FOUND:
      return walking ? invalidPath(label) : quote(label, 'policy', 'not-found');
    default:
      return walking ? invalidPath(label) : quote(label, 'policy', 'invalid-payload', 'invalid payload: ');
  }
}

function endsSession(why: u32): bool {
  return why === refusal.CLOSED || why === refusal.EXPIRED || why === refusal.EXHAUSTED;
}

const KEPT_BYTES: u32 = 512;
const kept = memory.data(512);

/** Answers a verb whose request had the outcome; `walking`: its path was refused. No path: its bytes are 0. */
export function report(s: Session, label: string, outcome: u32, walking: bool, asked: usize, askedBytes: u32): void {
  if (outcome !== client.REFUSED) return gone(s, label);
  path = asked;
  pathBytes = askedBytes;
  client.keepText(kept, KEPT_BYTES);
  note(s);
  if (endsSession(client.why)) login.end(s, login.ERROR);
  answer(label, client.why, walking, s.attachment.hasTicket);
}
