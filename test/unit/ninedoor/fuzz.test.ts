// SPDX-License-Identifier: Apache-2.0
/**
 * Requests of every kind against the very wasm that ships. NINEDOOR_FUZZ_FRAMES and NINEDOOR_FUZZ_SEED choose how many
 * and which.
 */
import { expect, it } from 'vitest';
import { nineDoorModule } from './build.ts';
import { Client } from './client.ts';
import { splitReplies } from './frames.ts';
import { Generator, Random } from './generator.ts';
import { Machine } from './machine.ts';
import { KEYS } from './tickets.ts';

const FRAMES = Number(process.env.NINEDOOR_FUZZ_FRAMES ?? 1_000_000);
const SEED = Number(process.env.NINEDOOR_FUZZ_SEED ?? 20_260_101);
const SESSIONS = 4;
/** Frames after which the machine is started anew. */
const ROUND = 50_000;

/** Whether replies answer the frames at the start of the request in order. */
function answersInOrder(request: Buffer, replies: readonly { tag: number }[]): boolean {
  let at = 0;
  for (const reply of replies) {
    if (request.readUInt16LE(at + 5) !== reply.tag) return false;
    at += request.readUInt32LE(at);
  }
  return at <= request.length;
}

function playRound(module: WebAssembly.Module, random: Random, frames: number): void {
  const machine = new Machine(module, { keys: KEYS });
  machine.seedGpu('GPU-0', 8192, 4, '{"id":"GPU-0"}');
  const memoryBytes = machine.exports.memory.buffer.byteLength;
  const dialects = ['compact', 'linux', 'classic', 'linux'] as const;
  const generators = dialects.map((dialect) => new Generator(random, dialect));
  let sessions = dialects.map((dialect) => new Client(machine, dialect).attach().session);
  for (let i = 0; i < frames; i++) {
    const index = random.below(SESSIONS);
    const request = (generators[index] as Generator).next();
    const before = machine.exports.requestCount();
    const replies = splitReplies(machine.serve(sessions[index] as number, request));
    const came = Number(machine.exports.requestCount() - before);
    if (replies.length > came || !answersInOrder(request, replies)) {
      throw new Error(`seed ${SEED}, frame ${i}: ${request.toString('hex')} got ${replies.length} replies`);
    }
    if (random.below(2000) === 0) machine.advance(BigInt(random.below(3000)));
    if (random.below(5000) === 0) {
      machine.close(sessions[index] as number);
      sessions = sessions.map((id, at) => (at === index ? machine.open() : id));
    }
  }
  const { exports } = machine;
  expect(exports.requestCount()).toBe(exports.replyCount() + exports.dropCount());
  expect(exports.memory.buffer.byteLength).toBe(memoryBytes);
  // Whatever happened, a new queen is served, and what clients sent of tickets is in no line of the server's own.
  const queen = new Client(machine).attach();
  expect(queen.list('/')).toContain('proc');
  const own = queen
    .read('/log/queen.log')
    .split('\n')
    .filter((line) => /^(control-write|attach|ui-ticket) /.test(line));
  expect(own.length).toBeGreaterThan(0);
  expect(own.filter((line) => /cohesix-ticket-[0-9a-f]/.test(line))).toEqual([]);
}

it(
  `${FRAMES} frames: no trap, every frame answered or dropped, memory as it was`,
  async () => {
    const module = await nineDoorModule();
    const random = new Random(SEED);
    for (let done = 0; done < FRAMES; done += ROUND) playRound(module, random, Math.min(ROUND, FRAMES - done));
  },
  Math.max(600_000, FRAMES),
);
