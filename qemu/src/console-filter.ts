// SPDX-License-Identifier: Apache-2.0
// The serial console without a terminal: each line of the input is sent when the prompt is there, and the session ends
// when the input has ended and the prompt has come back for every line.
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
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
  const lines = createInterface({ input, crlfDelay: Infinity, terminal: false });
  // The iterator keeps what arrives before the prompt does.
  const iterator = lines[Symbol.asyncIterator]();
  try {
    const conversation = await reachPrompt(machine, options);
    const again = new RegExp(`[\\r\\n]${options.prompt}`);
    for (;;) {
      const next = await Promise.race([iterator.next(), machine.ended]);
      if ('kind' in next) throw machine.error(QEMU_CODES.ended, `${next.reason} while its input was open`);
      if (next.done === true) return;
      conversation.send(`${next.value}\r`);
      await conversation.expect(again, options.timeout_ms);
    }
  } finally {
    lines.close();
  }
}
