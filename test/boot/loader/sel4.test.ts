/**
 * A genuine seL4 kernel, entered by our loader, starts a root task that finds its memory, its boot info and its device
 * tree as it should. Needs `SEL4_PREFIX`, an installed seL4 tree for QEMU's virt board; skipped without.
 */
import { describe, expect, it } from 'vitest';
import { readPrefix } from '../../../compiler/src/image/prefix.ts';
import { withMachine } from '../../../qemu/src/harness.ts';
import { BOARD, pack } from './images.ts';

const TIMEOUT_MS = 20_000;
const PREFIX = process.env['SEL4_PREFIX'];

describe.skipIf(PREFIX === undefined)('loader and genuine seL4 (set SEL4_PREFIX to run)', () => {
  it.each([false, true])('boot a root task, EL2: %s', async (virtualization) => {
    const prefix = readPrefix(PREFIX!, BOARD);
    const image = await pack('sel4', prefix.kernelElf, prefix.gicVersion);
    const options = {
      image: image.path,
      gic: prefix.gicVersion,
      virtualization,
      name: `loader/sel4-el${virtualization ? 2 : 1}`,
      timeout_ms: TIMEOUT_MS,
    };
    await withMachine(options, async ({ machine, console }) => {
      await console.expect('roottask: done', TIMEOUT_MS);
      const pairs = [...machine.text.matchAll(/roottask: (\w+)=(0x\w+)/g)];
      const report = new Map(pairs.map(([, key, value]) => [key!, BigInt(value!)]));
      const pages = (image.placement.userEnd - image.placement.userStart) / 0x1000n;
      expect(Object.fromEntries(report)).toMatchObject({
        user_pages: pages,
        bss_nonzero: 0n,
        data: 0x65n,
        counter: 1n,
      });
      expect(report.get('fdt')).toBeGreaterThan(0x1000n);
      expect(report.get('untyped_ram')).toBeGreaterThan(0x3f00_0000n);
    });
  });
});
