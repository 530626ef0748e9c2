// SPDX-License-Identifier: Apache-2.0
/**
 * The script language (.coh), line by line:
 *
 *   # comment, also after a statement
 *   <any command of the shell>
 *   EXPECT OK | EXPECT ERR              the last response begins so
 *   EXPECT SUBSTR <text>                it contains the text
 *   EXPECT NOT <text>                   it does not
 *   EXPECT LINE <text>                  some line of what the last command said contains the text
 *   WAIT <ms>                           0 to 2000
 */
import { CommandError } from '../errors.ts';

export const MAX_LINES = 256;
export const MAX_WAIT_MS = 2000;

export type Statement =
  | { kind: 'command'; line: number; text: string }
  | { kind: 'expect'; line: number; text: string; selector: 'OK' | 'ERR' }
  | { kind: 'expect'; line: number; text: string; selector: 'SUBSTR' | 'NOT' | 'LINE'; wanted: string }
  | { kind: 'wait'; line: number; text: string; ms: number };

/** A statement that is wrong in itself. */
export class StatementError extends CommandError {
  override readonly name = 'StatementError';
  readonly line: number;
  readonly text: string;

  constructor(line: number, text: string, reason: string) {
    super(reason);
    this.line = line;
    this.text = text;
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The text of a script file. */
/** Longer than any script of as many lines as there may be. */
export const MAX_SCRIPT_BYTES = 1 << 20;

export function decodeScript(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new CommandError('script is not UTF-8 text');
  }
}

/** All statements of a script; throws for the first one that is wrong. */
export function parseScript(source: string): Statement[] {
  const statements: Statement[] = [];
  source.split('\n').forEach((raw, index) => {
    const text = (raw.split('#', 1)[0] ?? '').trim();
    if (text === '') return;
    if (statements.length === MAX_LINES) throw new CommandError(`script exceeds max of ${MAX_LINES} lines`);
    statements.push(parseStatement(text, index + 1));
  });
  return statements;
}

function parseStatement(text: string, line: number): Statement {
  const [word = ''] = text.split(/\s/, 1);
  const rest = text.slice(word.length).trim();
  if (word === 'EXPECT') return parseExpect(text, line, rest);
  if (word === 'WAIT') return { kind: 'wait', line, text, ms: parseWait(text, line, rest) };
  return { kind: 'command', line, text };
}

function parseExpect(text: string, line: number, rest: string): Statement {
  const [selector = ''] = rest.split(/\s/, 1);
  const wanted = rest.slice(selector.length).trim();
  switch (selector) {
    case '':
      throw new StatementError(line, text, 'EXPECT requires a selector');
    case 'OK':
    case 'ERR':
      if (wanted !== '') throw new StatementError(line, text, 'EXPECT selector is invalid');
      return { kind: 'expect', line, text, selector };
    case 'SUBSTR':
    case 'NOT':
    case 'LINE':
      if (wanted === '') throw new StatementError(line, text, `EXPECT ${selector} requires text`);
      return { kind: 'expect', line, text, selector, wanted };
    default:
      throw new StatementError(line, text, 'EXPECT selector is invalid');
  }
}

function parseWait(text: string, line: number, rest: string): number {
  if (rest === '') throw new StatementError(line, text, 'WAIT requires milliseconds');
  if (/\s/.test(rest)) throw new StatementError(line, text, 'WAIT accepts a single millisecond value');
  if (!/^\d+$/.test(rest)) throw new StatementError(line, text, 'WAIT requires a numeric millisecond value');
  const ms = Number(rest);
  if (ms > MAX_WAIT_MS) throw new StatementError(line, text, `WAIT exceeds max of ${MAX_WAIT_MS}ms`);
  return ms;
}
