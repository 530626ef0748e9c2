// SPDX-License-Identifier: Apache-2.0
/**
 * What it takes to start and end a worker, for `make bench`: the distribution by the guest's clock, which a busy host
 * stretches, and in instructions, which repeat exactly.
 */
import { ICOUNT_SHIFT_EXACT } from 'qemu-wasm-runner';
import { type Times, withDriver } from './driver.ts';
import { faultImage } from './image.ts';

const TIMEOUT_MS = 120_000;

/** Boots the test image on the devkernel and measures so many pairs of spawn and kill. */
export async function measureSpawnAndKill(pairs: number, icount_shift?: typeof ICOUNT_SHIFT_EXACT): Promise<Times> {
  const machine = await faultImage({ name: 'devkernel' });
  const counting = icount_shift === undefined ? {} : { icount_shift };
  let times: Times | undefined;
  const name = `domains/spawn and kill ${icount_shift === undefined ? 'time' : 'instructions'}`;
  await withDriver({ ...machine, ...counting, name, timeout_ms: TIMEOUT_MS }, async (driver) => {
    const failures = await driver.cycles(pairs);
    if (failures > 0) throw new Error(`${failures} of ${pairs} pairs of spawn and kill failed`);
    times = await driver.cycleTimes(icount_shift);
  });
  return times!;
}
