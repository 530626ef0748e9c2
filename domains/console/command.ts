// SPDX-License-Identifier: Apache-2.0
// One line of any session: understood and carried out, or refused. Its payload may go on afterwards (payload.ts).
import * as protocol from '../../lib/protocol/supervisor';
import * as ack from './ack';
import * as audit from './audit';
import * as grammar from './grammar';
import * as link from './link';
import * as verbs from './verbs';

export function refuse(problem: string): void {
  link.forget();
  audit.begin('console error: ');
  audit.text(problem);
  audit.end(protocol.REFUSED_POLICY);
  ack.error('PARSE', 'policy', problem);
}

export function run(line: usize, bytes: u32): void {
  const problem = grammar.parse(line, bytes);
  if (problem.length > 0) return refuse(problem);
  link.forget();
  verbs.run();
}
