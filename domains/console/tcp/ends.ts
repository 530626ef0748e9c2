// SPDX-License-Identifier: Apache-2.0
// How a connection ends: at once or after its last answer, and with it all that its session has.
import * as stream from '../../../lib/channel/stream';
import * as audit from '../audit';
import * as link from '../link';
import * as login from '../login';
import { BROKEN, CLOSING, ENDING, FREE, HALF_CLOSED, QUITTING } from '../session/connection';
import { Session } from '../session/session';
import * as sender from './sender';

function giveUp(s: Session, reason: string, ofSession: string): void {
  link.forget();
  s.payload.drop();
  login.end(s, ofSession);
  audit.closed(s.connection, reason);
}

/** Net is told of it. `detail`: how it is to close. */
function end(s: Session, reason: string, ofSession: string, detail: u8): void {
  giveUp(s, reason, ofSession);
  const c = s.connection;
  c.detail = detail;
  c.state = ENDING;
  sender.tellEnd(s);
}

/** Net knows of it, or is another one. */
export function forget(s: Session, reason: string): void {
  giveUp(s, reason, login.ERROR);
  s.connection.state = FREE;
}

/** Closes the connection after what was sent. */
export function close(s: Session): void {
  end(s, 'error', login.ERROR, 0);
}

/** Closes it at once. */
export function fail(s: Session): void {
  end(s, 'error', login.ERROR, stream.ABORT);
}

/** Half-closed for too long. */
export function abandon(s: Session): void {
  end(s, 'eof', login.EOF, stream.ABORT);
}

/** Closes it when the answer that is held back is out. */
export function closeLater(s: Session): void {
  if (s.payload.isActive) s.connection.flags |= CLOSING;
  else close(s);
}

/** Ends it if there is nothing more to do; true if so. */
export function finish(s: Session): bool {
  const c = s.connection;
  if (c.flags === 0 || !c.isLive) return false;
  if (c.has(BROKEN)) fail(s);
  else if (s.payload.isActive) return false;
  else if (c.has(QUITTING)) end(s, 'quit', login.QUIT, 0);
  else if (c.has(CLOSING)) close(s);
  else if (c.has(HALF_CLOSED) && s.input.isEmpty) end(s, 'eof', login.EOF, 0);
  else return false;
  return true;
}
