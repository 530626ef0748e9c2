// SPDX-License-Identifier: Apache-2.0
/** Files of any size and content, from a server of one file: the whole of it is shown, on the serial line and on the wire. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { LinearMemory, Message } from '../../sim/component.ts';
import { SimConsole, type Supervisor } from '../../sim/console.ts';
import { simulationModules, type Modules } from '../../support/build.ts';

const P9_OPEN = 2n;
const P9_FRAME = 3n;

let modules: Modules;
beforeAll(async () => {
  modules = await simulationModules();
});

const running: Supervisor = () => ({ label: 0n, words: [1n, ...Array.from({ length: 13 }, () => 0n)] });

interface Served {
  console: SimConsole;
  /** Offset and count of each read. */
  reads: [number, number][];
}

/** A server whose only file, whatever its path, is `content`. */
function serving(content: Uint8Array, isDirectory = false): Served {
  const names = modules.constants('console');
  const offset = Number(names['CONSOLE_9P_OFFSET']);
  const half = Number(names['CONSOLE_9P_BYTES']) / 2;
  const reads: [number, number][] = [];
  const body = (request: Buffer): Buffer => {
    const type = request[4];
    if (type === 110) {
      const count = request.readUInt16LE(15);
      const qid = Buffer.alloc(13);
      if (isDirectory) qid[0] = 0x80;
      const head = Buffer.alloc(2);
      head.writeUInt16LE(count);
      return Buffer.concat([head, ...Array.from({ length: count }, () => qid)]);
    }
    if (type === 24) {
      const attributes = Buffer.alloc(153);
      attributes.writeBigUInt64LE(BigInt(content.length), 49);
      return attributes;
    }
    if (type !== 116) return Buffer.alloc(17);
    const at = Number(request.readBigUInt64LE(11));
    const count = request.readUInt32LE(19);
    reads.push([at, count]);
    const data = content.subarray(at, at + count);
    const head = Buffer.alloc(4);
    head.writeUInt32LE(data.length);
    return Buffer.concat([head, data]);
  };
  const ninedoor = (message: Message, memory: LinearMemory): Message => {
    if (message.label === P9_OPEN) return { label: 0n, words: [1n] };
    if (message.label !== P9_FRAME) return { label: 0n, words: [0n] };
    const request = Buffer.from(memory.bytes.slice(offset, offset + Number(message.words[0])));
    const reply = body(request);
    const frame = Buffer.alloc(7 + reply.length);
    frame.writeUInt32LE(frame.length);
    frame[4] = (request[4] ?? 0) + 1;
    frame.writeUInt16LE(1, 5);
    reply.copy(frame, 7);
    memory.bytes.set(frame, offset + half);
    return { label: 0n, words: [BigInt(frame.length)] };
  };
  const console = new SimConsole(modules, running, { ninedoor, counter: () => 0n });
  console.start();
  return { console, reads };
}

function lines(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `line ${i} ${'abcdefgh'.repeat(i % 12)}`);
}

describe('cat', () => {
  it.each([1, 10, 50, 80, 100, 150, 200, 1000, 5000])('%i lines', (count) => {
    const expected = lines(count);
    const content = Buffer.from(`${expected.join('\n')}\n`);
    const { console, reads } = serving(content);
    const answer = console.net.login('attach queen').send('cat /f');
    expect(answer[0]).toMatch(/^OK CAT path=\/f data=.*line \d+/);
    expect(answer.slice(1)).toEqual([...expected, 'END']);
    // What fits in one read is not read again, and nothing is read twice but a piece for the summary.
    if (content.length <= 4032) expect(reads).toHaveLength(1);
    const bytes = reads.reduce((sum, [at, size]) => sum + Math.min(size, Math.max(0, content.length - at)), 0);
    expect(bytes).toBeLessThanOrEqual(content.length + 2048 + 8064);
    console.type('attach queen\r');
    const typed = console.type('cat /f\r').split('\r\n');
    expect(typed.slice(2, -1)).toEqual(answer.slice(1));
    expect(typed[1]).toBe(answer[0]);
  });

  it('the summary of a long file has its last lines', () => {
    const { console } = serving(Buffer.from(`${lines(5000).join('\n')}\nlast but one\nlast\n`));
    expect(console.net.login('attach queen').send('cat /f')[0]).toMatch(/\|last but one\|last$/);
  });

  it.each([0, 1, 167, 168, 169, 4031, 4032, 4033, 8063, 8064, 8065, 30_000])('%i bytes that are no text', (size) => {
    const content = Buffer.from(Array.from({ length: size }, (_, i) => (i * 7) & 0xff));
    content[0] = 0;
    const answer = serving(content).console.net.login('attach queen').send('cat /f');
    const body = answer.slice(1, -1);
    if (size === 0) expect(body).toEqual([]);
    else {
      expect(body[0]!.startsWith('b64:')).toBe(true);
      expect(Buffer.from(body.join('').slice(4), 'base64').equals(content)).toBe(true);
      expect(answer[0]).toMatch(/ data=b64:[A-Za-z0-9+/]*=*$/);
    }
  });

  it('a long line becomes several on the wire, between characters, and one on the serial line', () => {
    const line = `x${'äöü€😀'.repeat(900)}`;
    const content = Buffer.from(`first\n${line}\n\nlast`);
    const { console } = serving(content);
    const body = console.net.login('attach queen').send('cat /f').slice(1, -1);
    expect(body[0]).toBe('first');
    expect(body.at(-1)).toBe('last');
    expect(body.slice(1, -1).join('')).toBe(line);
    for (const part of body) expect(Buffer.byteLength(part)).toBeLessThanOrEqual(256);
    console.type('attach queen\r');
    const typed = Buffer.from(console.type('cat /f\r'), 'latin1').toString();
    expect(typed.split('\r\n').slice(2)).toEqual(['first', line, '', 'last', 'END', 'cohesix> ']);
  });

  it('a client that reads slowly gets all of it', () => {
    const expected = lines(1000);
    const client = serving(Buffer.from(expected.join('\n'))).console.net.login('attach queen');
    client.isStalled = true;
    const answer = client.send('cat /f', 'ping');
    // Bounded: a client that gets nothing any more ends the test.
    for (let more = 1; answer.at(-1) !== 'END' && more > 0;) {
      const lines = client.resume();
      more = lines.length;
      answer.push(...lines);
      client.isStalled = true;
    }
    // The ping was answered in between.
    const shown = answer.filter((line) => line !== 'PONG' && !line.startsWith('OK PING'));
    expect(answer.length - shown.length).toBe(2);
    expect(shown.slice(1)).toEqual([...expected, 'END']);
  });
});

it.each([0, 1, 500, 5000])('ls of %i names', (count) => {
  const names = Array.from({ length: count }, (_, i) => `name-${i}`);
  const content = Buffer.from(names.map((name) => `${name}\n`).join(''));
  const answer = serving(content, true).console.net.login('attach queen').send('ls /d');
  expect(answer).toEqual([`OK LS path=/d entries=${count}`, ...names, 'END']);
});

describe('tail', () => {
  it.each([0, 1, 63, 64, 65, 100, 500, 5000])('of %i lines, backwards and forwards', (count) => {
    const all = lines(count);
    const content = Buffer.from(all.map((line) => `${line}\n`).join(''));
    const client = serving(content).console.net.login('attach queen');
    for (const path of ['/log/queen.log', '/worker/worker-1/telemetry']) {
      expect(client.send(`tail ${path}`)).toEqual([`OK TAIL path=${path}`, ...all.slice(-64), 'END']);
    }
  });

  it('shows nothing that a terminal obeys', () => {
    const hostile = Buffer.from('a\u009b2Jb\x1bc é\t\u009f\n');
    const shown = 'a??2Jb?c é\t??';
    const { console: machine } = serving(Buffer.concat([hostile, Buffer.from([0x9b, 0x41, 0x0a])]));
    const client = machine.net.login('attach queen');
    expect(client.send('tail /log/queen.log').slice(1, -1)).toEqual([shown, '?A']);
  });

  it('of lines that are longer than a read', () => {
    const all = Array.from({ length: 70 }, (_, i) => `${i} ${'y'.repeat(2500)}`);
    const client = serving(Buffer.from(all.map((line) => `${line}\n`).join(''))).console.net.login('attach queen');
    const body = client.send('tail /log/queen.log').slice(1, -1);
    expect(body.join('')).toBe(all.slice(-64).join(''));
  });
});
