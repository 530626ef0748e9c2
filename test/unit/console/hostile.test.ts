// SPDX-License-Identifier: Apache-2.0
/** A NineDoor that answers anything at all: the console neither traps nor hangs, and still answers every line. */
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import type { LinearMemory, Message } from '../../sim/component.ts';
import { SimConsole, type Supervisor } from '../../sim/console.ts';
import { simulationModules, type Modules } from '../../support/build.ts';

const PROMPT = 'cohesix> ';
const P9_OPEN = 2n;
const P9_FRAME = 3n;

let modules: Modules;
beforeAll(async () => {
  modules = await simulationModules();
});

/** NineDoor runs, says the supervisor. */
const running: Supervisor = () => ({ label: 0n, words: [1n, ...Array.from({ length: 13 }, () => 0n)] });

function withServer(
  answer: (message: Message, request: Uint8Array) => { label: bigint; bytes: Uint8Array },
): SimConsole {
  const names = modules.constants('console');
  const offset = Number(names['CONSOLE_9P_OFFSET']);
  const half = Number(names['CONSOLE_9P_BYTES']) / 2;
  const ninedoor = (message: Message, memory: LinearMemory): Message => {
    const size = Number(message.words[0] ?? 0n);
    const { label, bytes } = answer(message, memory.bytes.slice(offset, offset + size));
    if (message.label === P9_OPEN) return { label, words: [1n] };
    memory.bytes.set(bytes.subarray(0, half), offset + half);
    return { label, words: [BigInt(bytes.length)] };
  };
  const console = new SimConsole(modules, running, { ninedoor, counter: () => 0n });
  console.start();
  return console;
}

/** The frame of a reply to a request: its tag, and the size that it has. */
function frame(type: number, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(7 + body.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, true);
  bytes[4] = type;
  view.setUint16(5, 1, true);
  bytes.set(body, 7);
  return bytes;
}

const COMMANDS = [
  'attach queen',
  'ls /',
  'cat /a',
  'tail /log/queen.log',
  'log',
  'echo /a b',
  'spawn x',
  'kill y',
  'quit',
];

const raw = fc.record({ label: fc.bigInt(0n, 7n), bytes: fc.uint8Array({ maxLength: 64 }), typed: fc.constant(false) });
/** Right in its header, and for the request's type. */
const typed = fc.record({ label: fc.constant(0n), bytes: fc.uint8Array({ maxLength: 80 }), typed: fc.constant(true) });
const replies = fc.array(fc.oneof({ weight: 1, arbitrary: raw }, { weight: 4, arbitrary: typed }), {
  minLength: 1,
  maxLength: 40,
});

it('answers every line', () => {
  fc.assert(
    fc.property(
      replies,
      fc.array(fc.constantFrom(...COMMANDS), { minLength: 1, maxLength: 12 }),
      (script, commands) => {
        let next = 0;
        const console = withServer((message, request) => {
          const reply = script[next++ % script.length]!;
          if (message.label !== P9_FRAME || !reply.typed) return reply;
          return { label: 0n, bytes: frame((request[4] ?? 0) + 1, reply.bytes) };
        });
        for (const command of ['attach queen', ...commands]) {
          const output = console.type(`${command}\r`);
          expect(output.startsWith(`${command}\r\n`) && output.endsWith(PROMPT)).toBe(true);
          expect(output).toMatch(/^(OK|ERR) [A-Z]+/m);
        }
      },
    ),
    { numRuns: 150, seed: 20_250_102 },
  );
});

it('a file without an end is given up', () => {
  const body = new Uint8Array(4 + 8064);
  new DataView(body.buffer).setUint32(0, 8064, true);
  const walked = new Uint8Array([1, 0, ...Array.from({ length: 13 }, () => 0)]);
  const console = withServer((message, request) => {
    if (message.label !== P9_FRAME) return { label: 0n, bytes: new Uint8Array() };
    const type = request[4] ?? 0;
    return { label: 0n, bytes: frame(type + 1, type === 116 ? body : type === 110 ? walked : new Uint8Array(17)) };
  });
  console.type('attach queen\r');
  expect(console.type('cat /a\r')).toContain('ERR CAT reason=policy detail=closed');
});

it('a reply that says it holds more than it does is none', () => {
  const short = new Uint8Array(4 + 3);
  new DataView(short.buffer).setUint32(0, 5000, true);
  const walked = new Uint8Array([1, 0, ...Array.from({ length: 13 }, () => 0)]);
  const console = withServer((message, request) => {
    if (message.label !== P9_FRAME) return { label: 0n, bytes: new Uint8Array() };
    const type = request[4] ?? 0;
    return { label: 0n, bytes: frame(type + 1, type === 116 ? short : type === 110 ? walked : new Uint8Array(17)) };
  });
  console.type('attach queen\r');
  expect(console.type('cat /a\r')).toContain('ERR CAT reason=policy detail=closed');
});
