// SPDX-License-Identifier: Apache-2.0
// The same sources give the same image, whatever folder they are built in.
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { buildIn, copyTree } from '../../support/tree.ts';

const folder = mkdtempSync(join(tmpdir(), 'determinism-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const PRODUCTS = ['image.elf', 'kernel.elf', 'roottask.elf', 'uart.elf', 'layout.json', 'manifest.json', 'report.json'];

function digests(tree: string): Record<string, string> {
  const sha256 = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');
  return Object.fromEntries(PRODUCTS.map((name) => [name, sha256(join(tree, 'out/qemu-virt', name))]));
}

it('two folders of different depth give identical bytes', { timeout: 400_000 }, () => {
  const trees = [join(folder, 'a'), join(folder, 'another/and/deeper/place')];
  for (const tree of trees) {
    copyTree(tree);
    buildIn(tree);
  }
  const [first, second] = trees.map(digests);
  expect(second).toEqual(first);
});
