// SPDX-License-Identifier: Apache-2.0
/** The root task's wasm (the module that ships) on the simulated kernel: boot log, refusals, domains, workers. */
import { beforeAll, describe, expect, it } from 'vitest';
import { Halted } from '../../sim/kernel.ts';
import { SimRootTask } from '../../sim/roottask.ts';
import { simulationModules, VERSION, type Modules } from '../../support/build.ts';

let modules: Modules;

beforeAll(async () => {
  modules = await simulationModules();
});

describe('boot', () => {
  it('prints the markers in order and whole lines', () => {
    const log = new SimRootTask(modules.roottask).start();
    const markers = [
      '[kernel:entry] root-task entry reached',
      'CSpaceCanonicalise',
      '[MARK] boot_state=COLD',
      'BootInfoValidate',
      '[bootinfo:cspace] root=0x0002 init_bits=13 empty=[0x01fb..0x2000)',
      'MemoryLayoutBuild',
      'CSpaceRecord',
      `[BUILD] ${VERSION.version} (${VERSION.commit}) board=`,
      'IPCInstall',
      '[cohesix:root-task] Cohesix boot: root-task online',
      '[cohesix:root-task] manifest.sha256=',
      'UntypedPlan',
      'RetypeCommit',
      '[vspace:map] pl011 paddr=0x09000000 -> vaddr=0xa0000000 attrs=UNCACHED OK',
      '[console] PL011 console online',
      '[clock] counter_hz=62500000 wall_s=1700000000',
      '[boot:ok] retyped=',
      'layout verified caps=',
      'UserlandHandoff',
      '[kernel:entry] bootstrap complete; entering userland',
    ];
    let from = 0;
    for (const marker of markers) {
      const at = log.indexOf(marker, from);
      expect(at, `marker in order: ${marker}`).toBeGreaterThanOrEqual(0);
      from = at + marker.length;
    }
    expect(log.endsWith('\r\n')).toBe(true);
    expect(log.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  });

  const broken = [
    ['no slots', { emptyStart: 0x1fbn, emptyEnd: 0x1fbn }, 'bootinfo empty CSpace window is empty or reversed'],
    ['window outside the CNode', { emptyEnd: 0x4000n }, 'bootinfo empty CSpace window exceeds the root CNode'],
    ['no CNode size', { cnodeBits: 0n }, 'initThreadCNodeBits must be non-zero'],
  ] as const;
  it.each(broken)('stops on boot information with %s', (_name, options) => {
    const machine = new SimRootTask(modules.roottask, options);
    expect(() => machine.start()).toThrow(Halted);
    expect(machine.kernel.made).toBe(0);
  });

  it('stops when the slots run out', () => {
    const machine = new SimRootTask(modules.roottask, { emptyStart: 0x1fbn, emptyEnd: 0x1fen });
    expect(() => machine.start()).toThrow(Halted);
  });
});

// Labels and words of lib/protocol/supervisor.ts.
const INFO_SYSTEM = 1n;
const INFO_DOMAIN = 2n;
const SPAWN = 3n;
const KILL = 4n;
const LAST_FAULT = 8n;
const OK = 0n;
const NOT_FOUND = 2n;
const BUSY = 3n;
const PERMISSION = 4n;
/** The kernel's label of a fault message. */
const VM_FAULT = 5n;
/** Where a domain's alarm stands in its status page (docs/domains.md). */
const ALARM_OFFSET = 72;
/** The first status page in the root task's memory. */
const ROOT_STATUS_OFFSET = 2 << 20;
/** Counts of the simulated counter in a millisecond. */
const MS = 62_500n;

describe('domains', () => {
  function booted(): SimRootTask {
    const machine = new SimRootTask(modules.roottask);
    machine.start();
    return machine;
  }
  const named = (name: string): number => {
    const domain = modules.layout.domains.find((candidate) => candidate.name === name);
    if (domain === undefined) throw new Error(`no domain ${name}`);
    return domain.firstInstance;
  };
  const runningThreads = (machine: SimRootTask): number =>
    machine.kernel.threads().filter(({ running }) => running).length;
  /** Free RAM bytes and slots left. */
  const left = (machine: SimRootTask): bigint[] => machine.call(named('console'), INFO_SYSTEM).words.slice(10, 13);

  it('runs every domain that is no pool', () => {
    const machine = booted();
    expect(runningThreads(machine)).toBe(modules.layout.domains.filter(({ pool }) => !pool).length);
    const uart = machine.call(named('console'), INFO_DOMAIN, [BigInt(named('uart'))]);
    expect(uart.label).toBe(OK);
    expect(uart.words.slice(0, 4)).toEqual([1n, 1n, 0n, 0n]);
    expect(
      Buffer.from(new BigUint64Array(uart.words.slice(10, 14)).buffer)
        .toString()
        .replaceAll('\0', ''),
    ).toBe('uart');
  });

  it('lets a domain ask only what its mask permits', () => {
    const machine = booted();
    expect(machine.call(named('console'), SPAWN, [1n, 0n, 0n, 0n]).label).toBe(PERMISSION);
    expect(machine.call(named('uart'), INFO_SYSTEM).label).toBe(PERMISSION);
    expect(machine.call(named('console'), INFO_DOMAIN, [284n]).label).toBe(NOT_FOUND);
  });

  it('gives back everything when a worker is killed, and no id twice', () => {
    const machine = booted();
    const server = named('ninedoor');
    const before = left(machine);
    const threads = runningThreads(machine);
    for (let round = 1n; round <= 40n; round++) {
      const spawned = machine.call(server, SPAWN, [1n + (round % 4n), 0n, 0n, 0n]);
      expect([spawned.label, spawned.words[0]]).toEqual([OK, round]);
      expect(runningThreads(machine)).toBe(threads + 1);
      expect(machine.call(server, KILL, [round]).label).toBe(OK);
      expect(machine.call(server, KILL, [round]).label).toBe(NOT_FOUND);
    }
    expect(left(machine)).toEqual(before);
    expect(runningThreads(machine)).toBe(threads);
  });

  it('refuses a worker when the pool is full, and takes it when a place is free again', () => {
    const machine = booted();
    const server = named('ninedoor');
    const pool = modules.layout.domains.find(({ name }) => name === 'worker-gpu');
    const spawn = (): bigint => machine.call(server, SPAWN, [2n, 0n, 0n, 0n]).label;
    for (let n = 0; n < (pool?.instances ?? 0); n++) expect(spawn()).toBe(OK);
    expect(spawn()).toBe(BUSY);
    expect(machine.call(server, KILL, [3n]).label).toBe(OK);
    expect(spawn()).toBe(OK);
  });

  it.each([
    ['a moment', 1n, 0],
    ['a second', 1000n, 1],
    ['more than the clock will ever count', 18_446_744_073_709_551_000n, 1],
    ['as long as there are numbers', (1n << 64n) - 1n, 1],
    ['no limit', 0n, 1],
  ])('a worker lives as long as it may: %s', (_name, ttl_ms, left) => {
    const machine = booted();
    machine.advance(50n * MS);
    const threads = runningThreads(machine);
    expect(machine.call(named('ninedoor'), SPAWN, [1n, 0n, ttl_ms, 0n]).label).toBe(OK);
    machine.advance(50n * MS);
    expect(runningThreads(machine) - threads).toBe(left);
  });

  it('tells the last fault of a static domain, whole and once it had one', () => {
    const machine = booted();
    const told = (name: string): { label: bigint; text: string } => {
      const { label, words } = machine.call(named('console'), LAST_FAULT, [BigInt(named(name))]);
      const text = Buffer.from(new BigUint64Array(words.slice(1)).buffer).toString('latin1');
      return { label, text: text.slice(0, Number(words[0] ?? 0n)) };
    };
    expect(told('net')).toEqual({ label: OK, text: '' });
    machine.fault(named('net'), VM_FAULT, [0x40100n, 0x10n, 0n, 0n]);
    const report = '[fault] domain=net generation=1 kind=invalid address pc=0x40100 addr=0x10';
    expect(told('net')).toEqual({ label: OK, text: report });
    expect(told('uart').text).toBe('');
    expect(told('worker-gpu').label).toBe(NOT_FOUND);
    expect(machine.call(named('console'), LAST_FAULT, [1n << 40n]).label).toBe(NOT_FOUND);
    expect(machine.call(named('uart'), LAST_FAULT, [0n]).label).toBe(PERMISSION);
    // Later output belongs to nobody's report.
    machine.advance(1000n * MS);
    expect(told('net').text).toBe(report);
  });

  it.each([
    ['none', undefined, 50n],
    ['between', 12n * MS, 15n],
    ['due: the domain is woken, and may set another one', -3n * MS, 5n],
    ['just before the next tick', 49n * MS, 50n],
    ['far away', 5000n * MS, 50n],
    ['nonsense', 1n << 63n, 50n],
  ])('ticks in time for an alarm: %s', (_name, alarm, tick_ms) => {
    const machine = booted();
    const { kernel } = machine;
    machine.advance(50n * MS);
    const at = ROOT_STATUS_OFFSET + 4096 * named('ninedoor') + ALARM_OFFSET;
    kernel.memory.view.setBigUint64(at, alarm === undefined ? 0n : kernel.now + 50n * MS + alarm, true);
    machine.advance(50n * MS);
    expect(((kernel.timerDeadline ?? 0n) - kernel.now) / MS).toBe(tick_ms);
  });
});
