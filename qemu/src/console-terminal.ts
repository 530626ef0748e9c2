// SPDX-License-Identifier: Apache-2.0
// The serial console on a terminal: raw mode, every key goes to the guest, except that Ctrl-A begins a command of ours.
import type { ReadStream } from 'node:tty';
import { QEMU_CODES } from './errors.ts';
import { reachPrompt, type ConsoleOptions } from './console-filter.ts';
import type { Machine } from './machine.ts';

const CTRL_A = '\x01';

/** Printed before the guest starts: one that says nothing must be left too. */
export const WELCOME = `Ctrl-A X leaves, Ctrl-A H helps. At the prompt, try:
  help    what this console can do          caps    which capabilities the root task holds
  bi      what the kernel handed over       mem     what is left of the memory
  ping    is anyone there                   test    the self-test`;

const HELP = `Ctrl-A X  leave (the machine is switched off)
Ctrl-A H  this help
Ctrl-A A  send Ctrl-A itself`;

export interface KeyActions {
  send(text: string): void;
  leave(): void;
  help(): void;
}

/** Splits key presses into bytes for the guest and commands for us; keeps the Ctrl-A state between calls. */
export function keyReader(actions: KeyActions): (keys: string) => void {
  let commandNext = false;
  return (keys) => {
    let pass = '';
    for (const key of keys) {
      if (!commandNext && key === CTRL_A) commandNext = true;
      else if (!commandNext) pass += key;
      else {
        commandNext = false;
        if (key === 'x' || key === 'X') return actions.leave();
        if (key === 'h' || key === 'H' || key === '?') actions.help();
        if (key === 'a' || key === 'A' || key === CTRL_A) pass += CTRL_A;
      }
    }
    if (pass !== '') actions.send(pass);
  };
}

/** Connects terminal and guest until the user leaves or the guest is gone. */
export async function runTerminal(
  machine: Machine,
  options: ConsoleOptions,
  keyboard: ReadStream,
  messages: NodeJS.WritableStream,
): Promise<void> {
  // Node's raw mode leaves the translation of newlines on.
  const say = (text: string): void => void messages.write(`\n${text}\n`);
  let resetsShown = 0;
  machine.onChange(() => {
    for (; resetsShown < machine.resets.length; resetsShown++) say('[the guest reset itself]');
  });
  const left = new Promise<'left'>((resolve) => {
    const help = (): void => {
      say(`${HELP}\n${WELCOME.slice(WELCOME.indexOf('At'))}`);
      // The line that the help has interrupted.
      messages.write(machine.text.slice(machine.text.lastIndexOf('\n') + 1));
    };
    const send = (text: string): void => machine.write(text);
    const read = keyReader({ send, help, leave: () => resolve('left') });
    keyboard.on('data', (keys) => read(keys.toString('utf8')));
    // The terminal has gone away.
    keyboard.on('end', () => resolve('left'));
  });
  keyboard.setRawMode(true);
  try {
    const first = await Promise.race([left, reachPrompt(machine, options)]);
    if (first === 'left') throw machine.error(QEMU_CODES.ended, 'left before the guest was ready');
    machine.keepTailOnly();
    const end = await Promise.race([left, machine.ended]);
    say(end === 'left' ? '[left]' : `[${end.reason}]`);
  } finally {
    keyboard.setRawMode(false);
  }
}
