// SPDX-License-Identifier: Apache-2.0
// How a session with NineDoor begins and ends: at `attach` and `quit`, when its ticket ends, when NineDoor is
// started again, or with the connection.
import * as audit from './audit';
import * as client from './p9/client';
import * as roles from './roles';
import { Session } from './session/session';

// Why it ends, in the words of the log.
export const QUIT: string = 'quit';
export const EOF: string = 'eof';
export const ERROR: string = 'error';

/** Serial number of the youngest. */
let lastNumber: u64 = 0;

/** Takes the place of the one that was. */
export function begin(s: Session, handle: u64, role: u32, hasTicket: bool): void {
  end(s, QUIT);
  s.attachment.begin(handle, ++lastNumber, role, hasTicket);
  if (!s.isSerial) audit.attached(s, roles.label(role));
}

/** NineDoor does not know it any more. */
export function drop(s: Session, reason: string): void {
  const a = s.attachment;
  if (a.handle !== 0 && !s.isSerial) audit.detached(s, reason);
  a.handle = 0;
}

export function end(s: Session, reason: string): void {
  if (s.attachment.handle !== 0) client.close(s.attachment.handle);
  drop(s, reason);
}
