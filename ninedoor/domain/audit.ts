// SPDX-License-Identifier: Apache-2.0
// What a console tells the log: one line a command, and a count for each refusal that is the console's own.
import * as protocol from '../../lib/protocol/supervisor';
import * as log from '../log';
import * as pressure from '../providers/proc/pressure';
import * as errors from '../wire/errors';

/** Longest line: a console line, and the words around it. */
export const LINE_BYTES: u32 = 512;

/** The code that counts as a refusal for this reason. */
function codeOf(refused: u64): u32 {
  switch (<u32>refused) {
    case <u32>protocol.REFUSED_BUSY:
      return errors.BUSY;
    case <u32>protocol.REFUSED_QUOTA:
      return errors.QUOTA;
    case <u32>protocol.REFUSED_CUT:
      return errors.REVOKED;
    default:
      return errors.INVALID;
  }
}

/** Takes a line; the log makes one line of printable text of it. */
export function take(line: usize, bytes: u32, refused: u64): void {
  if (refused !== protocol.REFUSED_NOT) pressure.count(codeOf(refused));
  if (bytes === 0) return;
  const w = log.begin();
  w.bytes(line, min(bytes, LINE_BYTES));
  log.end();
}
