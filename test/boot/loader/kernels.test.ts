// SPDX-License-Identifier: Apache-2.0
/**
 * A kernel that our loader enters starts a root task, which finds its memory, its boot info and its device tree as it
 * should. The same root-task ELF runs on the devkernel and on genuine seL4; the latter needs `SEL4_PREFIX`, an installed
 * seL4 tree for QEMU's virt board, and is skipped without.
 */
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { withMachine } from 'qemu-wasm-runner';
import { buildDevkernel } from '../../../compiler/src/build/devkernel.ts';
import { readPrefix, type SeL4Prefix } from '../../../compiler/src/image/prefix.ts';
import { BOARD, OUT, pack, type TestImage } from './images.ts';

const TIMEOUT_MS = 20_000;
const PREFIX = process.env['SEL4_PREFIX'];

async function bootsRootTask(name: string, image: TestImage, gic: 2 | 3, virtualization: boolean): Promise<void> {
  const level = virtualization ? 2 : 1;
  const options = { image: image.path, gic, virtualization, name: `loader/${name}-gic${gic}-el${level}` };
  await withMachine({ ...options, timeout_ms: TIMEOUT_MS }, async ({ machine, console }) => {
    await console.expect('roottask: done', TIMEOUT_MS);
    const pairs = [...machine.text.matchAll(/roottask: (\w+)=(0x\w+)/g)];
    const report = new Map(pairs.map(([, key, value]) => [key!, BigInt(value!)]));
    const pages = (image.placement.userEnd - image.placement.userStart) / 0x1000n;
    expect(Object.fromEntries(report)).toMatchObject({ user_pages: pages, bss_nonzero: 0n, data: 0x65n, counter: 1n });
    expect(report.get('fdt')).toBeGreaterThan(0x1000n);
    expect(report.get('untyped_ram')).toBeGreaterThan(0x3f00_0000n);
  });
}

describe('loader and devkernel', () => {
  let image: TestImage;
  beforeAll(async () => {
    const output = join(OUT, 'devkernel/kernel.elf');
    const root = resolve(import.meta.dirname, '../../..');
    await buildDevkernel({ root, objDir: join(OUT, 'devkernel/objects'), output, version: 'test' });
    image = await pack('devkernel', output);
  });

  const machines = ([2, 3] as const).flatMap((gic) => [false, true].map((virtualization) => ({ gic, virtualization })));
  it.each(machines)('boot a root task on GICv$gic, EL2: $virtualization', async ({ gic, virtualization }) => {
    await bootsRootTask('devkernel', image, gic, virtualization);
  });
});

describe.skipIf(PREFIX === undefined)('loader and genuine seL4 (set SEL4_PREFIX to run)', () => {
  let prefix: SeL4Prefix;
  let image: TestImage;
  beforeAll(async () => {
    prefix = readPrefix(PREFIX!, BOARD);
    image = await pack('sel4', prefix.kernelElf, prefix.gicVersion);
  });

  it.each([false, true])('boot a root task, EL2: %s', async (virtualization) => {
    await bootsRootTask('sel4', image, prefix.gicVersion, virtualization);
  });
});
