/**
 * The same session gives the same answers over every transport: the golden transcripts of the image's console, played on
 * the client library's transports against NineDoor's own wasm.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  fixedClock,
  mockNode,
  mockTransport,
  nineTransport,
  type Answer,
  type MockNode,
  type Role,
  type Transport,
} from '../../../host/client/index.ts';
import { serveNine, type Served } from '../../unit/client/servers.ts';

const FOLDER = join(import.meta.dirname, '../console/transcripts');
const PROMPT = 'cohesix> ';
/** NineDoor going down is the image's business. */
const FILES = readdirSync(FOLDER)
  .filter((name) => name !== 'restart.txt')
  .sort();

interface Step {
  /** `wait 300`, `beat 1`, or undefined. */
  event?: string;
  command?: string;
  /** What the console showed. */
  ack?: string;
  lines?: string[];
}

/** Cuts a transcript into commands and what happens between them. */
function steps(text: string): Step[] {
  const out: Step[] = [];
  for (const line of text.split('\n')) {
    const last = out.at(-1);
    if (line.startsWith('# ')) out.push({ event: line.slice(2) });
    else if (line.startsWith(PROMPT)) out.push({ command: line.slice(PROMPT.length), lines: [] });
    else if (last?.command !== undefined && last.ack === undefined && /^(OK|ERR) /.test(line)) last.ack = line;
    else if (line !== '' && line !== 'END') last?.lines?.push(line);
  }
  return out;
}

/** Commands that only a console has, or whose refusal is its grammar's. */
function isOfConsole({ command = '', ack = '' }: Step): boolean {
  const verb = command.split(' ')[0] ?? '';
  if (!['ls', 'cat', 'tail', 'log', 'echo', 'spawn', 'kill', 'attach', 'quit'].includes(verb)) return true;
  // Consoles have throttles of their own, and these transports do not open a line to be throttled on.
  return ack.startsWith('ERR PARSE') || / detail=(throttled|rate-limited) /.test(ack);
}

/** Files that tell of the machine, or of who wrote to it by which way. */
function tellsOfTransport(command: string): boolean {
  return /\/proc\/boot|queen\.log|\/proc\/(pressure|ingest|9p|net|domains|root)|\/kmesg|^log$/.test(command);
}

async function run(transport: Transport, command: string): Promise<Answer> {
  const [verb = '', first = '', ...more] = command.split(' ');
  const rest = more.join(' ');
  switch (verb) {
    case 'attach':
      return transport.attach((first.toLowerCase() === 'queen' ? 'queen' : first) as Role, rest);
    case 'ls':
      return transport.ls(first);
    case 'cat':
      return transport.cat(first);
    case 'tail':
      return transport.tail(first);
    case 'log':
      return transport.log();
    case 'echo':
      return transport.echo(first, rest);
    case 'spawn':
      return transport.spawn(command.slice('spawn '.length));
    case 'kill':
      return transport.kill(first);
    default:
      return transport.quit();
  }
}

async function happen(node: MockNode, event: string): Promise<void> {
  const [word, argument = '0'] = event.split(' ');
  if (word === 'wait') node.pass(Number(argument));
  else if (word === 'beat') await node.beat(Number(argument));
}

/** Without words, one errno stands for several reasons: what is refused is the same, not why. */
function comparable(line: string, hasWords: boolean): string {
  return hasWords ? line : line.replace(/^(ERR \S+) .*?( path=\S+)?( error=.*)?$/, '$1$2');
}

async function play(name: string, transport: Transport, node: MockNode, hasWords: boolean): Promise<number> {
  let compared = 0;
  for (const step of steps(readFileSync(join(FOLDER, name), 'utf8'))) {
    if (step.event !== undefined) await happen(node, step.event);
    if (step.command === undefined || isOfConsole(step)) continue;
    const answer = await run(transport, step.command);
    const place = `${name}: ${step.command}`;
    // The transcripts count the heartbeats of all workers together.
    const known = (line: string): string => comparable(line, hasWords).replace(/heartbeat \d+/g, 'heartbeat');
    if (tellsOfTransport(step.command)) expect(answer.ack.line.slice(0, 6), place).toBe(step.ack?.slice(0, 6));
    else {
      expect(known(answer.ack.line), place).toBe(known(step.ack ?? ''));
      expect(answer.lines.map(known), place).toEqual(step.lines?.map(known));
    }
    compared += 1;
  }
  return compared;
}

const served: Served[] = [];
afterEach(async () => {
  for (const one of served.splice(0)) await one.close();
});

describe('golden transcripts of the console', () => {
  it.each(FILES)('%s on the mock', async (name) => {
    const node = await mockNode({ clock: fixedClock() });
    const transport = mockTransport({ node });
    expect(await play(name, transport, node, true)).toBeGreaterThan(0);
    await transport.close();
  });

  it.each(FILES)('%s over 9P on TCP', async (name) => {
    const node = await mockNode({ clock: fixedClock() });
    const server = await serveNine(node);
    served.push(server);
    const transport = nineTransport({ port: server.port });
    expect(await play(name, transport, node, true)).toBeGreaterThan(0);
    await transport.close();
  });

  it.each(FILES)('%s in 9P2000', async (name) => {
    const node = await mockNode({ clock: fixedClock() });
    const transport = mockTransport({ node, dialect: '9P2000' });
    expect(await play(name, transport, node, true)).toBeGreaterThan(0);
    await transport.close();
  });

  it.each(FILES)('%s in 9P2000.L, whose refusals are numbers', async (name) => {
    const node = await mockNode({ clock: fixedClock() });
    const transport = mockTransport({ node, dialect: '9P2000.L' });
    expect(await play(name, transport, node, false)).toBeGreaterThan(0);
    await transport.close();
  });
});
