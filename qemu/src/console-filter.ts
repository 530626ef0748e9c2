// SPDX-License-Identifier: Apache-2.0
// The serial console without a terminal: each line of the input is sent when the prompt is there, and the session ends
// when the input has ended and the prompt has come back for every line.
import type { Readable } from 'node:stream';
import { failure } from '../../diagnostics/diagnostic.ts';
import { QEMU_CODES } from './errors.ts';
import { Conversation } from './expect.ts';
import type { Machine } from './machine.ts';

export interface ConsoleOptions {
  /** What the guest prints at the start of a line when it is ready for one. */
  prompt: string;
  /** For the first prompt, and for each answer. */
  timeout_ms: number;
}

/** Waits for the first prompt; throws with the reason and the end of the log when it does not come. */
export async function reachPrompt(machine: Machine, options: ConsoleOptions): Promise<Conversation> {
  const conversation = new Conversation(machine);
  await conversation.expect(new RegExp(`^${options.prompt}`), options.timeout_ms);
  return conversation;
}

export async function runFilter(machine: Machine, options: ConsoleOptions, input: Readable): Promise<void> {
  const conversation = await reachPrompt(machine, options);
  const again = new RegExp(`[\\r\\n]${options.prompt}`);
  const lines = inputLines(input);
  const refused: string[] = [];
  for (;;) {
    const next = await Promise.race([lines.next(), machine.ended]);
    if ('kind' in next) throw machine.error(QEMU_CODES.ended, `${next.reason} while its input was open`);
    if (next.done === true) break;
    const from = machine.text.length;
    conversation.send(`${next.value}\r`);
    await conversation.expect(again, options.timeout_ms);
    if (REFUSAL.test(machine.text.slice(from))) refused.push(next.value);
  }
  const [first] = refused;
  if (first === undefined) return;
  const more = refused.length > 1 ? `, and ${refused.length - 1} more` : '';
  throw failure(QEMU_CODES.refused, `the guest answered ERR to ${JSON.stringify(first)}${more}`);
}

/** An acknowledgement that is a refusal; the echo of what was sent begins behind the prompt, never a line. */
const REFUSAL = /^ERR(?: |\r?$)/m;

/** The lines of UTF-8 text, without their ends; a last one without an end counts. Bytes that are no text are refused. */
export async function* inputLines(input: Readable): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let rest = '';
  let count = 0;
  const decode = (bytes?: Buffer): string => {
    try {
      return decoder.decode(bytes, { stream: bytes !== undefined });
    } catch {
      throw failure(QEMU_CODES.input, `line ${count + 1} of the input or one behind it is not UTF-8`);
    }
  };
  for await (const chunk of input) {
    const pieces = (rest + decode(chunk as Buffer)).split('\n');
    rest = pieces.pop() ?? '';
    for (const line of pieces) {
      count += 1;
      yield line.replace(/\r$/, '');
    }
  }
  rest += decode();
  if (rest !== '') yield rest;
}
