// SPDX-License-Identifier: Apache-2.0
/**
 * The same session gives the same answers over every transport: the golden transcripts of the image's console, played on
 * the client library's transports against NineDoor's own wasm.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  fixedClock,
  mockNode,
  mockTransport,
  nineTransport,
  tcpTransport,
  type Answer,
  type MockNode,
  type Role,
  type Transport,
} from '../../../host/client/index.ts';
import { SimSystem } from '../../sim/system.ts';
import { simulationModules, type Modules } from '../../support/build.ts';
import { frame, onLines, serve, serveNine, type Served } from '../../unit/client/servers.ts';

const FOLDER = join(import.meta.dirname, '../console/transcripts');
const PROMPT = 'cohesix> ';
/** NineDoor going down is the image's business. */
const ALL = readdirSync(FOLDER).sort();
const FILES = ALL.filter((name) => name !== 'restart.txt');

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

/** Reads files that tell of the machine, or of who wrote to it by which way. A refusal to read them is the same everywhere. */
function tellsOfTransport({ command = '', ack = '' }: Step): boolean {
  const file = /^(cat|tail|ls) .*(\/proc\/boot|queen\.log|\/proc\/(pressure|ingest|9p|net|domains|root)|\/kmesg)|^log$/;
  return ack.startsWith('OK ') && file.test(command);
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
    case 'quit':
      return transport.quit();
    default:
      return transport.command(command);
  }
}

/** Whose time passes, and whose workers beat. */
interface World {
  happen(event: string): Promise<void>;
  /** It is the console itself: every command and every word can be compared. */
  isConsole: boolean;
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

const mocked = (node: MockNode): World => ({ happen: (event) => happen(node, event), isConsole: false });

async function play(name: string, transport: Transport, world: World, hasWords: boolean): Promise<number> {
  let compared = 0;
  for (const step of steps(readFileSync(join(FOLDER, name), 'utf8'))) {
    if (step.event !== undefined) await world.happen(step.event);
    if (step.command === undefined || (!world.isConsole && isOfConsole(step))) continue;
    const answer = await run(transport, step.command);
    const place = `${name}: ${step.command}`;
    // The transcripts count the heartbeats of all workers together.
    const known = (line: string): string =>
      comparable(line, hasWords).replace(/\{"tick":\d+,"ts_ms":\d+\}/g, 'heartbeat');
    if (tellsOfTransport(step)) expect(answer.ack.line.slice(0, 6), place).toBe(step.ack?.slice(0, 6));
    else {
      expect(known(answer.ack.line), place).toBe(known(step.ack ?? ''));
      // What a console says besides, when NineDoor is down.
      const lines = step.lines?.filter((line) => !line.startsWith('ERR: '));
      expect(answer.lines.map(known), place).toEqual(lines?.map(known));
    }
    compared += 1;
  }
  return compared;
}

/** The image's own console and NineDoor, at the end of real sockets. */
function serveSystem(system: SimSystem): Promise<Served> {
  return serve((socket) => {
    const connection = system.console.net.open();
    onLines(socket, (line) => {
      for (const answer of connection.send(line)) socket.write(frame(answer));
      if (connection.ended !== undefined) socket.end();
    });
    socket.on('close', () => void (connection.ended === undefined && connection.close()));
  });
}

function simulated(system: SimSystem): World {
  let beats = 0n;
  const happen = (event: string): void => {
    const [word, argument = '0'] = event.split(' ');
    if (word === 'wait') system.advance(BigInt(argument));
    else if (word === 'beat') system.beat(BigInt(argument), ++beats);
    else if (word === 'down') system.isDown = true;
    else if (word === 'restart') system.restartNineDoor();
  };
  return { happen: (event) => Promise.resolve(happen(event)), isConsole: true };
}

let modules: Modules;
beforeAll(async () => {
  modules = await simulationModules();
});

const served: Served[] = [];
afterEach(async () => {
  for (const one of served.splice(0)) await one.close();
});

describe('golden transcripts of the console', () => {
  it.each(FILES)('%s on the mock', async (name) => {
    const node = await mockNode({ clock: fixedClock() });
    const transport = mockTransport({ node });
    expect(await play(name, transport, mocked(node), true)).toBeGreaterThan(0);
    await transport.close();
  });

  it.each(FILES)('%s over 9P on TCP', async (name) => {
    const node = await mockNode({ clock: fixedClock() });
    const server = await serveNine(node);
    served.push(server);
    const transport = nineTransport({ port: server.port });
    expect(await play(name, transport, mocked(node), true)).toBeGreaterThan(0);
    await transport.close();
  });

  it.each(ALL)('%s over the console on TCP', async (name) => {
    const system = new SimSystem(modules);
    const server = await serveSystem(system);
    served.push(server);
    const transport = tcpTransport({ port: server.port, heartbeat_ms: 0 });
    expect(await play(name, transport, simulated(system), true)).toBeGreaterThan(0);
    await transport.close();
  });

  it.each(FILES)('%s in 9P2000', async (name) => {
    const node = await mockNode({ clock: fixedClock() });
    const transport = mockTransport({ node, dialect: '9P2000' });
    expect(await play(name, transport, mocked(node), true)).toBeGreaterThan(0);
    await transport.close();
  });

  it.each(FILES)('%s in 9P2000.L, whose refusals are numbers', async (name) => {
    const node = await mockNode({ clock: fixedClock() });
    const transport = mockTransport({ node, dialect: '9P2000.L' });
    expect(await play(name, transport, mocked(node), false)).toBeGreaterThan(0);
    await transport.close();
  });
});
