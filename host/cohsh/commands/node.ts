// SPDX-License-Identifier: Apache-2.0
/** `node`: a line to the node's console as it is, for verbs that only consoles have. */
import { CommandError } from '../errors.ts';
import { type Command, words } from './command.ts';

const VERBS = ['help', 'bi', 'caps', 'mem', 'netstats', 'nettest', 'cachelog'];

export const node: Command = {
  verb: 'node',
  name: 'node',
  usage: 'node <console command>',
  summary: 'Run a command of the console itself (bi, caps, mem, netstats, …)',
  arguments: [VERBS],
  details: [`  One of ${VERBS.join(', ')}.`],
  async run(rest, context) {
    const [verb] = words(rest.toLowerCase());
    const choices = { fix: `one of ${VERBS.join(', ')}` };
    if (verb === undefined) throw new CommandError('node requires a console command', choices);
    if (!VERBS.includes(verb)) throw new CommandError(`'${verb}' is no console command for node`, choices);
    const transport = context.session('node');
    await context.show(transport.command(rest, { signal: context.signal }), verb.toUpperCase());
  },
};
