// SPDX-License-Identifier: Apache-2.0
/**
 * `make soak`: many clients, consoles and Secure9P mixed, work for minutes, each answer checked. Prints JSON: operations, latencies, what
 * went wrong, and the memory of the domains at the start and at the end. Exit code 0 only without a protocol error, and with flat memory.
 *
 *     --clients N (32)   --minutes M (10)   --pause-ms P (0; between two operations of a client)   --out FILE (out/soak.json)
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { findBoard } from '../../compiler/src/image/boards.ts';
import { readPrefix } from '../../compiler/src/image/prefix.ts';
import { Actor, consoleOperations, nineOperations } from '../boot/network/actor.ts';
import { CONSOLE_PORT, Network, networkImage } from '../boot/network/system.ts';
import { percentile } from '../bench/network.ts';

const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '32' },
    minutes: { type: 'string', default: '10' },
    'pause-ms': { type: 'string', default: '0' },
    out: { type: 'string', default: 'out/soak.json' },
  },
});

/** Time in which all buffers and tables have been used as much as they will be. */
const WARM_UP_PART = 0.1;
/** Devices of /queen/telemetry: as many clients have a file of their own to write to and read back. */
const WRITERS = 16;

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Bytes of heap that each domain has used at most, as the serial console's `mem` gives it. */
async function memory(network: Network): Promise<Record<string, number>> {
  const log = await network.serialCommand('mem', /OK MEM/);
  const lines = [...log.matchAll(/^\[mem\] domain=(\S+) .*heap_used=(\d+)/gm)];
  return Object.fromEntries(lines.map(([, name = '', bytes]) => [name, Number(bytes)]));
}

interface Outcome {
  errors: string[];
  latencies_ms: number[];
}

async function run(actor: Actor, until_ms: number, pause_ms: number, outcome: Outcome): Promise<void> {
  while (performance.now() < until_ms) {
    const started_ms = performance.now();
    try {
      await actor.step();
    } catch (error) {
      outcome.errors.push(`${actor.name}: ${error instanceof Error ? error.message : String(error)}`);
      return;
    }
    outcome.latencies_ms.push(performance.now() - started_ms);
    if (pause_ms > 0) await sleep(pause_ms);
  }
}

async function enter(network: Network, clients: number): Promise<Actor[]> {
  const segments = await network.segments(Math.min(WRITERS, clients), WRITERS);
  const actors: Actor[] = [];
  for (let n = 0; n < clients; n++) {
    const file = segments[n]?.path;
    const client =
      n % 2 === 0
        ? consoleOperations(await network.queen())
        : nineOperations(await network.nine(n % 4 === 1 ? CONSOLE_PORT : undefined));
    actors.push(new Actor(`${client.kind}-${n}`, client, file));
  }
  return actors;
}

async function main(): Promise<number> {
  const [clients, minutes, pause_ms] = [Number(values.clients), Number(values.minutes), Number(values['pause-ms'])];
  const path = process.env['SEL4_PREFIX'];
  const kernel =
    path === undefined || path === ''
      ? { name: 'devkernel' }
      : { name: 'sel4', prefix: readPrefix(path, findBoard('qemu-virt')) };
  say('soak: building the image');
  const image = await networkImage(kernel);
  const duration_ms = minutes * 60_000;
  const network = await Network.start('soak', { ...image, timeout_ms: duration_ms + 120_000 });
  try {
    const actors = await enter(network, clients);
    say(`soak: ${clients} clients for ${minutes} minutes`);
    const outcome: Outcome = { errors: [], latencies_ms: [] };
    const started_ms = performance.now();
    const work = actors.map((actor) => run(actor, started_ms + duration_ms, pause_ms, outcome));
    await sleep(duration_ms * WARM_UP_PART);
    const before = await memory(network);
    await Promise.all(work);
    const after = await memory(network);
    for (const actor of actors) actor.close();
    return report(
      network,
      outcome,
      { clients, minutes, elapsed_s: (performance.now() - started_ms) / 1000 },
      before,
      after,
    );
  } finally {
    await network.stop();
  }
}

function report(
  network: Network,
  { errors, latencies_ms }: Outcome,
  ran: { clients: number; minutes: number; elapsed_s: number },
  before: Record<string, number>,
  after: Record<string, number>,
): number {
  const flat = JSON.stringify(before) === JSON.stringify(after);
  const faults = network.machine.text.split('\n').filter((line) => line.startsWith('[fault]'));
  const result = {
    kernel: network.machine.text.includes('not seL4') ? 'devkernel' : 'sel4',
    ...ran,
    operations: latencies_ms.length,
    operations_per_s: Math.round(latencies_ms.length / ran.elapsed_s),
    p50_ms: percentile(latencies_ms, 0.5),
    p95_ms: percentile(latencies_ms, 0.95),
    p99_ms: percentile(latencies_ms, 0.99),
    max_ms: percentile(latencies_ms, 1),
    errors,
    faults,
    memory: { flat, before, after },
  };
  const text = `${JSON.stringify(result, null, 2)}\n`;
  mkdirSync(dirname(values.out), { recursive: true });
  writeFileSync(values.out, text);
  process.stdout.write(text);
  return errors.length === 0 && faults.length === 0 && flat ? 0 : 1;
}

process.exitCode = await main();
