// SPDX-License-Identifier: Apache-2.0
// What is generated for components is read by one of them: a constant that nobody reads is a key that does nothing.
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { boardModule, buildFacts } from '../../../compiler/src/build/board-module.ts';
import { findBoard } from '../../../compiler/src/image/boards.ts';
import { layoutArtifacts, layoutDomains, planDomains } from '../../../compiler/src/layout/index.ts';
import { COLUMNS } from '../../../compiler/src/layout/format.ts';
import { defaultProfile } from '../../../compiler/src/manifest/artifacts/default-profile.ts';
import { artifactsOf } from '../../../compiler/src/manifest/artifacts/index.ts';
import { readVersion } from '../../../tools/version.ts';
import { imagesOf } from '../layout/support.ts';

const root = resolve(import.meta.dirname, '../../..');
const COMPONENTS = ['lib', 'roottask', 'ninedoor', 'domains'];

/** Names that a source takes from generated/<name>: by an import of its own, or as a member of the whole module. */
function readNames(source: string, module: string): string[] {
  const from = `\\s*\\}?\\s*from\\s*'(?:\\.\\./)+generated/${module}'`;
  const named = [...source.matchAll(new RegExp(`\\{([^}]*)${from}`, 'g'))].flatMap(([, list = '']) =>
    list.split(',').map((entry) => entry.trim().replace(/ as .*/s, '')),
  );
  const whole = [...source.matchAll(new RegExp(`\\*\\s*as\\s+(\\w+)${from}`, 'g'))].flatMap(([, name = '']) =>
    [...source.matchAll(new RegExp(`\\b${name}\\.(\\w+)`, 'g'))].map(([, member = '']) => member),
  );
  return [...named, ...whole];
}

const sources = COMPONENTS.flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(root, folder, name), 'utf8')),
);

function unread(module: string, content: string): string[] {
  const read = new Set(sources.flatMap((source) => readNames(source, module)));
  const made = [...content.matchAll(/^export const (\w+)/gm)].map(([, name = '']) => name);
  expect(made.length).toBeGreaterThan(0);
  // And the other way round: what a component asks for is there.
  expect([...read].filter((name) => name !== '' && !made.includes(name))).toEqual([]);
  return made.filter((name) => !read.has(name));
}

const board = findBoard('qemu-virt');
const manifest = defaultProfile();
const artifacts = new Map(artifactsOf(manifest).map(({ path, content }) => [path, content]));
const plan = planDomains(manifest, board);
const layout = new Map(
  layoutArtifacts(plan, layoutDomains(plan, imagesOf(plan))).map(({ path, content }) => [path, content]),
);

test.each([
  ['manifest', artifacts.get('generated/manifest.ts')],
  ['secrets', artifacts.get('generated/secrets.ts')],
  ['board', boardModule(board)],
  ['build', buildFacts(readVersion(root))],
])('every constant of generated/%s.ts is read by a component', (name, content) => {
  expect(unread(name, content ?? '')).toEqual([]);
});

test('every scalar and array of generated/layout.ts is read by the root task', () => {
  // Columns and the words that stand in them are the format as a whole (docs/domains.md).
  const format = Object.entries(COLUMNS).flatMap(([table, columns]) => [
    table,
    ...['columns', ...columns].map((column) => `${table}_${column.toUpperCase()}`),
  ]);
  const isWord = (name: string): boolean => /^(NONE$|(KIND|SOURCE|BADGE|ROLE)_)/.test(name);
  const names = unread('layout', layout.get('generated/layout.ts') ?? '');
  expect(names.filter((name) => !format.includes(name) && !isWord(name))).toEqual([]);
});

test('names are found in both kinds of import', () => {
  const source =
    "import { A, B as C } from '../generated/x';\nimport * as all from '../../generated/x';\nall.D + other.E;";
  expect(readNames(source, 'x')).toEqual(['A', 'B', 'D']);
});
