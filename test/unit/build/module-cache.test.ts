// SPDX-License-Identifier: Apache-2.0
// NineDoor for Node is compiled anew when any file that it is made of changes, in lib/ as well.
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { compileCached, moduleKey } from '../../../compiler/src/aot/module-cache.ts';
import { ROOT } from '../../support/build.ts';
import { copyTree } from '../../support/tree.ts';
import { writeManifest } from '../ninedoor/build.ts';

const tree = mkdtempSync(join(tmpdir(), 'module-cache-'));
afterAll(() => rmSync(tree, { recursive: true, force: true }));

it('a change in lib/ changes the key', async () => {
  copyTree(tree);
  const outDir = join(ROOT, 'out/test/module-cache');
  await writeManifest(outDir);
  const request = { directory: 'ninedoor', generatedDir: join(outDir, 'generated'), pages: 128 };
  const here = { ...request, root: ROOT };
  const folder = join(outDir, 'modules');
  const { key } = await compileCached(here, folder);
  const [record = ''] = readdirSync(folder).filter((name) => name.endsWith('.lookups.json'));
  const { names } = JSON.parse(readFileSync(join(folder, record), 'utf8')) as { names: string[] };
  const there = { ...request, root: tree };
  expect(moduleKey(there, names)).toBe(key);
  const shared = names.filter((name) => name.startsWith('lib/') && name.endsWith('.ts'));
  const used = shared.find((name) => moduleKey(there, [name]) !== moduleKey({ ...there, root: '/absent' }, [name]));
  if (used === undefined) throw new Error('NineDoor imports nothing of lib/');
  appendFileSync(join(tree, used), '// Another byte.\n');
  expect(moduleKey(there, names), used).not.toBe(key);
});
