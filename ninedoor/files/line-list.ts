// SPDX-License-Identifier: Apache-2.0
// A text of whole lines within a limit: as many of the first as fit. One that alone is too long is refused.
import { Writer } from '../../lib/text/writer';
import * as errors from '../wire/errors';

const LINE_BYTES: u32 = 512;
const line = memory.data(LINE_BYTES);
const lineWriter = changetype<Writer>(memory.data(offsetof<Writer>(), 8));
let used: u32 = 0;

/** Starts the list. */
export function open(): void {
  used = 0;
}

/** Starts a line. */
export function begin(): Writer {
  lineWriter.open(line, LINE_BYTES);
  return lineWriter;
}

/** Ends the line, and adds it; false: it does not fit any more, the list is at its end. */
export function end(w: Writer, most: u32): bool {
  lineWriter.byte(0x0a);
  const bytes = <u32>lineWriter.total;
  if (bytes > LINE_BYTES || used + bytes > most) return false;
  w.bytes(line, bytes);
  used += bytes;
  return true;
}

/** What became of the list when end() said false; `path`: the file that it is the content of. */
export function refusal(path: string, most: u32): u32 {
  if (used > 0) return errors.NONE;
  const w = errors.begin();
  w.text(path);
  w.text(' exceeds max bytes ');
  w.dec(most);
  return errors.end(errors.TOO_BIG);
}
