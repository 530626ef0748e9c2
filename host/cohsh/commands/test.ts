// SPDX-License-Identifier: Apache-2.0
/** `test`: its words. The work is in selftest.ts. */
import { CommandError } from '../errors.ts';
import { runSelfTest, type SelfTestOptions } from '../selftest.ts';
import { parseInteger } from '../text.ts';
import { type Command, words } from './command.ts';

const MAX_TIMEOUT_S = 120;

function timeout(text: string | undefined): number {
  if (text === undefined) throw new CommandError('--timeout requires seconds');
  const seconds = Number(parseInteger('--timeout', text, 0xffff_ffffn));
  if (seconds >= 1 && seconds <= MAX_TIMEOUT_S) return seconds;
  throw new CommandError(`invalid --timeout '${text}': must be 1 to ${MAX_TIMEOUT_S}`);
}

export function parseTest(rest: string): SelfTestOptions {
  const options: SelfTestOptions = { mode: 'quick', json: false, timeout_s: 30, mutate: true };
  const given = words(rest);
  for (let word = given.shift(); word !== undefined; word = given.shift()) {
    if (word === '--json') options.json = true;
    else if (word === '--no-mutate') options.mutate = false;
    else if (word === '--timeout') options.timeout_s = timeout(given.shift());
    else if (word === '--mode') {
      const mode = given.shift();
      if (mode !== 'quick' && mode !== 'full') throw new CommandError(`invalid --mode '${mode ?? ''}': quick or full`);
      options.mode = mode;
    } else throw new CommandError(`test does not recognize '${word}'`);
  }
  return options;
}

export const test: Command = {
  verb: 'test',
  name: 'test',
  usage: 'test [--mode <quick|full>] [--json] [--timeout <s>] [--no-mutate]',
  summary: 'Run self-tests',
  options: ['--mode', '--json', '--timeout', '--no-mutate'],
  values: { '--mode': ['quick', 'full'] },
  details: [
    '  Runs the scripts under /proc/tests of the node: selftest_negative.coh, then that of the mode.',
    '  --mode full also spawns and kills a worker; --no-mutate leaves that out.',
  ],
  run: (rest, context) => runSelfTest(parseTest(rest), context),
};
