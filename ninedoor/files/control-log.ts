// SPDX-License-Identifier: Apache-2.0
// A control file whose commands change a state of their own: all lines of a write take effect, or none. What reading gives is
// the newest of the accepted lines.
//
//   run   (start, bytes) → refusal   one command
import * as lines from '../../lib/text/lines';
import * as errors from '../wire/errors';
import { LineLog } from './line-log';

/** Bytes of the lines of a write, each with its newline. */
function keptBytes(data: usize, bytes: u32): u32 {
  let kept: u32 = 0;
  lines.open(data, bytes);
  while (lines.next()) kept += lines.bytes + 1;
  return kept;
}

/**
 * Runs the lines of a write, and keeps them in `log`. `state`: the bytes that the commands change; `before`: room for as many.
 * `what`: whose write is too long, as in `schedule control`.
 */
export function write(
  log: LineLog,
  state: usize,
  before: usize,
  stateBytes: u32,
  run: u32,
  what: string,
  data: usize,
  bytes: u32,
): u32 {
  // What takes effect can be read back, so the last line counts with a newline, too.
  if (max(bytes, keptBytes(data, bytes)) > log.capacity) {
    const w = errors.begin();
    w.text(what);
    w.text(' exceeds max bytes ');
    w.dec(log.capacity);
    return errors.end(errors.TOO_BIG);
  }
  memory.copy(before, state, stateBytes);
  lines.open(data, bytes);
  while (lines.next()) {
    const refusal = call_indirect<u32>(run, lines.start, lines.bytes);
    if (refusal === errors.NONE) continue;
    memory.copy(state, before, stateBytes);
    return refusal;
  }
  lines.open(data, bytes);
  while (lines.next()) log.append(lines.start, lines.bytes);
  return errors.NONE;
}
