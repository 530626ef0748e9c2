// SPDX-License-Identifier: Apache-2.0
/** Golden C: what the marker step and the patches make of wasm2c's output. A wabt upgrade shows up here first. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { patchC } from '../../../compiler/src/aot/wasm2c.ts';
import { build, refusal, specOf, temporaryFolder } from './harness.ts';

const folder = temporaryFolder();
afterAll(folder.remove);

let c = '';
let prologue = '';
const END = '#pragma clang attribute pop\n';

beforeAll(async () => {
  const result = await build(folder.path, specOf('golden'));
  c = readFileSync(result.c[0] ?? '', 'utf8');
  prologue = c.slice(0, c.indexOf(END) + END.length);
});

it('the functions of the component', async () => {
  await expect(c.slice(prologue.length)).toMatchFileSnapshot(join(import.meta.dirname, 'golden/functions.c.txt'));
});

it('the glue files', async () => {
  const read = (name: string): string => readFileSync(join(folder.path, 'aot/golden', name), 'utf8');
  const text = `${read('component.h')}${read('component.c')}`;
  await expect(text).toMatchFileSnapshot(join(import.meta.dirname, 'golden/component.c.txt'));
});

it('the patched prologue is the one that was reviewed', () => {
  // On a mismatch after an upgrade of wabt: read the new prologue against the patches in wasm2c.ts, then take the
  // digest over.
  const digest = createHash('sha256').update(prologue).digest('hex');
  expect(digest).toBe('a79ed9a1bdb18dd285a18ae28cf2ed6ad9c08cc3e9020a871cd2062fa9d87b0b');
});

it.each([
  ['nothing to patch', 'int x;\n'],
  ['a text that occurs twice', '#define IS_SINGLE_UNSHARED_MEMORY 1\n#define IS_SINGLE_UNSHARED_MEMORY 1\n'],
])('patches refuse %s', async (_what, text) => {
  const [diagnostic] = await refusal(Promise.resolve().then(() => patchC(text)));
  expect(diagnostic?.message).toMatch(
    /^wasm2c's output has changed: patch "begin of the prologue" found its text [02] times/,
  );
});
