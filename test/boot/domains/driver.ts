// SPDX-License-Identifier: Apache-2.0
/**
 * Talks to the test image over its console: calls to the root task's test service and to the supervisor, carried by `echo`
 * (assembly/console), and the lines that the supervisor logs. The labels are those of assembly/roottask/service.ts and
 * lib/protocol/supervisor.ts.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Conversation,
  type MachineOptions,
  type Running,
  ticksToInstructions,
  withMachine,
} from 'qemu-wasm-runner';
import { ROLES } from '../../../compiler/src/manifest/schema/core.ts';
import { ROOT } from '../../support/build.ts';

export const LABEL = { ok: 0, invalid: 1, notFound: 2, busy: 3, closed: 5 } as const;
const SUPERVISOR = { domain: 2, spawn: 3, kill: 4 } as const;
const TEST = {
  crash: 4096,
  revive: 4097,
  crashRoot: 4098,
  cycle: 4099,
  times: 4100,
  audit: 4101,
  footprint: 4102,
} as const;

/** States of an instance (roottask/supervisor/instances.ts). */
export const STATE = { running: 1, backingOff: 2, givenUp: 3 } as const;

/** In one call of the test service: the root task does nothing else meanwhile, and watchdogs run. */
const CYCLES_AT_ONCE = 100;

type Role = (typeof ROLES)[number];
export const WORKER_ROLES = ROLES.filter((role) => role !== 'queen');

/** Instance numbers of the static domains: their order in the manifest. */
export const DOMAINS = ['uart', 'net', 'ninedoor', 'console'] as const;

const FAULTS_FOLDER = 'test/boot/domains/assembly';

export interface Fault {
  name: string;
  /** Number in assembly/lib/faults.ts and domain-faults.ts. */
  code: number;
  /** What the supervisor calls it. */
  kind: string;
}

/** Faults of every component, in the root task too. */
export const COMMON_FAULTS: readonly Fault[] = [
  { name: 'out-of-bounds', code: 1, kind: 'out of bounds memory access' },
  { name: 'divide', code: 2, kind: 'integer divide by zero' },
  { name: 'overflow', code: 3, kind: 'integer overflow' },
  { name: 'unreachable', code: 4, kind: 'unreachable' },
  { name: 'table', code: 5, kind: 'out of bounds table access' },
  { name: 'signature', code: 6, kind: 'indirect call type mismatch' },
  { name: 'stack', code: 7, kind: 'stack overflow' },
];

export const DOMAIN_FAULTS: readonly Fault[] = [
  ...COMMON_FAULTS,
  { name: 'capability', code: 9, kind: 'capability fault' },
  { name: 'system-call', code: 10, kind: 'unknown system call' },
  { name: 'null', code: 11, kind: 'invalid address' },
];

export const HANG = 8;
/** Added to a fault of NineDoor: while a client waits for the answer. */
export const IN_CALL = 256;

/** `file:line` of all the places that a fault of the component may be reported at. */
export function placesOf(component: string, fault: string): string[] {
  const files = ['lib/faults.ts', 'lib/domain-faults.ts', `${component}/index.ts`];
  return files.flatMap((file) => {
    const path = `${FAULTS_FOLDER}/${file}`;
    const lines = readFileSync(join(ROOT, path), 'utf8').split('\n');
    return lines.flatMap((text, n) => (text.endsWith(`// fault: ${fault}`) ? [`${path}:${n + 1}`] : []));
  });
}

export function checkPlace(what: string, places: readonly string[], at: string | undefined): void {
  assert.ok(places.includes(at ?? ''), `${what}: reported at ${at}, but it is at ${places.join(' or ')}`);
}

export interface Reply {
  label: number;
  words: number[];
}

type SixNumbers = [number, number, number, number, number, number];

/** A distribution of times: microseconds by the guest's clock, or instructions. */
export interface Times {
  samples: number;
  unit: 'us' | 'instructions';
  min: number;
  p50: number;
  p99: number;
  max: number;
}

export interface DomainInfo {
  state: number;
  generation: number;
  faults: number;
  restarts: number;
  memory_bytes: number;
  beats: number;
}

/** As SPAWN wants it (lib/protocol/roles.ts). */
function numberOf(role: Role | 'none'): number {
  return role === 'none' ? ROLES.length : ROLES.indexOf(role);
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

export class Driver {
  readonly console: Conversation;

  constructor(console: Conversation) {
    this.console = console;
  }

  async prompt(): Promise<void> {
    await this.console.expect('cohesix> ', 20_000);
  }

  async ping(): Promise<void> {
    this.console.send('ping\r');
    await this.console.expect('OK PING reply=pong');
  }

  private async carry(path: string, words: readonly number[]): Promise<Reply> {
    this.console.send(`echo /${path} ${words.join(' ')}\r`);
    const match = await this.console.expect(/\[test\] label=(\d+) words=([\d,]+)\r\n/, 20_000);
    return { label: Number(match[1]), words: match[2]!.split(',').map(Number) };
  }

  supervisor(label: number, ...words: number[]): Promise<Reply> {
    return this.carry('supervisor', [label, ...words]);
  }

  /** Calls NineDoor; a label that it does not know, so that it refuses as `invalid`. */
  async ninedoor(): Promise<number> {
    return (await this.carry('ninedoor', [99])).label;
  }

  async crash(instance: number, code: number, restarts = 0): Promise<void> {
    assert.equal((await this.supervisor(TEST.crash, instance, code, restarts)).label, LABEL.ok);
  }

  async revive(instance: number): Promise<void> {
    assert.equal((await this.supervisor(TEST.revive, instance)).label, LABEL.ok);
  }

  /** The root task faults; there is no answer. */
  crashRoot(code: number): void {
    this.console.send(`echo /supervisor ${TEST.crashRoot} ${code}\r`);
  }

  async info(instance: number): Promise<DomainInfo> {
    const { label, words } = await this.supervisor(SUPERVISOR.domain, instance);
    assert.equal(label, LABEL.ok);
    const [state, generation, faults, restarts, , memory_bytes, , , , beats] = words as [number, ...number[]];
    return {
      state,
      generation: generation!,
      faults: faults!,
      restarts: restarts!,
      memory_bytes: memory_bytes!,
      beats: beats!,
    };
  }

  /** The line of a fault, with the right domain, generation, kind and source line. */
  async faultLine(name: string, component: string, generation: number, fault: Fault): Promise<void> {
    const head = `\\[fault\\] domain=${escaped(name)} generation=${generation} kind=`;
    const [, kind, at] = await this.console.expect(new RegExp(`${head}(.+?) pc=0x[^\\r]*?(?: at (\\S+))?\\r\\n`));
    const what = `${name}: ${fault.name}`;
    assert.equal(kind, fault.kind, `${what} was reported as ${kind}`);
    checkPlace(what, placesOf(component, fault.name), at);
  }

  async hangLine(name: string, component: string, generation: number): Promise<void> {
    const head = `\\[fault\\] domain=${escaped(name)} generation=${generation} kind=hang waited_ms=`;
    const [, at] = await this.console.expect(new RegExp(`${head}\\d+ pc=0x[^\\r]* at (\\S+)\\r\\n`));
    checkPlace(`${name}: hang`, placesOf(component, 'hang'), at);
  }

  /** The domain waits for its restart, and is then started with the next generation. */
  async restarted(name: string, generation: number, backoff_ms: number): Promise<void> {
    await this.console.expect(`[supervisor] restart domain=${name} generation=${generation} backoff_ms=${backoff_ms}`);
    await this.console.expect(`[supervisor] start domain=${name} generation=${generation + 1}`);
  }

  /** A role that there is none of is refused. */
  spawn(role: Role | 'none', limits: { ticks?: number; ttl_ms?: number; operations?: number } = {}): Promise<Reply> {
    return this.supervisor(
      SUPERVISOR.spawn,
      numberOf(role),
      limits.ticks ?? 0,
      limits.ttl_ms ?? 0,
      limits.operations ?? 0,
    );
  }

  /** Spawns a worker that must run; returns its id and instance. */
  async worker(role: Role, limits = {}): Promise<{ id: number; instance: number }> {
    const { label, words } = await this.spawn(role, limits);
    assert.equal(label, LABEL.ok, 'spawn');
    return { id: words[0]!, instance: words[1]! };
  }

  async kill(id: number): Promise<number> {
    return (await this.supervisor(SUPERVISOR.kill, id)).label;
  }

  /** Spawns and kills so many workers, one after the other, all roles in turn; returns how often that went wrong. */
  async cycles(count: number): Promise<number> {
    let failures = 0;
    for (let n = 0; n < count; n += CYCLES_AT_ONCE) {
      const role = WORKER_ROLES[(n / CYCLES_AT_ONCE) % WORKER_ROLES.length]!;
      const { label, words } = await this.supervisor(TEST.cycle, numberOf(role), Math.min(CYCLES_AT_ONCE, count - n));
      assert.equal(label, LABEL.ok);
      failures += words[0]!;
    }
    return failures;
  }

  /** Times of the spawn and kill pairs so far. With `-icount` the counter counts instructions (docs/qemu.md). */
  async cycleTimes(icount_shift?: number): Promise<Times> {
    const [samples, min, p50, p99, max, hz] = (await this.supervisor(TEST.times)).words as SixNumbers;
    const unit = icount_shift === undefined ? 'us' : 'instructions';
    const scale = (ticks: number): number =>
      icount_shift === undefined ? Math.round((ticks * 1e7) / hz) / 10 : ticksToInstructions(ticks, icount_shift);
    return { samples, unit, min: scale(min), p50: scale(p50), p99: scale(p99), max: scale(max) };
  }

  /** What is in use and what is free, in numbers that must come back to where they were. */
  async audit(): Promise<{
    free_bytes: number;
    slots_left: number;
    worker_slots: number;
    free_places: number;
    places: number;
  }> {
    const words = (await this.supervisor(TEST.audit)).words;
    const [free_bytes, slots_left, worker_slots, free_places, places] = words as [
      number,
      number,
      number,
      number,
      number,
    ];
    return { free_bytes, slots_left, worker_slots, free_places, places };
  }

  /** Bytes that an instance takes: its untyped memory, the objects in it, its slots in the root task. */
  async footprint(instance: number): Promise<{ untyped_bytes: number; object_bytes: number; slot_bytes: number }> {
    const words = (await this.supervisor(TEST.footprint, instance)).words;
    const [untyped_bytes, object_bytes, slot_bytes] = words as [number, number, number];
    return { untyped_bytes, object_bytes, slot_bytes };
  }
}

/** Says what comes next, for whoever watches a long test. */
export function announce(what: string): void {
  process.stdout.write(`  ${what}\n`);
}

/** Boots the image to its prompt and runs `body`. */
export async function withDriver(
  options: MachineOptions & { image: string; name: string; timeout_ms: number; on_reset?: 'end' | 'resume' },
  body: (driver: Driver, running: Running) => Promise<void>,
): Promise<void> {
  announce(`boot ${options.name}`);
  await withMachine(options, async (running) => {
    const driver = new Driver(running.console);
    await driver.prompt();
    await body(driver, running);
    await running.console.quit();
  });
}
