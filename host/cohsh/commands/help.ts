// SPDX-License-Identifier: Apache-2.0
/** `help`: the command surface, or the usage of one command. */
import { CommandError } from '../errors.ts';
import type { Command, Context } from './command.ts';

const USAGE_COLUMN = 29;

/** A help line: usage in its column, a usage that is too long goes on with one blank. */
export function helpLine({ usage, summary }: Pick<Command, 'usage' | 'summary'>): string {
  return `  ${usage.padEnd(USAGE_COLUMN - 1)} - ${summary}`;
}

function show(context: Context, lines: readonly string[]): void {
  for (const text of lines) context.output.write({ kind: 'line', text });
}

function detailsOf(verb: string, all: readonly Command[]): string[] {
  const found = all.filter((command) => command.verb === verb || command.usage.startsWith(`${verb} `));
  const command = all.find((one) => one.verb === verb);
  if (command === undefined) throw new CommandError(`unknown command '${verb}'`, { fix: "'help' lists the commands" });
  return (found.length > 0 ? found : [command]).flatMap((one) => [helpLine(one).trim(), ...(one.details ?? [])]);
}

/** The command table is handed in: `help` is in it. */
export function helpCommand(table: () => { shown: readonly Command[]; all: readonly Command[] }): Command {
  return {
    verb: 'help',
    name: 'help',
    usage: 'help',
    summary: 'Show this help message',
    get arguments() {
      return [table().all.map(({ verb }) => verb)];
    },
    details: ["  'help <command>' tells more about one command."],
    run(rest, context) {
      const [verb] = rest.split(/\s+/);
      const { shown, all } = table();
      if (verb !== undefined && verb !== '') show(context, detailsOf(verb.toLowerCase(), all));
      else show(context, ['Cohesix command surface:', ...shown.map(helpLine)]);
      return Promise.resolve();
    },
  };
}
