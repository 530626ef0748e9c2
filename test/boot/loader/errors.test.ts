// SPDX-License-Identifier: Apache-2.0
/**
 * Whatever is wrong with the machine or with the image, the loader says what before it halts, and starts no kernel.
 */
import { beforeAll, describe, it } from 'vitest';
import { type MachineOptions, withMachine } from 'qemu-wasm-runner';
import { buildProbe, damage, enterThroughFirmware, FIELDS, pack, plantTrap, type TestImage } from './images.ts';

const TIMEOUT_MS = 15_000;

async function refuses(name: string, options: MachineOptions, cause: string): Promise<void> {
  await withMachine({ ...options, name: `loader/${name}`, timeout_ms: TIMEOUT_MS }, async ({ console }) => {
    console.refuse('probe:');
    await console.expect(`cohesix loader: error: ${cause}`, TIMEOUT_MS);
    await console.expect('\n', TIMEOUT_MS);
    await console.quit();
  });
}

describe('loader', () => {
  let image: TestImage;
  beforeAll(async () => {
    image = await pack('probe', await buildProbe());
  });

  const machines: [name: string, options: MachineOptions, cause: string][] = [
    [
      '512 MiB',
      { memory_mib: 512 },
      'RAM is 0x40000000..0x60000000 but the kernel was built for 0x40000000..0x80000000',
    ],
    ['too-little-ram', { memory_mib: 128 }, 'RAM is 0x40000000..0x48000000 but'],
    ['el3', { extra_args: ['-machine', 'secure=on'] }, 'entered at an exception level other than EL1 or EL2'],
  ];
  it.each(machines)('refuses the machine: %s', async (name, options, cause) => {
    await refuses(`machine-${name}`, { ...options, image: image.path }, cause);
  });

  const DTB = 0x4000_0000;
  const trees: [name: string, address: number, word: number, cause: string][] = [
    ['none', DTB, 0, 'no device tree, neither where x0 points nor at the start of RAM: 0x40000000'],
    ['version', DTB + 20, 0, 'the device tree has a damaged header: 0x40000000'],
    ['size', DTB + 4, 0xffffffff, 'the device tree has a damaged header: 0x40000000'],
    ['structure', DTB + 8, 0xf0ffff00, 'the device tree has a damaged header: 0x40000000'],
    ['token', DTB + 0x40, 0x07000000, 'the device tree holds an unknown token'],
    ['short', DTB + 36, 0x40000000, 'the device tree ends in the middle of a node'],
  ];
  it.each(trees)('refuses a device tree: %s', async (name, address, word, cause) => {
    const broken = enterThroughFirmware(image, `tree-${name}`, { address, word, x0: 0 });
    await refuses(`tree-${name}`, { image: broken }, cause);
  });

  it('reports an exception of its own', async () => {
    await refuses('trap', { image: plantTrap(image) }, 'cannot go on from 0x4400');
  });

  it('refuses another interrupt controller than the kernel was built for', async () => {
    const built = await pack('probe-gic3', await buildProbe(), 3);
    await refuses('gic', { image: built.path, gic: 2 }, 'the machine has a GICv2 but the kernel was built for GICv3');
  });

  const LOADER = 0x4400_0000n;
  const tables: [name: string, changes: Partial<Record<keyof typeof FIELDS, bigint>>, cause: string][] = [
    ['magic', { magic: 1n }, 'bad payload: the table does not begin with its magic but with 0x1'],
    ['ram', { ram_end: 0x4000_0000n }, 'bad payload: impossible RAM range, from 0x40000000'],
    ['loader-outside', { ram_end: 0x4400_0000n }, 'the loader itself lies outside RAM: 0x44000000'],
    ['kernel-outside', { kernel_end: 0x9000_0000n }, 'bad payload: the kernel lies outside RAM'],
    ['kernel-unaligned', { kernel_virt: 0xffff_ff80_4000_1000n }, 'bad payload: the kernel cannot be mapped'],
    ['kernel-low', { kernel_virt: 0x4000_0000n }, 'bad payload: the kernel cannot be mapped'],
    ['kernel-entry', { kernel_entry: 0n }, "bad payload: the kernel's entry point lies outside it: 0x0"],
    ['user-unaligned', { user_start: 0x4020_0001n }, 'bad payload: the root task is not page-aligned'],
    ['user-outside', { user_end: 0x9000_0000n }, 'bad payload: the root task does not fit in RAM'],
    ['user-over-kernel', { user_start: 0x4000_0000n }, 'bad payload: the root task overlaps the kernel'],
    ['user-entry', { user_entry: 0n }, "bad payload: the root task's entry point lies outside it: 0x0"],
    ['user-over-loader', { user_end: LOADER + 0x1000n }, 'bad payload: it would be copied over the loader'],
    ['no-segments', { segment_count: 0n }, 'bad payload: impossible number of segments: 0x0'],
    ['many-segments', { segment_count: 1n << 60n }, 'bad payload: impossible number of segments'],
    ['source', { segment0_source: 0n }, "bad payload: a segment's bytes are not all in the image: 0x0"],
    ['source-end', { segment0_file_bytes: ~0n & 0xffffffffffffffffn }, "bad payload: a segment's bytes are not all"],
    ['destination', { segment0_destination: 0n }, 'bad payload: a segment belongs neither to the kernel nor'],
    ['memory', { segment0_memory_bytes: 1n << 63n }, 'bad payload: a segment belongs neither to the kernel nor'],
    ['overlap', { segment1_destination: 0x4000_0000n }, 'bad payload: two segments overlap at 0x40000000'],
    ['tree-over-user', { dtb_destination: 0x4000_0000n }, 'no room for the device tree at 0x40000000'],
    ['tree-outside', { dtb_destination: 0x8000_0000n }, 'the device tree does not fit in RAM at 0x80000000'],
  ];
  it.each(tables)('refuses a damaged payload table: %s', async (name, changes, cause) => {
    await refuses(`table-${name}`, { image: damage(image, name, changes) }, cause);
  });
});
