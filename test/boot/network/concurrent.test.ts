// SPDX-License-Identifier: Apache-2.0
/**
 * Many clients at once, consoles and Secure9P mixed, each answer checked. With `SEL4_PREFIX` set, on a genuine kernel too.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUILD_TIMEOUT_MS, kernels } from '../domains/image.ts';
import { Actor, consoleOperations, nineOperations } from './actor.ts';
import { NineClient, raw, T, u32, u64 } from './clients/nine.ts';
import { CONSOLE_PORT, Network, networkImage, NINE_PORT, ticketFor, type Segment } from './system.ts';

const LIFE_MS = 240_000;
const TEST_MS = 120_000;
const CONSOLES = 18;
const NINES = 14;
const STEPS = 40;
/** Of a Linux client: the quota is used up. */
const EDQUOT = 122;

describe.each(kernels())('many clients at once, $name', (kernel) => {
  let network: Network;
  beforeAll(async () => {
    const machine = await networkImage(kernel);
    network = await Network.start(`network/${kernel.name}/concurrent`, { ...machine, timeout_ms: LIFE_MS });
  }, BUILD_TIMEOUT_MS);
  afterAll(() => network.stop());

  async function actors(segments: readonly Segment[]): Promise<Actor[]> {
    const made: Actor[] = [];
    for (const [n, { path }] of segments.entries()) {
      if (n < CONSOLES) made.push(new Actor(`console-${n}`, consoleOperations(await network.queen()), path));
      // Every other one over the port that serves both protocols.
      else
        made.push(
          new Actor(`9p-${n}`, nineOperations(await network.nine(n % 2 === 0 ? CONSOLE_PORT : undefined)), path),
        );
    }
    return made;
  }

  it(`serves ${CONSOLES} consoles and ${NINES} Secure9P sessions`, { timeout: TEST_MS }, async () => {
    const all = await actors(await network.segments(CONSOLES + NINES));
    await Promise.all(
      all.map(async (actor) => {
        for (let n = 0; n < STEPS; n++) await actor.step();
      }),
    );
    for (const actor of all) expect(actor.acknowledged.length, actor.name).toBe(STEPS / 5);
    for (const actor of all) actor.close();
    // The serial console was served all the time, and still is.
    await network.serialCommand('ping', /OK PING reply=pong/);
  });

  it('answers requests that are pipelined, in order', { timeout: TEST_MS }, async () => {
    const [segment] = await network.segments(1);
    const client = await network.nine();
    const path = segment?.path ?? '';
    const fid = await client.open(path, true);
    const records = Array.from({ length: 64 }, (_, n) => `record ${n} ${'x'.repeat(n)}\n`);
    const write = (record: string): Promise<unknown> =>
      client.request(T.write, u32(fid), u64(0), u32(record.length), raw(Buffer.from(record)));
    // As many at once as a session may have under way.
    for (let n = 0; n < records.length; n += 16) await Promise.all(records.slice(n, n + 16).map(write));
    expect((await client.read(path)).toString()).toBe(records.join(''));
    client.close();
  });

  it('lets no session see what another one has open', { timeout: TEST_MS }, async () => {
    const [a, b] = [await network.nine(), await network.nine()];
    const fid = await a.open('/proc/boot');
    await expect(b.readAt(fid, 0)).rejects.toThrow('was refused');
    expect((await a.readAt(fid, 0)).length).toBeGreaterThan(0);
    a.close();
    b.close();
  });

  it('holds a ticket to its quota, in all sessions that use it', { timeout: TEST_MS }, async () => {
    const quotas = { bandwidth_bytes: 16_384n, cursor_resumes: 0, cursor_advances: 0 };
    const ticket = ticketFor('queen', { quotas });
    let [read_bytes, refused] = [0, 0];
    for (let session = 0; session < 3; session++) {
      const client = await NineClient.enter(network.port(NINE_PORT), 'queen', ticket);
      for (let n = 0; n < 20 && refused === session; n++) {
        try {
          read_bytes += (await client.read('/proc/boot')).length;
        } catch (error) {
          expect(error).toMatchObject({ errno: EDQUOT });
          refused += 1;
        }
      }
      client.close();
    }
    expect(refused).toBe(3);
    expect(read_bytes).toBeGreaterThan(4096);
    expect(read_bytes).toBeLessThanOrEqual(Number(quotas.bandwidth_bytes));
  });
});
