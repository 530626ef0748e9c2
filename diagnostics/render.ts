// SPDX-License-Identifier: Apache-2.0
/** Turns diagnostics into text for people. The only place that does; machines get the data as JSON. */
import type { Diagnostic } from './diagnostic.ts';

/** Longest part of a source line that is shown; longer ones are cut around the caret. */
const MAX_EXCERPT = 120;
const LEAD = 40;

/** One diagnostic as text, ending in a newline. */
export function render(diagnostic: Diagnostic): string {
  const { position, severity, code } = diagnostic;
  const place = position === undefined ? '' : `${position.file}:${position.line}:${position.column}: `;
  const lines = [`${visible(place)}${severity}[${code}]: ${visible(diagnostic.message)}`, ...excerpt(diagnostic)];
  if (diagnostic.cause !== undefined) lines.push(`  cause: ${visible(diagnostic.cause)}`);
  if (diagnostic.fix !== undefined) lines.push(`  fix: ${visible(diagnostic.fix)}`);
  return `${lines.join('\n')}\n`;
}

function excerpt({ position, sourceLine, length }: Diagnostic): string[] {
  if (position === undefined || sourceLine === undefined) return [];
  let start = 0;
  let text = sourceLine;
  if (text.length > MAX_EXCERPT) {
    start = Math.max(0, Math.min(position.column - 1 - LEAD, text.length - MAX_EXCERPT));
    text = text.slice(start, start + MAX_EXCERPT);
  }
  const offset = Math.min(position.column - 1 - start, text.length);
  const width = Math.max(1, Math.min(length ?? 1, text.length - offset));
  const gutter = ' '.repeat(String(position.line).length);
  return [` ${position.line} | ${oneColumnEach(text)}`, ` ${gutter} | ${' '.repeat(offset)}${'^'.repeat(width)}`];
}

// Control characters in a hostile file must not reach the terminal, nor may they shift the caret.
const CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

function oneColumnEach(text: string): string {
  return text.replaceAll('\t', ' ').replace(CONTROL, '\u00b7');
}

function visible(text: string): string {
  return text.replace(CONTROL, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}
