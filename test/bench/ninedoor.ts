// SPDX-License-Identifier: Apache-2.0
/**
 * NineDoor's speed in Node: messages a second for walk + open + read + clunk of a small file, and for getattr. A part of
 * bench.ts; run by itself it prints one JSON object a line.
 */
import { fileURLToPath } from 'node:url';
import { frame, NO_FID, NO_TAG, u16, u32, u64 } from '../unit/ninedoor/frames.ts';
import { nineDoorModule } from '../unit/ninedoor/build.ts';
import { Machine } from '../unit/ninedoor/machine.ts';

const RUN_MS = 2000;

export interface Speed {
  name: string;
  messages: number;
  elapsed_ms: number;
  messages_per_s: number;
}

function measure(name: string, machine: Machine, session: number, requests: readonly Buffer[]): Speed {
  const { exports } = machine;
  const memory = machine.memory();
  const at = exports.requestBuffer();
  const reply = exports.replyBuffer();
  // Each request stays in the buffer of the transport: one place for each.
  const places = requests.map((request, index) => {
    const place = at + 128 * index;
    memory.set(request, place);
    return { place, bytes: request.length };
  });
  const once = (): void => {
    for (const { place, bytes } of places) exports.serve(session, place, bytes, reply, 8192);
  };
  const check = (): void => {
    for (const { place, bytes } of places) {
      const size = exports.serve(session, place, bytes, reply, 8192);
      const type = memory[reply + 4];
      if (size === 0 || type === 7 || type === 107) throw new Error(`${name}: a request was refused`);
    }
  };
  check();
  for (let i = 0; i < 20_000; i++) once();
  let rounds = 0;
  const start = performance.now();
  let elapsed = 0;
  do {
    for (let i = 0; i < 1000; i++) once();
    rounds += 1000;
    elapsed = performance.now() - start;
  } while (elapsed < RUN_MS);
  check();
  const messages = rounds * requests.length;
  return {
    name,
    messages,
    elapsed_ms: Math.round(elapsed),
    messages_per_s: Math.round((1000 * messages) / elapsed),
  };
}

export async function nineDoorSpeeds(): Promise<Speed[]> {
  const machine = new Machine(await nineDoorModule());
  const session = machine.open();
  machine.serve(session, frame(100, NO_TAG, u32(8192), '9P2000.L'));
  machine.serve(session, frame(104, 1, u32(0), u32(NO_FID), 'queen', '', u32(NO_FID)));
  const file = [
    frame(110, 1, u32(0), u32(1), u16(2), 'proc', 'boot'),
    frame(12, 2, u32(1), u32(0)),
    frame(116, 3, u32(1), u64(0n), u32(4096)),
    frame(120, 4, u32(1)),
  ];
  const getattr = [frame(24, 1, u32(0), u64(0x7ffn))];
  return [measure('walk+open+read+clunk', machine, session, file), measure('getattr', machine, session, getattr)];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const speed of await nineDoorSpeeds()) console.log(JSON.stringify(speed));
  process.exit(0);
}
