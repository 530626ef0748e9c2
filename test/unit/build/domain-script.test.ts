// SPDX-License-Identifier: Apache-2.0
// The linker script of domains: whatever a component lacks, each of its segments starts on a page of its own.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readComponentImage } from '../../../compiler/src/layout/component-image.ts';
import { compileObjects, linkElf } from '../../../compiler/src/toolchain/clang.ts';

const folder = mkdtempSync(join(tmpdir(), 'domain-script-'));
afterAll(() => rmSync(folder, { recursive: true }));

const CODE = '__thread int buffer; int count; void _start(void) { buffer = 1; count = 2; }';
const TABLE =
  'const int table[4] = {1, 2, 3, 4}; __thread int buffer; int count; void _start(void) { count = table[buffer]; }';

test.each([
  ['without read-only data', CODE, [1, 0, 1]],
  ['with all', TABLE, [1, 1, 1]],
])('a component %s', async (name, source, pages) => {
  writeFileSync(join(folder, 'x.c'), source);
  const objects = await compileObjects({ root: folder, sources: ['x.c'], objDir: join(folder, name), flags: ['-O2'] });
  const output = join(folder, `${name}.elf`);
  await linkElf({ objects, output, script: resolve('kernel/runtime/domain/domain.ld') });
  const image = readComponentImage('x', output, 0);
  expect([image.textPages, image.rodataPages, image.bssPages]).toEqual(pages);
});
