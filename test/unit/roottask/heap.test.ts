// SPDX-License-Identifier: Apache-2.0
/** Start-up memory: what `new` gives before the seal, and the trap in the allocating line after it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { build, noEmulator, ROOT, runElf, specOf, temporaryFolder } from '../aot/harness.ts';

const DIRECTORY = 'test/unit/roottask/assembly/allocating';
const SOURCE = `${DIRECTORY}/index.ts`;
const lines = readFileSync(join(ROOT, SOURCE), 'utf8').split('\n');
const lineOf = (which: number): number => lines.findIndex((text) => text.endsWith(`// trap: ${which}`)) + 1;

const folder = temporaryFolder();
afterAll(folder.remove);

async function elfOf(name: string, defines: string[], private_bytes: number): Promise<string> {
  const own = { directory: DIRECTORY, imports: ['heap.*'], allocator: 'lib/machine/heap.ts' };
  const { elf } = await build(join(folder.path, name), specOf('allocating', { ...own, defines, private_bytes }));
  return elf;
}

describe.skipIf(noEmulator !== '')('the heap', () => {
  let sealed = '';
  let open = '';
  beforeAll(async () => {
    sealed = await elfOf('sealed', ['SEAL_HEAP'], 65_536);
    open = await elfOf('open', [], 16_384);
  });

  it('gives zeroed objects with size and type while the component starts', () => {
    const expected = (16 * 256 + 3).toString(16);
    for (const elf of [sealed, open]) expect(runElf(elf, 0).output.split('\n')[0]).toBe(expected);
  });

  it.each([1, 2, 3, 4, 5])('traps in the allocating line after start-up: case %i', (which) => {
    const at = `${SOURCE}:${lineOf(which)} `;
    expect(runElf(sealed, which).output).toContain(`trap: allocation after start-up at ${at}`);
  });

  it('traps for what the library allocates too', () => {
    expect(runElf(sealed, 6).output).toMatch(/^trap: allocation after start-up at ~lib\/\S+\.ts:\d+ /);
  });

  it('allocates as long as there is room before the seal', () => {
    expect(runElf(open, 1).output.split('\n')[0]).toBe('1');
    expect(Number.parseInt(runElf(open, 2).output, 16) % 16).toBe(0);
    // A block that has another one behind it moves, its contents with it.
    expect(Number.parseInt(runElf(open, 3).output, 16)).toBeGreaterThan(0);
    expect(Number.parseInt(runElf(open, 4).output, 16)).toBeGreaterThan(0);
  });

  it('traps in the allocating line when the private memory is used up', () => {
    expect(runElf(open, 5).output).toContain(`trap: out of heap memory at ${SOURCE}:${lineOf(5)} `);
  });
});
