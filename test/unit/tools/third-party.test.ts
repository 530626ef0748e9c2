// SPDX-License-Identifier: Apache-2.0
/** Notices of third parties: everything that is built in is named with its licence, or the build stops. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { build } from 'esbuild';
import { afterAll, describe, expect, it } from 'vitest';
import { type ComponentInputs, bundledParts, imageParts, thirdPartyText } from '../../../tools/third-party.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const folder = mkdtempSync(join(tmpdir(), 'third-party-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}
file('node_modules/@a/one/package.json', '{ "name": "@a/one", "version": "1.2.3" }');
file('node_modules/@a/one/LICENSE.md', 'one is free\r\n');
file('node_modules/two/package.json', '{ "name": "two", "version": "2.0.0" }');
file('node_modules/two/LICENCE', 'two is free');
file('node_modules/two/NOTICE', 'mind two');
file('node_modules/bare/package.json', '{ "name": "bare", "version": "3.0.0" }');
file('lwip/COPYING', 'lwip is free');

const SOME = [
  { name: 'x.mjs', inputs: ['host/x.ts', 'node_modules/@a/one/lib/a.js', 'node_modules/two/b.js'] },
  { name: 'w.mjs', inputs: ['node_modules/two/c/d.js'] },
];

describe('bundles', () => {
  it('name each package once, with where it is and its texts', () => {
    const text = thirdPartyText('Title', bundledParts(folder, SOME));
    expect(text.split('\n').filter((line) => line !== '' && !line.startsWith('='))).toEqual([
      'Title',
      '@a/one 1.2.3',
      'in: x.mjs',
      'one is free',
      'two 2.0.0',
      'in: w.mjs, x.mjs',
      'two is free',
      'mind two',
    ]);
  });

  it('have the same text in any order', () => {
    const turned = [...SOME].reverse().map(({ name, inputs }) => ({ name, inputs: [...inputs].reverse() }));
    expect(thirdPartyText('Title', bundledParts(folder, turned))).toBe(
      thirdPartyText('Title', bundledParts(folder, SOME)),
    );
  });

  it('stop at a package without a licence text', () => {
    const bundles = [{ name: 'x.mjs', inputs: ['node_modules/bare/a.js'] }];
    expect(() => bundledParts(folder, bundles)).toThrow('bare 3.0.0 has no licence text');
  });

  it.each(['compiler/src/coh-rtc.ts', 'host/cohsh/main.ts', 'host/client/index.ts'])('%s', async (entry) => {
    const options = { bundle: true, platform: 'node', format: 'esm', write: false, metafile: true } as const;
    const { metafile } = await build({ ...options, absWorkingDir: ROOT, entryPoints: [entry], logLevel: 'error' });
    const inputs = Object.keys(metafile.inputs);
    const names = inputs.flatMap(
      (path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules)/.exec(path)?.[1] ?? [],
    );
    const parts = bundledParts(ROOT, [{ name: 'x', inputs }]);
    expect(parts.map(({ name }) => name).sort()).toEqual([...new Set(names)].sort());
  });
});

describe('images', () => {
  const foreign = {
    root: ROOT,
    outDir: join(folder, 'out'),
    lwip: { directory: join(folder, 'lwip'), version: '2.1.3' },
  };
  const plain: ComponentInputs = { name: 'plain', sources: ['lib/a.ts'], files: ['kernel/runtime/wasm/heap.c'] };
  const net: ComponentInputs = {
    name: 'net',
    sources: ['domains/net/index.ts', '~lib/memory.ts'],
    files: [
      join(folder, 'lwip/src/core/tcp.c'),
      join(folder, 'out/aot/net/net.c'),
      '/usr/lib/clang/19/include/stddef.h',
    ],
  };
  const names = (...components: ComponentInputs[]): string[] =>
    imageParts(components, foreign).map(({ name, version, within }) => `${name} ${version}: ${within.join(' ')}`);
  const versionOf = (name: string): string =>
    (JSON.parse(readFileSync(join(ROOT, `node_modules/${name}/package.json`), 'utf8')) as { version: string }).version;

  it('name what each component is built from', () => {
    expect(names(plain)).toEqual([`wabt ${versionOf('wabt')}: plain`]);
    expect(names(plain, net)).toEqual([
      `wabt ${versionOf('wabt')}: plain net`,
      `assemblyscript ${versionOf('assemblyscript')}: net`,
      'lwip 2.1.3: net',
    ]);
  });

  it.each([join(folder, 'other/a.c'), 'node_modules/two/a.c', '/usr/include/stdio.h'])('stop at %s', (path) => {
    expect(() => names({ ...plain, files: [path] })).toThrow('whose licence is not known');
  });

  it('stop at a tree of lwIP without its licence', () => {
    rmSync(join(folder, 'lwip/COPYING'));
    expect(() => names(net)).toThrow('lwip 2.1.3 has no licence text');
  });
});
