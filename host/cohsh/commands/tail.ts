/** `tail`: the newest lines of a file, and with -f what comes after them. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Policy } from '../../client/index.ts';
import { CommandError } from '../errors.ts';
import { parseInteger } from '../text.ts';
import { newLines } from '../follow.ts';
import { type Command, type Context, words } from './command.ts';

import { checkedPath } from './files.ts';

interface TailArguments {
  path: string;
  follow: boolean;
  poll_ms: number;
}

function pollInterval(text: string | undefined, policy: Policy['tail']): number {
  if (text === undefined) throw new CommandError('--poll-ms requires a value');
  const poll_ms = Number(parseInteger('--poll-ms', text, 0xffff_ffffn));
  if (poll_ms >= policy.poll_ms_min && poll_ms <= policy.poll_ms_max) return poll_ms;
  throw new CommandError(
    `invalid --poll-ms '${text}': the policy allows ${policy.poll_ms_min} to ${policy.poll_ms_max}`,
  );
}

export function parseTail(rest: string, policy: Policy['tail']): TailArguments {
  const parsed: TailArguments = { path: '', follow: false, poll_ms: policy.poll_ms_default };
  const given = words(rest);
  for (let word = given.shift(); word !== undefined; word = given.shift()) {
    if (word === '-f' || word === '--follow') parsed.follow = true;
    else if (word === '--poll-ms') parsed.poll_ms = pollInterval(given.shift(), policy);
    else if (word.startsWith('-')) throw new CommandError(`tail does not recognize '${word}'`);
    else if (parsed.path === '') parsed.path = word;
    else throw new CommandError('tail takes one path');
  }
  if (parsed.path === '') throw new CommandError('tail requires a path');
  return parsed;
}

/** Whether the pause was not cut short. */
async function pause(ms: number, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await sleep(ms, undefined, { signal });
    return true;
  } catch {
    return false;
  }
}

/** Goes on until Ctrl-C, which is how it ends well. */
async function follow({ path, poll_ms }: TailArguments, context: Context): Promise<void> {
  const { signal, output } = context;
  const transport = context.session('tail');
  const first = await context.show(transport.tail(path, { signal }), 'TAIL', path);
  const own = `console: tail ${path}`;
  let shown: readonly string[] = first.lines;
  while (await pause(poll_ms, signal)) {
    const next = await transport.tail(path, { signal }).catch((error: unknown) => {
      if (signal?.aborted !== true) throw error;
    });
    if (next === undefined) return;
    if (!next.ack.ok) await context.show(Promise.resolve(next));
    const { lines, gap } = newLines(shown, next.lines);
    if (gap) output.write({ kind: 'note', text: `[cohsh] lines of ${path} may be missing here` });
    // Each look leaves a line in the log that is being looked at.
    for (const text of lines) if (text !== own) output.write({ kind: 'line', text });
    shown = next.lines;
  }
}

export const tail: Command = {
  verb: 'tail',
  name: 'tail',
  usage: 'tail <path>',
  summary: 'Stream a file via NineDoor',
  arguments: ['path'],
  options: ['-f', '--poll-ms'],
  details: ['  -f goes on until Ctrl-C; --poll-ms N looks every N ms, within the bounds of the policy.'],
  async run(rest, context) {
    const transport = context.session('tail');
    const parsed = parseTail(rest, context.settings.policy.tail);
    parsed.path = checkedPath('tail', parsed.path, context);
    if (parsed.follow) await follow(parsed, context);
    else await context.show(transport.tail(parsed.path, { signal: context.signal }), 'TAIL', parsed.path);
  },
};
