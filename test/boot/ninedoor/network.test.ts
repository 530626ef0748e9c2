// SPDX-License-Identifier: Apache-2.0
/**
 * Secure9P over TCP and the other domains: clients that always have another request on the way take the processor from nobody,
 * and when NineDoor dies its clients know at once and come back. With `SEL4_PREFIX` set, on a genuine kernel too.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { frame, T, u32, u64, type NineClient } from '../network/clients/nine.ts';
import { Network, networkImage, retry } from '../network/system.ts';
import { announce, DOMAIN_FAULTS, DOMAINS, Driver, LABEL, STATE } from '../domains/driver.ts';
import { BUILD_TIMEOUT_MS, faultImage, kernels } from '../domains/image.ts';

const LIFE_MS = 180_000;
const TEST_MS = 120_000;
const RECOVERY_MS = 30_000;

/** One after the other: QEMU's user network takes them so, and others wait for the host's retries. */
async function connected(network: Network, count: number): Promise<NineClient[]> {
  const clients: NineClient[] = [];
  while (clients.length < count) clients.push(await network.nine());
  return clients;
}

describe.each(kernels())('clients that never stop, $name', (kernel) => {
  const CLIENTS = 4;
  const DEPTH = 32;
  const PINGS = 40;
  /** Long enough for watchdogs to blame a domain that does not get the processor. */
  const PAUSE_MS = 150;
  let network: Network;
  beforeAll(async () => {
    const machine = await networkImage(kernel);
    network = await Network.start(`ninedoor/${kernel.name}/flood`, { ...machine, timeout_ms: LIFE_MS });
  }, BUILD_TIMEOUT_MS);
  afterAll(() => network.stop());

  /** Keeps DEPTH requests under way, each of which makes NineDoor write a long text, until the connection is closed. */
  async function flood(client: NineClient): Promise<() => number> {
    const fid = await client.walk('/proc/9p/sessions');
    const { socket } = client.reader;
    socket.removeAllListeners('data');
    const request = Buffer.concat(
      Array.from({ length: DEPTH }, (_, tag) => frame(T.getattr, tag, u32(fid), u64(0x7ff))),
    );
    const answerBytes = DEPTH * (7 + 153);
    let bytes = 0;
    socket.on('data', (chunk: Buffer) => {
      const rounds = Math.floor((bytes + chunk.length) / answerBytes) - Math.floor(bytes / answerBytes);
      bytes += chunk.length;
      for (let n = 0; n < rounds; n++) socket.write(request);
    });
    // Twice as many as are answered at once: the next ones wait in the ring when the answers go out.
    socket.write(request);
    socket.write(request);
    return () => bytes;
  }

  it('take the processor from nobody', { timeout: TEST_MS }, async () => {
    const clients = await connected(network, CLIENTS);
    const answered = await Promise.all(clients.map(flood));
    announce(`${CLIENTS} clients, ${DEPTH} requests under way in each`);
    for (let n = 0; n < PINGS; n++) {
      await network.serialCommand('ping', /OK PING reply=pong[^]*cohesix> /);
      await sleep(PAUSE_MS);
    }
    announce(`${PINGS} commands answered on the serial line`);
    const [least] = answered.map((bytes) => bytes()).sort((a, b) => a - b);
    expect(least, 'every client is served').toBeGreaterThan(0);
    for (const client of clients) client.close();
    const reader = await network.nine();
    for (const domain of DOMAINS) {
      expect((await reader.read(`/proc/domains/${domain}`)).toString(), domain).toContain('faults=0\nrestarts=0\n');
    }
    reader.close();
  });
});

describe.each(kernels())('NineDoor dies, $name', (kernel) => {
  const NINEDOOR = DOMAINS.indexOf('ninedoor');
  const UNREACHABLE = DOMAIN_FAULTS.find(({ name }) => name === 'unreachable')!;
  const CLIENTS = 8;
  let network: Network;
  beforeAll(async () => {
    const machine = await faultImage(kernel, 'domains-network', ['net']);
    network = await Network.start(`ninedoor/${kernel.name}/restart`, { ...machine, timeout_ms: LIFE_MS });
  }, BUILD_TIMEOUT_MS);
  afterAll(() => network.stop());

  it('and its clients come back', { timeout: TEST_MS }, async () => {
    const driver = new Driver(network.serial);
    for (let generation = 1; generation <= 3; generation++) {
      const clients = await connected(network, CLIENTS);
      const closed = clients.map(
        ({ reader: { socket } }) => new Promise((resolve) => socket.once('close', () => resolve(true))),
      );
      announce(`ninedoor, generation ${generation}: ${UNREACHABLE.name}`);
      expect(await driver.crash(NINEDOOR, UNREACHABLE.code)).toBeUndefined();
      await network.serial.expect(`[supervisor] start domain=ninedoor generation=${generation + 1}`, RECOVERY_MS);
      await Promise.all(closed);
      const again = await retry('attach again', RECOVERY_MS, () => network.nine());
      const text = (await again.read('/proc/domains/ninedoor')).toString();
      expect(text).toContain(`state=running\ngeneration=${generation + 1}\nfaults=${generation}\n`);
      expect(text).toMatch(
        new RegExp(`last_fault=\\[fault\\] domain=ninedoor generation=${generation} kind=unreachable`),
      );
      // Only this one is left: the sessions of before went with the instance.
      expect((await again.list('/proc/9p/session')).filter((name) => /^\d+$/.test(name))).toHaveLength(1);
      again.close();
    }
    expect((await driver.info(NINEDOOR)).state).toBe(STATE.running);
    expect(await driver.ninedoor()).toBe(LABEL.invalid);
  });
});
