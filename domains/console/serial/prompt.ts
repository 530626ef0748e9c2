// SPDX-License-Identifier: Apache-2.0
// The last line on the screen: the prompt and what is typed so far, taken away and put back when something else must
// be shown. It needs no terminal: only CR, LF and blanks are sent, so that a log file of the serial line reads as
// well as a screen.
import { RETURN, SPACE } from '../../../lib/text/ascii';
import * as out from '../sink';
import * as editor from './editor';

const PROMPT: string = 'cohesix> ';
/** The narrowest screen: a longer line may have wrapped, and what has wrapped cannot be taken away. */
const COLUMNS: u32 = 80;

let shown: bool = false;
/** A line of text took its place. */
let replaced: bool = false;

/** Shows the prompt, and what is typed. */
export function show(): void {
  out.text(PROMPT);
  editor.show();
  shown = true;
  replaced = false;
}

/** The operator has ended the line: it stays on the screen. */
export function leave(): void {
  shown = false;
}

/** Shows it again if something took its place. */
export function restore(): void {
  if (replaced) show();
}

/** Puts a line of text in the prompt's place. */
export function replace(text: usize, length: u32): void {
  let width: u32 = 0;
  if (shown) {
    width = <u32>PROMPT.length + editor.size();
    shown = false;
    replaced = true;
    if (width < COLUMNS) out.byte(RETURN);
    else out.endLine();
  }
  out.bytes(text, length);
  if (width < COLUMNS) for (let column = length; column < width; column++) out.byte(SPACE);
  out.endLine();
}
