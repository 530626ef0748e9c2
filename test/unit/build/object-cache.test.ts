// SPDX-License-Identifier: Apache-2.0
// Objects that output folders share: taken only for the same command and inputs, and with the bytes of a compilation.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { compileObjects } from '../../../compiler/src/toolchain/clang.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'object-cache-'));
  writeFileSync(join(root, 'main.c'), '#include "limit.h"\nconst char *where(void) { return __FILE__ LIMIT; }\n');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Compiles main.c for an output folder with this limit; returns the object's bytes and whether clang ran. */
async function compile(name: string, limit: string, flags: readonly string[] = []): Promise<[Buffer, boolean]> {
  const outDir = join(root, 'out', name);
  mkdirSync(outDir, { recursive: true });
  writeFileSync(
    join(outDir, 'limit.h'),
    `#define LIMIT "${limit}"\nstatic inline const char *here(void) { return __FILE__; }\n`,
  );
  const compiled: string[] = [];
  const [object = ''] = await compileObjects({
    root,
    sources: ['main.c'],
    objDir: join(outDir, 'obj'),
    includeDirs: [outDir],
    prefixMap: [[outDir, 'out']],
    flags: ['-O1', ...flags],
    progress: (source) => compiled.push(source),
  });
  return [readFileSync(object), compiled.length > 0];
}

const cached = (): string => join(root, 'out/cache/objects');
const entries = (): string[] =>
  readdirSync(cached(), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.o'));

it('another output folder takes the object, which is what clang would have made', async () => {
  const [first, ran] = await compile('a', '1');
  expect(ran).toBe(true);
  expect(await compile('b/deeper', '1')).toEqual([first, false]);
  rmSync(cached(), { recursive: true });
  expect(await compile('c', '1')).toEqual([first, true]);
});

it('another input, flag or source is compiled', async () => {
  await compile('a', '1');
  expect((await compile('b', '2'))[1]).toBe(true);
  expect((await compile('c', '1', ['-DX']))[1]).toBe(true);
  writeFileSync(join(root, 'main.c'), '#include "limit.h"\nint other;\n');
  expect((await compile('d', '1'))[1]).toBe(true);
});

it('a damaged object or list is no object', async () => {
  const [first] = await compile('a', '1');
  for (const name of entries()) writeFileSync(join(cached(), name), 'damaged');
  expect(await compile('b', '1')).toEqual([first, true]);
  for (const name of readdirSync(cached())) writeFileSync(join(cached(), name, 'index.json'), '[{');
  expect(await compile('c', '1')).toEqual([first, true]);
});

it('keeps a bounded number of objects, the newest', async () => {
  for (let i = 0; i < 14; i++) await compile(`a${i}`, String(i));
  expect(entries()).toHaveLength(12);
  expect((await compile('b', '13'))[1]).toBe(false);
  expect((await compile('c', '0'))[1]).toBe(true);
});
