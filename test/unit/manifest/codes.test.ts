// SPDX-License-Identifier: Apache-2.0
// Every code that a source can throw is explained, and every code that is explained can be thrown.
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { catalogue } from '../../../compiler/src/manifest/catalogue.ts';

const root = resolve(import.meta.dirname, '../../..');
const FOLDERS = ['compiler', 'diagnostics', 'host', 'qemu', 'tools'];

const texts = FOLDERS.flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.includes('node_modules'))
    .map((name) => readFileSync(join(root, folder, name), 'utf8')),
).join('\n');

test('every code in a source is in the catalogue', () => {
  const used = new Set([...texts.matchAll(/'(COH\d{4})'/g)].map(([, code]) => code));
  expect(used.size).toBeGreaterThan(100);
  expect([...used].filter((code = '') => !catalogue.has(code))).toEqual([]);
});

test('every code in the catalogue is thrown somewhere', () => {
  // The runner throws by name; its table is the only place of the code itself.
  const codes = [...catalogue.keys()].filter((code) => !code.startsWith('COH08'));
  expect(codes.filter((code) => !new RegExp(`['.]${code}\\b(?!: \\{)`).test(texts))).toEqual([]);
});

test('every code has a cause and a way out', () => {
  for (const [code, { cause, fix }] of catalogue) {
    expect(cause, code).toMatch(/\.$/);
    expect(fix, code).not.toBe('');
  }
});
