// SPDX-License-Identifier: Apache-2.0
// The log on the console: whole lines, above the prompt and the line that the operator is typing. The ring is read
// in pieces that end anywhere, so the start of a line waits here for its end.
//
//   line    +0 ............ LINE_BYTES
//           bytes of a line that has not ended yet; a longer line is shown in several
import { NEWLINE, RETURN } from '../../../lib/text/ascii';
import { makePrintable } from '../../../lib/text/printable';
import * as prompt from './prompt';

const LINE_BYTES: u32 = 512;
const line = memory.data(512);
let length: u32 = 0;

function show(): void {
  makePrintable(line, length);
  prompt.replace(line, length);
  length = 0;
}

/** Takes a piece of the log; control bytes in it do not reach the screen. */
export function take(start: usize, count: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const c = load<u8>(start + i);
    if (c === NEWLINE) {
      show();
    } else if (c !== RETURN) {
      if (length === LINE_BYTES) show();
      store<u8>(line + length, c);
      length++;
    }
  }
}

/** There is no more for now: the prompt comes back, if there was one. */
export function end(): void {
  prompt.restore();
}
