// SPDX-License-Identifier: Apache-2.0
/** Roles have one numbering, and a worker's is that of its pool: the order of pools in the manifest means nothing. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { ROLES } from '../../../compiler/src/manifest/schema/core.ts';
import { SimRootTask } from '../../sim/roottask.ts';
import { SimSystem } from '../../sim/system.ts';
import { type Modules, ROOT, simulationModules } from '../../support/build.ts';

const SPAWN = 3n;
const ENDED = 6n;
const WORKERS = 7n;
const LAST_FAULT = 8n;
const OK = 0n;
const INVALID = 1n;
const TTL_EXPIRED = 1n;
/** The kernel's label of a fault message. */
const VM_FAULT = 5n;
/** The root task's bit in a domain's events. */
const POKE = 1n;
/** Counts of the simulated counter in a millisecond. */
const MS = 62_500n;

it('the compiler and the image number the roles in the same way', () => {
  const source = readFileSync(join(ROOT, 'lib/protocol/roles.ts'), 'utf8');
  const labels = /LABELS.*?= \[(.*)\]/.exec(source)?.[1] ?? '';
  expect([...labels.matchAll(/'([\w-]+)'/g)].map(([, label]) => label)).toEqual(ROLES);
  const numbers = [...source.matchAll(/^export const (\w+): u32 = (\d+);$/gm)];
  expect(numbers.map(([, name, number]) => [name, Number(number)])).toEqual([
    ...ROLES.map((role, number) => [role.toUpperCase().replaceAll('-', '_'), number]),
    ['ROLES', ROLES.length],
  ]);
});

describe('pools in another order', () => {
  let modules: Modules;

  /** The default domains, the pools turned around and under other names, before the static domains. */
  function manifest(): string {
    const text = readFileSync(join(ROOT, 'configs/root_task_domains.toml'), 'utf8');
    const [head = '', ...entries] = text.split('[[protection.domains]]\n');
    const last = entries.pop() ?? '';
    const rest = last.indexOf('# ---- Channels');
    const domains = [...entries, last.slice(0, rest)];
    const isPool = (entry: string): boolean => entry.includes('pool = true');
    const ordered = [...domains.filter(isPool).reverse(), ...domains.filter((entry) => !isPool(entry))];
    const folder = join(ROOT, 'out/test/pools');
    mkdirSync(folder, { recursive: true });
    const path = join(folder, 'manifest.toml');
    const channels = `\n[telemetry]\nframe_schema = "cbor-v1"\n\n${last.slice(rest)}`;
    const whole = [head, ...ordered.map((entry) => `[[protection.domains]]\n${entry}`), channels].join('');
    writeFileSync(path, whole);
    return path;
  }

  beforeAll(async () => {
    modules = await simulationModules(manifest(), 'pools');
  });
  const named = (name: string): number => modules.layout.domains.find((d) => d.name === name)?.firstInstance ?? NaN;
  const roleOf = (instance: number): string | undefined =>
    modules.layout.domains.find((d) => instance >= d.firstInstance && instance < d.firstInstance + d.instances)?.role;

  it('a worker runs in the pool of its role, and the list of workers says so', () => {
    expect(modules.layout.domains[0]?.role).toBe('worker-lora');
    const root = new SimRootTask(modules.roottask);
    root.start();
    const server = named('ninedoor');
    const workers = ROLES.map((role, n) => [role, BigInt(n)] as const).slice(1);
    for (const [role, number] of workers) {
      const { label, words } = root.call(server, SPAWN, [number, 0n, 0n, 0n]);
      expect([label, roleOf(Number(words[1]))]).toEqual([OK, role]);
    }
    const { words } = root.call(server, WORKERS, [0n]);
    const listed = workers.map((_, n) => words.slice(2 + 6 * n, 2 + 6 * n + 3).map(Number));
    for (const [instance = NaN, , role = NaN] of listed) expect(ROLES[role]).toBe(roleOf(instance));
  });

  it.each([
    ['the queen', 0n],
    ['a role that there is none of', BigInt(ROLES.length)],
    ['no role at all, as static domains have it', 2n ** 64n - 1n],
  ])('no worker is spawned for %s', (_, role) => {
    const root = new SimRootTask(modules.roottask);
    root.start();
    expect(root.call(named('ninedoor'), SPAWN, [role, 0n, 0n, 0n]).label).toBe(INVALID);
  });

  it('what comes behind the pools is told of ends, and keeps its last fault', () => {
    const root = new SimRootTask(modules.roottask);
    root.start();
    const server = named('ninedoor');
    // Its x1 is its number.
    const events = root.kernel.threads().find(({ registers }) => registers[3] === BigInt(server))?.events;
    if (events === undefined) throw new Error('NineDoor has no events');
    // The watchdog pokes as well, but not again so soon.
    root.advance(50n * MS);
    expect(root.call(server, SPAWN, [1n, 0n, 1n, 0n]).label).toBe(OK);
    events.signals = 0n;
    root.advance(20n * MS);
    expect(events.signals & POKE).toBe(POKE);
    expect(root.call(server, ENDED).words.slice(0, 3)).toEqual([1n, 1n, TTL_EXPIRED]);
    root.fault(named('net'), VM_FAULT, [0x40100n, 0x10n, 0n, 0n]);
    expect(root.call(named('console'), LAST_FAULT, [BigInt(named('net'))]).label).toBe(OK);
  });

  it('NineDoor spawns the right worker, and knows its role again when it was started again', () => {
    const system = new SimSystem(modules);
    system.type('attach queen\r');
    expect(system.type('spawn {"spawn":"heartbeat","ticks":9}\r')).toContain('OK SPAWN');
    expect(roleOf(system.workers.get(1n) ?? NaN)).toBe('worker-heartbeat');
    system.restartNineDoor();
    expect(system.beat(1n, 1n)).toBe(OK);
    system.type('attach queen\r');
    const shown = [...system.type('cat /worker/worker-1/telemetry\r').matchAll(/b64:([A-Za-z0-9+/=]+)/g)];
    expect(Buffer.from(shown.at(-1)?.[1] ?? '', 'base64').toString('latin1')).toContain('worker-heartbeat');
  });
});
