// SPDX-License-Identifier: Apache-2.0
/**
 * A fault of the root task: the fault thread says why and where, and resets the machine, which boots again. Every fault on the
 * default machine, one of them on the others. A kernel without SMC calls (genuine, as it comes) cannot reset: there the
 * message says so.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import type { MachineOptions } from 'qemu-wasm-runner';
import { announce, COMMON_FAULTS, type Fault, placesOf, withDriver } from './driver.ts';
import { BUILD_TIMEOUT_MS, faultImage, kernels } from './image.ts';

const TIMEOUT_MS = 60_000;

/** A genuine kernel resets by SMC, which QEMU's firmware takes only from a machine with EL2. */
const SMC_MACHINE: MachineOptions = { virtualization: true };

describe.each(kernels())('faults of the root task on $name', (kernel) => {
  const canReset = kernel.prefix === undefined || kernel.prefix.config.has('ALLOW_SMC_CALLS');
  let image: MachineOptions & { image: string };
  beforeAll(async () => {
    image = await faultImage(kernel);
  }, BUILD_TIMEOUT_MS);

  async function faultsAndBoots(name: string, machine: MachineOptions, faults: readonly Fault[]): Promise<void> {
    const options = { ...image, ...machine, name: `domains/${kernel.name}/root task ${name}`, timeout_ms: TIMEOUT_MS };
    await withDriver({ ...options, on_reset: 'resume' }, async (driver) => {
      for (const fault of faults) {
        announce(`root task: ${fault.name}`);
        await driver.ping();
        driver.crashRoot(fault.code);
        const pattern = /\[fault\] domain=roottask kind=(.+?) pc=0x[^\r]*? at (\S+)\r\n/;
        const [, kind, at] = await driver.console.expect(pattern);
        expect(kind, fault.name).toBe(fault.kind);
        expect(placesOf('roottask', fault.name), fault.name).toContain(at);
        if (!canReset) {
          await driver.console.expect('[fault] the kernel allows no SMC calls: reset the machine by hand');
          return;
        }
        await driver.console.expect('[fault] reset');
        await driver.console.reset();
        await driver.prompt();
      }
      await driver.ping();
    });
  }

  it(
    'are named and reset the machine',
    () => faultsAndBoots('all', kernel.prefix !== undefined && canReset ? SMC_MACHINE : {}, COMMON_FAULTS),
    TIMEOUT_MS + 10_000,
  );

  const others: [string, MachineOptions][] = [
    ['EL2', { virtualization: true }],
    ['GICv3', { gic: 3 }],
    ['GICv3 and EL2', { gic: 3, virtualization: true }],
  ];
  it.skipIf(kernel.prefix !== undefined).each(others)(
    'reset the machine: %s',
    (name, machine) => faultsAndBoots(name, machine, COMMON_FAULTS.slice(0, 1)),
    TIMEOUT_MS + 10_000,
  );
});
