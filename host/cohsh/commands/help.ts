// SPDX-License-Identifier: Apache-2.0
/** `help`: the command surface, or the usage of one command. */
import { CommandError } from '../errors.ts';
import { COMMANDS, findCommand, HELP_ORDER } from './index.ts';
import type { Command, Context } from './command.ts';

const USAGE_COLUMN = 29;

/** A help line: usage in its column, a usage that is too long goes on with one blank. */
export function helpLine({ usage, summary }: Pick<Command, 'usage' | 'summary'>): string {
  return `  ${usage.padEnd(USAGE_COLUMN - 1)} - ${summary}`;
}

function show(context: Context, lines: readonly string[]): void {
  for (const text of lines) context.output.write({ kind: 'line', text });
}

function detailsOf(verb: string): string[] {
  const found = COMMANDS.filter((command) => command.verb === verb || command.usage.startsWith(`${verb} `));
  const command = findCommand(verb);
  if (command === undefined) throw new CommandError(`unknown command '${verb}'`, { fix: "'help' lists the commands" });
  return (found.length > 0 ? found : [command]).flatMap((one) => [helpLine(one).trim(), ...(one.details ?? [])]);
}

export const help: Command = {
  verb: 'help',
  name: 'help',
  usage: 'help',
  summary: 'Show this help message',
  get arguments() {
    return [COMMANDS.map(({ verb }) => verb)];
  },
  details: ["  'help <command>' tells more about one command."],
  run(rest, context) {
    const [verb] = rest.split(/\s+/);
    if (verb !== undefined && verb !== '') show(context, detailsOf(verb.toLowerCase()));
    else show(context, ['Cohesix command surface:', ...HELP_ORDER.map(helpLine)]);
    return Promise.resolve();
  },
};
