// SPDX-License-Identifier: Apache-2.0
/**
 * Makes of qemu/ the package `qemu-wasm-runner` as others install it: JavaScript, types, README, its command.
 * `node --import tsx tools/bundle-runner.ts [out/host/qemu-wasm-runner]`.
 */
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { bundle, writeTypes } from './library.ts';

const ROOT = resolve(import.meta.dirname, '..');
const SHEBANG = '#!/usr/bin/env node\n';

interface Package {
  version: string;
  devDependencies: Record<string, string>;
}

function json(path: string): Package {
  return JSON.parse(readFileSync(join(ROOT, path), 'utf8')) as Package;
}

/** Returns what is in the module, for the notices of third parties. */
export async function bundleRunner(outDir: string): Promise<{ name: string; inputs: string[] }> {
  mkdirSync(outDir, { recursive: true });
  const inputs = await bundle('qemu/src/index.ts', join(outDir, 'index.mjs'));
  const command = join(outDir, 'qemu-wasm-runner.mjs');
  await bundle('qemu/src/command.ts', command);
  writeFileSync(command, SHEBANG + readFileSync(command, 'utf8'));
  chmodSync(command, 0o755);
  await writeTypes('qemu/src/index.ts', join(outDir, 'types'));
  copyFileSync(join(ROOT, 'qemu/README.md'), join(outDir, 'README.md'));
  copyFileSync(join(ROOT, 'LICENSE'), join(outDir, 'LICENSE'));
  const published = {
    ...json('qemu/package.json'),
    exports: { '.': { types: './types/qemu/src/index.d.ts', default: './index.mjs' } },
    bin: { 'qemu-wasm-runner': './qemu-wasm-runner.mjs' },
    files: ['index.mjs', 'qemu-wasm-runner.mjs', 'types'],
    // The types speak of streams and child processes.
    dependencies: { '@types/node': json('package.json').devDependencies['@types/node'] },
  };
  writeFileSync(join(outDir, 'package.json'), `${JSON.stringify(published, null, 2)}\n`);
  return { name: 'qemu-wasm-runner/index.mjs', inputs };
}

if (process.argv[1] === import.meta.filename) {
  await bundleRunner(resolve(process.argv[2] ?? join(ROOT, 'out/host/qemu-wasm-runner')));
}
