// SPDX-License-Identifier: Apache-2.0
/**
 * The life of workers on a running system: as many as the manifest allows, their budgets, their end, and that nothing of them
 * stays. With `SEL4_PREFIX` set, on a genuine kernel too.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import type { MachineOptions } from 'qemu-wasm-runner';
import { announce, COMMON_FAULTS, DOMAINS, type Driver, LABEL, STATE, withDriver } from './driver.ts';
import { BUILD_TIMEOUT_MS, faultImage, kernels } from './image.ts';

const TIMEOUT_MS = 180_000;
const HEARTBEATS = 256;
const NINEDOOR = DOMAINS.indexOf('ninedoor');
const BACKOFF_MS = 50;
const LIMIT_BYTES = 64 * 1024;
const CYCLES = 10_000;
const BEATS_WITHIN_MS = 10_000;

/** NineDoor takes heartbeats of workers that it knows; one that was started again asks which there are. */
async function adopted(driver: Driver): Promise<void> {
  const { generation } = await driver.info(NINEDOOR);
  await driver.crash(NINEDOOR, COMMON_FAULTS[0]!.code);
  await driver.restarted('ninedoor', generation, BACKOFF_MS);
}

async function fill(driver: Driver): Promise<{ id: number; instance: number }[]> {
  const workers = [];
  for (let n = 0; n < HEARTBEATS; n++) workers.push(await driver.worker('worker-heartbeat'));
  return workers;
}

describe.each(kernels())('workers on $name', (kernel) => {
  let machine: MachineOptions & { image: string };
  beforeAll(async () => {
    machine = await faultImage(kernel);
  }, BUILD_TIMEOUT_MS);

  const run = (name: string, body: (driver: Driver) => Promise<void>): void =>
    it(
      name,
      () => withDriver({ ...machine, name: `domains/${kernel.name}/${name}`, timeout_ms: TIMEOUT_MS }, body),
      TIMEOUT_MS + 10_000,
    );

  run('run all at once, and leave nothing behind', async (driver) => {
    const before = await driver.audit();
    expect(before.free_places).toBe(before.places);

    announce(`spawn ${HEARTBEATS} workers`);
    const workers = await fill(driver);
    expect(workers.map(({ id }) => id)).toEqual(workers.map((_, n) => n + 1));
    expect(new Set(workers.map(({ instance }) => instance)).size).toBe(HEARTBEATS);
    expect((await driver.spawn('worker-heartbeat')).label, 'one more than there are places').toBe(LABEL.busy);
    expect((await driver.spawn('none')).label, 'no such role').toBe(LABEL.invalid);
    const other = await driver.worker('worker-gpu');
    expect(other.id).toBe(HEARTBEATS + 1);

    const { untyped_bytes, object_bytes, slot_bytes } = await driver.footprint(workers[0]!.instance);
    announce(`a worker: ${object_bytes} of ${untyped_bytes} bytes of memory, ${slot_bytes} bytes of slots`);
    expect(untyped_bytes).toBeLessThanOrEqual(LIMIT_BYTES);
    expect(object_bytes + slot_bytes).toBeLessThanOrEqual(LIMIT_BYTES);

    announce('every worker emits heartbeats');
    await adopted(driver);
    for (const { id, instance } of [...workers, other]) {
      let beats = 0;
      const deadline_ms = performance.now() + BEATS_WITHIN_MS;
      while (beats === 0 && performance.now() < deadline_ms) ({ beats } = await driver.info(instance));
      expect(beats, `worker ${id}`).toBeGreaterThan(0);
    }
    announce('kill them all');
    for (const { id } of [...workers, other]) expect(await driver.kill(id)).toBe(LABEL.ok);
    for (const id of [0, 1, HEARTBEATS + 2]) expect(await driver.kill(id), `worker ${id}`).toBe(LABEL.notFound);
    expect(await driver.audit()).toEqual(before);
  });

  run('end with their budgets', async (driver) => {
    const before = await driver.audit();
    const cases = [
      { limits: { ticks: 3 }, reason: 'tick budget exhausted' },
      { limits: { ttl_ms: 700 }, reason: 'ticket ttl expired' },
      { limits: { operations: 2 }, reason: 'operation budget exhausted' },
    ];
    for (const { limits, reason } of cases) {
      announce(reason);
      const { id, instance } = await driver.worker('worker-heartbeat', limits);
      if ('operations' in limits) await adopted(driver);
      expect((await driver.info(instance)).state).toBe(STATE.running);
      await driver.console.expect(`revoked worker-${id}: ${reason}`);
      expect(await driver.kill(id)).toBe(LABEL.notFound);
    }
    announce('kill');
    const { id } = await driver.worker('worker-heartbeat', { ticks: 1000, ttl_ms: 600_000, operations: 1000 });
    expect(await driver.kill(id)).toBe(LABEL.ok);
    await driver.console.expect(`killed worker-${id}`);
    expect(await driver.audit()).toEqual(before);
  });

  run('come and go without a trace', async (driver) => {
    const before = await driver.audit();
    announce(`${CYCLES} times spawn and kill`);
    expect(await driver.cycles(CYCLES)).toBe(0);
    const times = await driver.cycleTimes();
    announce(`spawn + kill: ${JSON.stringify(times)}`);
    expect(times.samples).toBe(CYCLES);
    expect(await driver.audit()).toEqual(before);
    const { id } = await driver.worker('worker-heartbeat');
    expect(id).toBe(CYCLES + 1);
  });
});
