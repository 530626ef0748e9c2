// SPDX-License-Identifier: Apache-2.0
// Who may use a verb: somebody who has attached, or the queen alone. A refusal is answered here.
import * as protocol from '../../lib/protocol/supervisor';
import * as ack from './ack';
import * as audit from './audit';
import * as failure from './failure';
import * as link from './link';
import * as roles from './roles';
import { Session } from './session/session';

function refuse(s: Session, label: string): bool {
  audit.say(s, 'unauthenticated command', protocol.REFUSED_POLICY);
  ack.error(label, 'policy', 'unauthenticated');
  return false;
}

/** Whether the verb may go on; else it has been refused. */
export function require(s: Session, label: string): bool {
  if (s.attachment.handle === 0) return refuse(s, label);
  if (link.isUp()) return true;
  failure.unavailable(s, label);
  return false;
}

export function requireQueen(s: Session, label: string): bool {
  const a = s.attachment;
  if (a.handle !== 0 && a.role !== <u8>roles.QUEEN) return refuse(s, label);
  return require(s, label);
}
