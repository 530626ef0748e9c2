// SPDX-License-Identifier: Apache-2.0
/** `ls`, `cat`, `echo`, `log`: reading and writing the tree. `tail` is in tail.ts. */
import { type Answer, contentOf } from '../../client/index.ts';
import { cborLines } from '../cbor-text.ts';
import { checkPath } from '../text.ts';
import { CommandError } from '../errors.ts';
import { type Command, type Context, words } from './command.ts';

export const LOG_PATH = '/log/queen.log';

/** The one path of a command. A path that may not be sent is refused in the form of a node's refusal. */
export function pathArgument(verb: string, rest: string, context: Context): string {
  const [path, ...more] = words(rest);
  if (path === undefined) throw new CommandError(`${verb} requires a path`);
  if (more.length > 0) throw new CommandError(`${verb} takes one path`);
  return checkedPath(verb, path, context);
}

export function checkedPath(verb: string, path: string, context: Context): string {
  try {
    return checkPath(path);
  } catch (error) {
    context.refuse(verb.toUpperCase(), path, error);
    throw error;
  }
}

export const ls: Command = {
  verb: 'ls',
  name: 'ls',
  usage: 'ls <path>',
  summary: 'Enumerate directory entries',
  arguments: ['path'],
  async run(rest, context) {
    const transport = context.session('ls');
    const path = pathArgument('ls', rest, context);
    await context.show(transport.ls(path, { signal: context.signal }), 'LS', path);
  },
};

export const cat: Command = {
  verb: 'cat',
  name: 'cat',
  usage: 'cat <path>',
  summary: 'Read file contents',
  arguments: ['path'],
  details: ['  A .cbor file is shown as data; cat --raw <path> shows its bytes in base64.'],
  async run(rest, context) {
    const transport = context.session('cat');
    const raw = /^--raw(?=\s|$)/.exec(rest)?.[0] ?? '';
    const path = pathArgument('cat', rest.slice(raw.length), context);
    const answer = transport.cat(path, { signal: context.signal });
    await context.show(raw === '' && path.endsWith('.cbor') ? answer.then(asData) : answer, 'CAT', path);
  },
};

/** The items of CBOR in the place of base64; what is no CBOR stays as it is. */
function asData(answer: Answer): Answer {
  const bytes = contentOf(answer.lines);
  const lines = bytes === undefined ? undefined : cborLines(bytes);
  return lines === undefined ? answer : { ...answer, lines };
}

export const log: Command = {
  verb: 'log',
  name: 'log',
  usage: 'log',
  summary: `Tail ${LOG_PATH}`,
  async run(_rest, context) {
    const transport = context.session('log');
    await context.show(transport.tail(LOG_PATH, { signal: context.signal }), 'TAIL', LOG_PATH);
  },
};

/** A line and its newline travel in one write, which is at most so long anywhere. */
const MAX_ECHO_BYTES = 8192 - 24 - 1;
const OVERFLOW_HOOK = '{{msize_overflow}}';
const OVERFLOW_BYTES = 8256;

/** A command that no frame can carry: what tests send to see it refused. */
export function expandOverflow(text: string): string {
  const shell = (id: string): string =>
    `{"spawn":"gpu","lease":{"gpu_id":"${id}","mem_mb":4096,"streams":1,"ttl_s":60,"priority":1}}`;
  return text.replaceAll(OVERFLOW_HOOK, () => shell('A'.repeat(OVERFLOW_BYTES - shell('').length)));
}

/** `<text> > <path>`: text without surrounding quotes. */
export function parseEcho(rest: string): { text: string; path: string } {
  const at = rest.indexOf('>');
  const syntax = 'echo requires syntax: echo <text> > <path>';
  if (at < 0) throw new CommandError(syntax);
  const path = rest.slice(at + 1).trim();
  let text = rest.slice(0, at).trim();
  const quote = text[0];
  if (text.length >= 2 && (quote === '"' || quote === "'") && text.endsWith(quote)) text = text.slice(1, -1);
  if (path === '' || text === '') throw new CommandError(syntax);
  if (/[\r\n]/.test(text)) throw new CommandError('echo payload must be a single line');
  return { text: expandOverflow(text), path };
}

export const echo: Command = {
  verb: 'echo',
  name: 'echo',
  usage: 'echo <text> > <path>',
  summary: 'Append to a file (adds newline)',
  arguments: ['redirect'],
  async run(rest, context) {
    const parsed = parseEcho(rest);
    const transport = context.session('echo');
    const path = checkedPath('echo', parsed.path, context);
    if (Buffer.byteLength(parsed.text) > MAX_ECHO_BYTES) {
      const error = new CommandError(`echo payload exceeds ${MAX_ECHO_BYTES} bytes`, {
        fix: 'send it in several lines',
      });
      context.refuse('ECHO', path, error);
      throw error;
    }
    await context.show(transport.echo(path, parsed.text, { signal: context.signal }), 'ECHO', path);
  },
};
