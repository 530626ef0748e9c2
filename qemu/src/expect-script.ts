// SPDX-License-Identifier: Apache-2.0
// `*.expect` files: the steps of a conversation as text, one a line. A script is read in full before anything runs: a
// mistake in its last line costs no boot.
//
//     # comment
//     expect "text" | /regex/flags [within 5s | within 500ms]
//     send "text\r"
//     refuse "text" | /regex/flags          from here to the end, no line may hold it
//     reset [within 5s]                     the guest resets itself and prints again
//     quit                                  ends the machine; nothing may follow
import { Failure, failure } from '../../diagnostics/diagnostic.ts';
import { FileError, readBoundedText } from '../../tools/bounded-file.ts';
import { QEMU_CODES } from './errors.ts';
import { Conversation, DEFAULT_WITHIN_MS, type Guest, type Origin } from './expect.ts';

type Action =
  | { verb: 'expect'; pattern: string | RegExp; within_ms: number }
  | { verb: 'send'; text: string }
  | { verb: 'refuse'; pattern: string | RegExp }
  | { verb: 'reset'; within_ms: number }
  | { verb: 'quit' };

export type Step = Action & { origin: Origin };

/** Reads and runs a script file; the machine is stopped at its end. */
export async function runScriptFile(guest: Guest, file: string, log: (line: string) => void): Promise<void> {
  await runScript(guest, parseScript(readScript(file), file), log);
}

const MAX_SCRIPT_BYTES = 1 << 20;

function readScript(file: string): string {
  try {
    return readBoundedText(file, MAX_SCRIPT_BYTES);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    throw failure(QEMU_CODES.script, `failed to read script ${file}: ${error.message}`);
  }
}

export async function runScript(guest: Guest, steps: readonly Step[], log: (line: string) => void): Promise<void> {
  const conversation = new Conversation(guest, log);
  for (const step of steps) {
    conversation.at(step.origin);
    switch (step.verb) {
      case 'expect':
        await conversation.expect(step.pattern, step.within_ms);
        break;
      case 'send':
        conversation.send(step.text);
        break;
      case 'refuse':
        conversation.refuse(step.pattern);
        break;
      case 'reset':
        await conversation.reset(step.within_ms);
        break;
      case 'quit':
        await conversation.quit();
        return;
    }
  }
  await conversation.quit();
}

export function parseScript(source: string, file: string): Step[] {
  const steps: Step[] = [];
  for (const [index, line] of source.split(/\r?\n/).entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const reader = new LineReader(line, file, index + 1);
    if (steps.at(-1)?.verb === 'quit') throw reader.wrong('nothing may follow quit');
    steps.push({ ...readAction(reader), origin: reader.origin(1) });
  }
  return steps;
}

function readAction(reader: LineReader): Action {
  const verb = reader.word();
  let action: Action;
  switch (verb) {
    case 'expect':
      action = { verb, pattern: reader.pattern(), within_ms: reader.within() };
      break;
    case 'send':
      action = { verb, text: reader.text() };
      break;
    case 'refuse':
      action = { verb, pattern: reader.pattern() };
      break;
    case 'reset':
      action = { verb, within_ms: reader.within() };
      break;
    case 'quit':
      action = { verb };
      break;
    default:
      throw reader.wrong(`unknown step '${verb}'`, 'steps are expect, send, refuse, reset and quit');
  }
  reader.finish();
  return action;
}

const ESCAPES: Readonly<Record<string, string>> = { r: '\r', n: '\n', t: '\t', e: '\x1b', '"': '"', '\\': '\\' };

/** Takes one line apart from left to right; knows the column for its complaints. */
class LineReader {
  private at = 0;
  private last = 0;
  private readonly line: string;
  private readonly file: string;
  private readonly number: number;

  constructor(line: string, file: string, number: number) {
    this.line = line;
    this.file = file;
    this.number = number;
  }

  origin(column: number): Origin {
    return { position: { file: this.file, line: this.number, column }, sourceLine: this.line };
  }

  wrong(message: string, fix?: string): Failure {
    const where = this.origin(this.last + 1);
    const code = QEMU_CODES.script;
    return new Failure({ code, severity: 'error', message, ...where, ...(fix === undefined ? {} : { fix }) });
  }

  word(): string {
    return this.take(/\w*/y)[0];
  }

  text(): string {
    const match = this.takeOrNothing(/"((?:[^"\\]|\\.)*)"/y);
    if (match === null) throw this.wrong('a text in double quotes is missing here');
    return (match[1] ?? '').replace(/\\(x([0-9a-fA-F]{2})|.)/g, (whole: string, name: string, hex?: string) => {
      const character = hex === undefined ? ESCAPES[name] : String.fromCharCode(parseInt(hex, 16));
      if (character === undefined)
        throw this.wrong(`unknown escape ${whole}`, 'known are \\r \\n \\t \\e \\xNN \\" \\\\');
      return character;
    });
  }

  pattern(): string | RegExp {
    const match = this.takeOrNothing(/\/((?:[^/\\]|\\.)+)\/([a-z]*)/y);
    if (match === null) return this.text();
    try {
      return new RegExp(match[1] ?? '', match[2]);
    } catch (error) {
      throw this.wrong(error instanceof Error ? error.message : 'the regular expression is wrong');
    }
  }

  within(): number {
    if (this.takeOrNothing(/within\b/y) === null) return DEFAULT_WITHIN_MS;
    const match = this.takeOrNothing(/(\d+(?:\.\d+)?)(ms|s)\b/y);
    if (match === null) throw this.wrong('a duration is missing here', 'write for example: within 5s, or within 500ms');
    return Number(match[1]) * (match[2] === 's' ? 1000 : 1);
  }

  finish(): void {
    if (this.takeOrNothing(/#.*|$/y) === null) throw this.wrong(`'${this.line.slice(this.last)}' is too much here`);
  }

  private take(pattern: RegExp): RegExpExecArray {
    const match = this.takeOrNothing(pattern);
    if (match === null) throw this.wrong('this cannot be read');
    return match;
  }

  private takeOrNothing(pattern: RegExp): RegExpExecArray | null {
    while (this.line[this.at] === ' ' || this.line[this.at] === '\t') this.at++;
    this.last = this.at;
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.line);
    if (match !== null) this.at = pattern.lastIndex;
    return match;
  }
}
