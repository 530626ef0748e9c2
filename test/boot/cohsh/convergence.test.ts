// SPDX-License-Identifier: Apache-2.0
/**
 * One session, four ways: typed on the serial console of the booted image, and through cohsh over its TCP console, over Secure9P and
 * against the mock. The acknowledgements are the same lines, those of the golden file.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Conversation } from 'qemu-wasm-runner';
import {
  acksIn,
  attachQueen,
  BUILD_TIMEOUT_MS,
  cohsh,
  cohshImage,
  flagsTo,
  RUN_TIMEOUT_MS,
  TRANSPORTS,
  withNode,
} from './cohsh.ts';

const GOLDEN = join(import.meta.dirname, 'convergence.txt');
/** 53 bytes, as in the transcripts of the older clients: attach, log, this, telemetry, quit are theirs. */
const SPAWN = '{"spawn":"heartbeat","ticks":100,"budget":{"ops":99}}';

/** In cohsh's words, and in the console's where those are others. */
const SESSION: readonly { cohsh: string; console?: string }[] = [
  { cohsh: 'attach queen' },
  { cohsh: 'log', console: 'tail /log/queen.log' },
  { cohsh: 'ls /' },
  { cohsh: 'ls /worker' },
  { cohsh: 'ls /nowhere' },
  { cohsh: 'ls /proc/boot' },
  { cohsh: 'cat /proc/lifecycle/state' },
  { cohsh: 'cat /proc/ingest/unsupported' },
  { cohsh: 'cat /log' },
  { cohsh: 'tail /proc/boot' },
  { cohsh: 'echo one line > /log/queen.log', console: 'echo /log/queen.log one line' },
  { cohsh: 'echo x > /proc/boot', console: 'echo /proc/boot x' },
  { cohsh: 'echo nonsense > /queen/ctl', console: 'echo /queen/ctl nonsense' },
  { cohsh: `echo ${SPAWN} > /queen/ctl`, console: `echo /queen/ctl ${SPAWN}` },
  {
    cohsh: 'spawn heartbeat ticks=50 ttl_s=60',
    console: 'spawn {"spawn":"heartbeat","ticks":50,"budget":{"ttl_s":60}}',
  },
  { cohsh: 'ls /worker' },
  { cohsh: 'tail /worker/worker-1/telemetry' },
  { cohsh: 'ls /shard/13/worker' },
  { cohsh: 'kill worker-2' },
  { cohsh: 'kill worker-2' },
  { cohsh: 'kill worker-1' },
  { cohsh: 'tail /worker/worker-1/telemetry' },
  {
    cohsh: 'echo {"new":"segment"} > /queen/telemetry/dev-1/ctl',
    console: 'echo /queen/telemetry/dev-1/ctl {"new":"segment"}',
  },
  {
    cohsh: 'echo a record > /queen/telemetry/dev-1/seg/seg-000001',
    console: 'echo /queen/telemetry/dev-1/seg/seg-000001 a record',
  },
  { cohsh: 'cat /queen/telemetry/dev-1/seg/seg-000001' },
  { cohsh: 'cat /queen/telemetry/dev-1/latest' },
  { cohsh: 'ping' },
  { cohsh: 'quit' },
];

/** Acknowledgements by way. */
const answered = new Map<string, string[]>();

async function throughCohsh(flags: readonly string[], attach: string): Promise<string[]> {
  const lines = SESSION.map(({ cohsh: line }) => (line === 'attach queen' ? attach : line));
  const { out } = await cohsh(flags, lines);
  return acksIn(out);
}

async function onSerial(console: Conversation): Promise<string[]> {
  const acks: string[] = [];
  for (const { cohsh: line, console: typed = line } of SESSION) {
    console.send(`${typed}\r`);
    const answer = await console.expect(/^(?:OK|ERR) [A-Z]+(?: .*)?\r\n[^]*?^cohesix> /, 10_000);
    acks.push(...acksIn(answer[0]));
  }
  return acks;
}

beforeAll(() => cohshImage(), BUILD_TIMEOUT_MS);

it(
  'the serial console',
  () => withNode('convergence/serial', async ({ console }) => void answered.set('serial', await onSerial(console))),
  RUN_TIMEOUT_MS,
);

it.each(TRANSPORTS)(
  'cohsh over %s',
  (transport) =>
    withNode(`convergence/${transport}`, async ({ ports }) => {
      answered.set(transport, await throughCohsh(flagsTo(transport, ports), attachQueen(transport)));
    }),
  RUN_TIMEOUT_MS,
);

it(
  'cohsh with the mock',
  async () => void answered.set('mock', await throughCohsh(flagsTo('mock'), attachQueen('mock'))),
  RUN_TIMEOUT_MS,
);

it('all give the acknowledgements of the golden file', () => {
  expect([...answered.keys()].sort()).toEqual(['9p', 'mock', 'serial', 'tcp']);
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(GOLDEN, `${(answered.get('serial') ?? []).join('\n')}\n`);
  const golden = readFileSync(GOLDEN, 'utf8').trimEnd().split('\n');
  for (const [way, acks] of answered) expect({ way, acks }).toEqual({ way, acks: golden });
});

afterAll(() => answered.clear());
