// SPDX-License-Identifier: Apache-2.0
// One line of any session: understood and carried out, or refused. Its payload may go on afterwards (payload.ts).
import * as protocol from '../../lib/protocol/supervisor';
import * as ack from './ack';
import * as audit from './audit';
import * as grammar from './grammar';
import * as link from './link';
import { Session } from './session/session';
import * as verbs from './verbs';

export function refuse(s: Session, problem: string): void {
  link.forget();
  audit.begin('console error: ');
  audit.text(problem);
  audit.end(s, protocol.REFUSED_POLICY);
  ack.error('PARSE', 'policy', problem);
}

export function run(s: Session, line: usize, bytes: u32): void {
  const problem = grammar.parse(line, bytes);
  if (problem.length > 0) return refuse(s, problem);
  link.forget();
  verbs.run(s);
}
