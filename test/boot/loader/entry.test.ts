// SPDX-License-Identifier: Apache-2.0
/**
 * The loader keeps its promise to the kernel (docs/boot.md, entry contract) on every machine that QEMU's virt offers. The
 * kernel here is a probe that prints what it was given.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { type MachineOptions, withMachine } from 'qemu-wasm-runner';
import { buildProbe, enterThroughFirmware, KERNEL_BASE, pack, type TestImage } from './images.ts';

const TIMEOUT_MS = 15_000;

/** Boots and returns the probe's report. */
async function probe(name: string, options: MachineOptions): Promise<{ report: Map<string, bigint>; log: string }> {
  return withMachine({ ...options, name: `loader/${name}`, timeout_ms: TIMEOUT_MS }, async ({ machine, console }) => {
    console.refuse('cohesix loader: error');
    await console.expect('probe: done', TIMEOUT_MS);
    const pairs = [...machine.text.matchAll(/probe: (\w+)=(0x\w+)/g)];
    return { report: new Map(pairs.map(([, key, value]) => [key!, BigInt(value!)])), log: machine.text };
  });
}

/** The same sum over the root task's region as payload/probe.c makes, from the packer's own description. */
function userSum(image: TestImage): bigint {
  const { userStart, userEnd, segments } = image.placement;
  const region = new Uint8Array(Number(userEnd - userStart));
  for (const segment of segments) {
    if (segment.destination >= userStart) region.set(segment.data, Number(segment.destination - userStart));
  }
  return region.reduce((sum, byte) => BigInt.asUintN(64, sum * 31n + BigInt(byte)), 0n);
}

function checkContract(report: Map<string, bigint>, image: TestImage, base: bigint): void {
  const p = image.placement;
  expect(Object.fromEntries(report)).toMatchObject({
    x0: p.userStart,
    x1: p.userEnd,
    x2: p.userOffset,
    x3: p.userEntry,
    x4: p.dtbDestination,
    el: 1n,
    sctlr: 0x1005n,
    mair: 0x0000_aaff_440c_0400n,
    tcr: 0x0000_0010_8510_0510n,
    spsel: 1n,
    mpidr: 0n,
    counter: 1n,
    virtual_counter_lag: 0n,
    code_above: base >> 32n,
    bss: 0n,
    user_sum: userSum(image),
    dtb_magic: 0xd00d_feedn,
  });
  expect(report.get('dtb_total')).toBe(report.get('x5'));
  expect(report.get('x5')).toBeLessThan(0x1_0000n);
}

describe('loader', () => {
  let image: TestImage;
  beforeAll(async () => {
    image = await pack('probe', await buildProbe());
  });

  const machines = [2, 3].flatMap((gic) => [false, true].map((virtualization) => ({ gic, virtualization })));
  it.each(machines)('enters the kernel on GICv$gic, EL2: $virtualization', async ({ gic, virtualization }) => {
    const options: MachineOptions = { image: image.path, gic: gic as 2 | 3, virtualization };
    const { report, log } = await probe(`gic${gic}-el${virtualization ? 2 : 1}`, options);
    checkContract(report, image, KERNEL_BASE);
    expect(report.get('sre')).toBe(gic === 3 ? 1n : undefined);
    expect(log).toContain(`cohesix loader: entered at EL${virtualization ? 2 : 1};`);
    expect(log.match(/cohesix loader/g)).toHaveLength(1);
  });

  it('maps a kernel that is linked at another address', async () => {
    const base = 0xffff_ffff_c000_0000n;
    const other = await pack('probe-high', await buildProbe(base));
    checkContract((await probe('high', { image: other.path })).report, other, base);
  });

  it('takes the device tree that x0 points to', async () => {
    // QEMU's own tree is destroyed.
    const moved = enterThroughFirmware(image, 'tree-in-x0', { address: 0x4000_0000, word: 0, x0: 0x5000_0000 });
    checkContract((await probe('tree-in-x0', { image: moved })).report, image, KERNEL_BASE);
  });

  it('does not trust an x0 that is no device tree', async () => {
    const stray = enterThroughFirmware(image, 'stray-x0', { address: 0x5000_0000, word: 0, x0: 0x5000_0000 });
    checkContract((await probe('stray-x0', { image: stray })).report, image, KERNEL_BASE);
    const wild = enterThroughFirmware(image, 'wild-x0', { address: 0x5000_0000, word: 0, x0: 0x1234_5678_9abc });
    checkContract((await probe('wild-x0', { image: wild })).report, image, KERNEL_BASE);
  });

  it('boots with more memory than the kernel was built for, and with a second core', async () => {
    const { report } = await probe('large', { image: image.path, memory_mib: 2048, smp: 2 });
    checkContract(report, image, KERNEL_BASE);
  });
});
