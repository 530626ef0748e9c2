// SPDX-License-Identifier: Apache-2.0
/** `tail`: the newest lines of a file, and with -f what comes after them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ClientError, type Policy, type Transport } from '../../client/index.ts';
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

/** The newest lines, as a console shows them. */
async function snapshot(transport: Transport, path: string, context: Context): Promise<readonly string[]> {
  const { ack, lines } = await transport.tail(path, { signal: context.signal });
  if (!ack.ok) await context.show(Promise.resolve({ ack, lines: [] }));
  return lines;
}

/** Prints what is new since the lines that were shown. */
type Print = (lines: readonly string[]) => void;

/** Looks again and again, where a file cannot be kept open: a console. */
async function followBySnapshots(args: TailArguments, first: readonly string[], context: Context, print: Print) {
  const { path, poll_ms } = args;
  let shown = first;
  print(shown);
  while (await pause(poll_ms, context.signal)) {
    const next = await untilStopped(snapshot(context.session('tail'), path, context), context);
    if (next === undefined) return;
    shown = printNew(shown, next, path, context, print);
  }
}

function printNew(shown: readonly string[], next: readonly string[], path: string, context: Context, print: Print) {
  const { lines, gap } = newLines(shown, next);
  if (gap) context.output.write({ kind: 'note', text: `[cohsh] lines of ${path} may be missing here` });
  print(lines);
  return next;
}

/** The value, or undefined when Ctrl-C ended the wait for it. */
async function untilStopped<T>(promise: Promise<T>, { signal }: Context): Promise<T | undefined> {
  return promise.catch((error: unknown) => {
    if (signal?.aborted !== true) throw error;
    return undefined;
  });
}

/** Lines that are remembered, to find out after a lost connection what is new. */
const REMEMBERED_LINES = 4096;

/** Keeps the file open, so that each line is read once. A lost connection is made good by a look at the file as it is then. */
async function followOpen(args: TailArguments, transport: Transport, context: Context, print: Print): Promise<void> {
  let shown: readonly string[] | undefined;
  while (context.signal?.aborted !== true) {
    try {
      shown = await followOnce(args, transport, context, shown, (lines) => (shown = lines), print);
    } catch (error) {
      if (!(error instanceof ClientError) || error.code === 'refused') throw error;
      if (!(await pause(args.poll_ms, context.signal))) return;
      // Connects again, as often as the policy says.
      await untilStopped(transport.tail(args.path, { signal: context.signal }), context);
    }
  }
}

/** One connection's worth: what is there at first, or what of it is new, and then what comes. */
async function followOnce(
  { path, poll_ms }: TailArguments,
  transport: Transport,
  context: Context,
  before: readonly string[] | undefined,
  remember: (lines: readonly string[]) => void,
  print: Print,
): Promise<readonly string[]> {
  const { signal } = context;
  let [open, lines, caughtUp] = ['', [] as string[], false];
  const onEnd = (): void => {
    if (caughtUp) return;
    caughtUp = true;
    if (before === undefined) print(lines.slice(-SHOWN_LINES));
    else printNew(before, lines, path, context, print);
    remember(lines);
  };
  const decoder = new TextDecoder();
  for await (const part of transport.follow?.(path, { poll_ms, signal, onEnd }) ?? []) {
    const [...fresh] = (open + decoder.decode(part, { stream: true })).split('\n');
    open = fresh.pop() ?? '';
    if (caughtUp) print(fresh);
    lines = [...lines, ...fresh].slice(-REMEMBERED_LINES);
    if (caughtUp) remember(lines);
  }
  return lines;
}

/** Goes on until Ctrl-C, which is how it ends well. */
async function follow(args: TailArguments, context: Context): Promise<void> {
  const { signal, output } = context;
  const transport = context.session('tail');
  const { ack, lines } = await transport.tail(args.path, { signal });
  await context.show(Promise.resolve({ ack, lines: [] }));
  // Each look leaves a line in the log that is being looked at.
  const own = `console: tail ${args.path}`;
  const print: Print = (some) => {
    for (const text of some) if (text !== own) output.write({ kind: 'line', text });
  };
  if (transport.follow === undefined) await followBySnapshots(args, lines, context, print);
  else await followOpen(args, transport, context, print);
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
