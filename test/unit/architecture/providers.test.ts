// SPDX-License-Identifier: Apache-2.0
// Who knows a path of the namespace knows the file that serves it, and the other way round.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const PROVIDERS = join(import.meta.dirname, '../../../ninedoor/providers');
const PAGE = readFileSync(join(import.meta.dirname, '../../../docs/namespace.md'), 'utf8');

/** The page has no GPU, and where the directories of sidecars are is up to the manifest. */
const NOT_ON_THE_PAGE = ['gpu', 'sidecars'];

const sources = new Map(
  readdirSync(PROVIDERS, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => [name.slice(0, -'.ts'.length), readFileSync(join(PROVIDERS, name), 'utf8')]),
);

/** Those that declare a file. */
const providers = [...sources].filter(([, text]) =>
  /(tree\.(readOnly|appendOnly|writeOnly)|ui\.declarePair)\(/.test(text),
);
const named = new Set(providers.map(([name]) => name));

/** The files of the page, as a provider may be named after them: without wildcards and extensions. */
const paths = [...PAGE.matchAll(/^\| `\/([^`]*[^/`])` \|/gm)].map((match) => {
  const path = match[1] ?? '';
  return {
    path,
    key: path
      .replace(/^shard\/<label>\//, '')
      .replace(/\/<[^>]+>/g, '')
      .replace(/\.\w+$/, ''),
  };
});

/** The file's own name, or that of the directory above it. */
function candidates(key: string): string[] {
  return [key, key.slice(0, key.lastIndexOf('/'))];
}

describe('providers', () => {
  it.each(paths)('$path has its file', ({ key }) => {
    expect(candidates(key).filter((name) => named.has(name))).not.toEqual([]);
  });

  it.each([...named].filter((name) => !NOT_ON_THE_PAGE.includes(name)))('%s.ts is named after a path', (name) => {
    expect(paths.flatMap(({ key }) => candidates(key))).toContain(name);
  });

  it.each([...named].filter((name) => name !== 'gpu'))('%s.ts is in the list', (name) => {
    const list = sources.get('index') ?? '';
    const local = new RegExp(`import \\* as (\\w+) from './${name}';`).exec(list)?.[1] ?? '';
    expect(list).toContain(`  ${local}.declare();`);
  });
});
