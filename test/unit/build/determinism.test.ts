// SPDX-License-Identifier: Apache-2.0
// The same sources give the same image, whatever folder they are built in, and from nothing or step by step.
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { ROOT, testImage } from '../../support/build.ts';
import { buildIn, copyTree } from '../../support/tree.ts';

const folder = mkdtempSync(join(tmpdir(), 'determinism-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const PRODUCTS = ['image.elf', 'kernel.elf', 'roottask.elf', 'uart.elf', 'layout.json', 'manifest.json', 'report.json'];
const IMAGE = 'out/test/system/devkernel';

function digests(tree: string): Record<string, string> {
  const sha256 = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');
  return Object.fromEntries(PRODUCTS.map((name) => [name, sha256(join(tree, IMAGE, name))]));
}

// The image here is the one of the boot tests, as far as it was there already; the other one is made from nothing, in a
// deeper folder, with other temporary files and other permissions.
it('a build from nothing in another place gives the bytes of the one here', { timeout: 400_000 }, async () => {
  const tree = join(folder, 'another/and/deeper/place');
  copyTree(tree);
  const temporary = join(folder, 'temporary');
  mkdirSync(temporary);
  buildIn(tree, { TMPDIR: temporary, umask: '077' });
  await testImage('system/devkernel');
  expect(digests(tree)).toEqual(digests(ROOT));
});
