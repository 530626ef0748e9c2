// SPDX-License-Identifier: Apache-2.0
/**
 * Every fault of every domain, on a running system: the supervisor names it, takes the domain away and starts it again, the
 * prompt stays, and nobody waits for ever. With `SEL4_PREFIX` set, on a genuine kernel too.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import type { MachineOptions } from 'qemu-wasm-runner';
import {
  announce,
  checkPlace,
  DOMAIN_FAULTS,
  DOMAINS,
  Driver,
  HANG,
  IN_CALL,
  LABEL,
  placesOf,
  STATE,
  withDriver,
  WORKER_ROLES,
} from './driver.ts';
import { BUILD_TIMEOUT_MS, faultImage, kernels, MAX_RESTARTS } from './image.ts';

const TIMEOUT_MS = 120_000;
const BACKOFF_MS = 50;
const NET = DOMAINS.indexOf('net');
const NINEDOOR = DOMAINS.indexOf('ninedoor');
const DIVIDE = DOMAIN_FAULTS.find(({ name }) => name === 'divide')!;
const UNREACHABLE = DOMAIN_FAULTS.find(({ name }) => name === 'unreachable')!;

/** The domain is back with this generation and does its work. */
async function works(driver: Driver, instance: number, generation: number): Promise<void> {
  await driver.ping();
  const info = await driver.info(instance);
  expect(info).toMatchObject({ state: STATE.running, generation });
  if (instance === NINEDOOR) expect(await driver.ninedoor()).toBe(LABEL.invalid);
}

describe.each(kernels())('faults on $name', (kernel) => {
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

  run('names every fault of a domain and starts it again', async (driver) => {
    for (const [instance, name] of DOMAINS.entries()) {
      for (const [n, fault] of DOMAIN_FAULTS.entries()) {
        announce(`${name}: ${fault.name}`);
        const generation = n + 1;
        await driver.crash(instance, fault.code);
        await driver.faultLine(name, name, generation, fault);
        await driver.restarted(name, generation, BACKOFF_MS);
        await works(driver, instance, generation + 1);
      }
      expect(await driver.info(instance)).toMatchObject({
        faults: DOMAIN_FAULTS.length,
        restarts: DOMAIN_FAULTS.length,
      });
    }
  });

  run('names every fault of a worker and revokes it', async (driver) => {
    const before = await driver.audit();
    for (const role of WORKER_ROLES) {
      for (const fault of DOMAIN_FAULTS) {
        announce(`${role}: ${fault.name}`);
        const { id, instance } = await driver.worker(role);
        const { generation } = await driver.info(instance);
        await driver.crash(instance, fault.code);
        await driver.faultLine(`worker-${id} (${role})`, 'worker', generation, fault);
        await driver.console.expect(`revoked worker-${id}: fault`);
        await driver.ping();
        expect(await driver.kill(id)).toBe(LABEL.notFound);
      }
      announce(`${role}: hang`);
      const { id, instance } = await driver.worker(role);
      const { generation } = await driver.info(instance);
      await driver.crash(instance, HANG);
      await driver.ping();
      await driver.hangLine(`worker-${id} (${role})`, 'worker', generation);
      await driver.console.expect(`revoked worker-${id}: fault`);
    }
    expect(await driver.audit()).toEqual(before);
  });

  run('finds a domain that hangs, and blames no other', async (driver) => {
    // A thread that loops starves all below it: they are silent too, and must not be blamed.
    for (const [instance, name] of DOMAINS.entries()) {
      announce(`${name}: hang`);
      const others = DOMAINS.filter((other) => other !== name);
      await driver.crash(instance, HANG);
      await driver.hangLine(name, name, 1);
      await driver.restarted(name, 1, BACKOFF_MS);
      await works(driver, instance, 2);
      for (const other of others) {
        const index = DOMAINS.indexOf(other);
        expect(await driver.info(index), other).toMatchObject({ faults: index < instance ? 1 : 0 });
      }
    }
  });

  run('gives up after too many restarts, and the rest goes on', async (driver) => {
    announce(`net: ${MAX_RESTARTS} restarts`);
    for (let n = 0; n < MAX_RESTARTS; n++) {
      await driver.crash(NET, DIVIDE.code, n);
      await driver.faultLine('net', 'net', n + 1, DIVIDE);
      const backoff_ms = BACKOFF_MS << n;
      await driver.console.expect(`[supervisor] restart domain=net generation=${n + 1} backoff_ms=${backoff_ms}`);
      await driver.ping();
      await driver.console.expect(`[supervisor] start domain=net generation=${n + 2}`);
    }
    announce('net: gives up');
    await driver.crash(NET, DIVIDE.code, MAX_RESTARTS);
    await driver.faultLine('net', 'net', MAX_RESTARTS + 1, DIVIDE);
    const line = `gave up domain=net generation=${MAX_RESTARTS + 1} restarts=${MAX_RESTARTS} reason=restart limit`;
    await driver.console.expect(`[supervisor] ${line}`);
    await driver.ping();
    expect((await driver.info(NET)).state).toBe(STATE.givenUp);
    expect(await driver.ninedoor()).toBe(LABEL.invalid);

    announce('ninedoor: gives up, its callers are answered');
    await driver.crash(NINEDOOR, DIVIDE.code, MAX_RESTARTS);
    await driver.console.expect('[supervisor] gave up domain=ninedoor generation=1 restarts=0 reason=restart limit');
    expect(await driver.ninedoor()).toBe(LABEL.closed);
    expect(await driver.ninedoor()).toBe(LABEL.closed);
    await driver.ping();
    announce('ninedoor: a worker without it');
    const { id } = await driver.worker('worker-heartbeat', { ticks: 3 });
    await driver.console.expect(`revoked worker-${id}: tick budget exhausted`);
    await driver.revive(NINEDOOR);
    await driver.console.expect('[supervisor] start domain=ninedoor generation=2');
    await works(driver, NINEDOOR, 2);
  });

  run('shows the last report of each domain in /proc/domains', async (driver) => {
    const command = async (line: string, end: string | RegExp): Promise<RegExpMatchArray> => {
      driver.console.send(`${line}\r`);
      return driver.console.expect(end);
    };
    await command('attach queen', 'OK ATTACH role=queen');
    await command('cat /proc/domains/net', 'state=running\r\ngeneration=1\r\nfaults=0\r\nrestarts=0\r\n');
    await driver.console.expect(
      /heap_high_water_bytes=\d+\r\nstack_high_water_bytes=[1-9]\d*\r\nstack_bytes=16384\r\n/,
    );
    await driver.console.expect('last_fault=none\r\nEND');
    for (const [n, fault] of [DIVIDE, UNREACHABLE].entries()) {
      announce(`net: ${fault.name}`);
      await driver.crash(NET, fault.code);
      await driver.restarted('net', n + 1, BACKOFF_MS);
      await driver.ping();
      await command(
        'cat /proc/domains/net',
        `state=running\r\ngeneration=${n + 2}\r\nfaults=${n + 1}\r\nrestarts=${n + 1}\r\n`,
      );
      const report = `last_fault=\\[fault\\] domain=net generation=${n + 1} kind=(.+?) pc=0x[0-9a-f]+ at (\\S+)\\r\\nEND`;
      const [, kind, at] = await driver.console.expect(new RegExp(report));
      expect(kind).toBe(fault.kind);
      checkPlace(`net: ${fault.name}`, placesOf('net', fault.name), at);
    }
    await command('cat /proc/domains/uart', 'last_fault=none\r\nEND');
  });

  run('answers the callers of a server that dies', async (driver) => {
    announce('ninedoor faults in a call');
    await driver.crash(NINEDOOR, UNREACHABLE.code + IN_CALL);
    expect(await driver.ninedoor()).toBe(LABEL.closed);
    await driver.faultLine('ninedoor', 'ninedoor', 1, UNREACHABLE);
    await driver.restarted('ninedoor', 1, BACKOFF_MS);
    await works(driver, NINEDOOR, 2);
    announce('ninedoor hangs in a call');
    await driver.crash(NINEDOOR, HANG + IN_CALL);
    expect(await driver.ninedoor()).toBe(LABEL.closed);
    await driver.hangLine('ninedoor', 'ninedoor', 2);
    await driver.restarted('ninedoor', 2, BACKOFF_MS);
    await works(driver, NINEDOOR, 3);
    announce('workers call while ninedoor is away');
    const workers = [];
    for (let n = 0; n < 8; n++) workers.push(await driver.worker('worker-heartbeat'));
    await driver.crash(NINEDOOR, UNREACHABLE.code, MAX_RESTARTS - 1);
    await driver.restarted('ninedoor', 3, BACKOFF_MS << (MAX_RESTARTS - 1));
    await works(driver, NINEDOOR, 4);
    for (const { id } of workers) expect(await driver.kill(id)).toBe(LABEL.ok);
  });
});
