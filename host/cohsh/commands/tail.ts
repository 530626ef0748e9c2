/** `tail`: the newest lines of a file, and with -f what comes after them. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Policy, Transport } from '../../client/index.ts';
import { CommandError } from '../errors.ts';
import { parseInteger } from '../text.ts';
import { newLines } from '../follow.ts';
import { type Command, type Context, words } from './command.ts';

import { checkedPath } from './files.ts';

/** What a `tail` shows at first. */
const SHOWN_LINES = 64;

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

/** All lines that the file has now: more than a `tail` shows, where the transport can carry them. */
async function allLines(transport: Transport, path: string, signal: AbortSignal | undefined): Promise<string[]> {
  const parts: Uint8Array[] = [];
  for await (const part of transport.read(path, { signal })) parts.push(part);
  const lines = Buffer.concat(parts).toString().split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** What is there now. A console shows the newest lines only; elsewhere the whole file is looked at, and nothing is missed. */
async function snapshot(transport: Transport, path: string, context: Context): Promise<readonly string[]> {
  const { signal } = context;
  if (!transport.limits.text_only) return allLines(transport, path, signal);
  const { ack, lines } = await transport.tail(path, { signal });
  if (!ack.ok) await context.show(Promise.resolve({ ack, lines: [] }));
  return lines;
}

/** Goes on until Ctrl-C, which is how it ends well. */
async function follow({ path, poll_ms }: TailArguments, context: Context): Promise<void> {
  const { signal, output } = context;
  const transport = context.session('tail');
  const { ack, lines } = await transport.tail(path, { signal });
  await context.show(Promise.resolve({ ack, lines: [] }));
  // Each look leaves a line in the log that is being looked at.
  const own = `console: tail ${path}`;
  const print = (some: readonly string[]): void => {
    for (const text of some) if (text !== own) output.write({ kind: 'line', text });
  };
  let shown = transport.limits.text_only ? lines : await snapshot(transport, path, context);
  print(shown.slice(-SHOWN_LINES));
  while (await pause(poll_ms, signal)) {
    const next = await snapshot(transport, path, context).catch((error: unknown) => {
      if (signal?.aborted !== true) throw error;
    });
    if (next === undefined) return;
    const { lines: fresh, gap } = newLines(shown, next);
    if (gap) output.write({ kind: 'note', text: `[cohsh] lines of ${path} may be missing here` });
    print(fresh);
    shown = next;
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
