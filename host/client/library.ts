// SPDX-License-Identifier: Apache-2.0
/**
 * Builds the client library as others import it: one module of JavaScript, its types, and what the mock runs.
 * `node --import tsx host/client/library.ts out/host/client`.
 */
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { placeMockParts } from './mock/build.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const run = promisify(execFile);

/** Types come from the compiler itself; the sources were checked before. */
async function writeTypes(outDir: string): Promise<void> {
  const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
  const options = ['--declaration', '--emitDeclarationOnly', '--noEmit', 'false', '--rootDir', ROOT];
  const language = ['--target', 'ES2022', '--module', 'NodeNext', '--moduleResolution', 'NodeNext', '--strict'];
  const rest = ['--allowImportingTsExtensions', '--skipLibCheck', '--lib', 'ES2023,DOM', '--types', 'node'];
  const index = join(import.meta.dirname, 'index.ts');
  const all = [compiler, ...options, ...language, ...rest, '--outDir', join(outDir, 'types'), index];
  await run(process.execPath, all, { cwd: ROOT });
}

/** Returns what is in the module, for the notices of third parties. */
export async function buildLibrary(outDir: string): Promise<{ name: string; inputs: string[] }> {
  const { metafile } = await build({
    metafile: true,
    entryPoints: [join(import.meta.dirname, 'index.ts')],
    outfile: join(outDir, 'index.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    legalComments: 'eof',
    logLevel: 'warning',
  });
  await writeTypes(outDir);
  await placeMockParts(outDir);
  return { name: 'client/index.mjs', inputs: Object.keys(metafile.inputs) };
}

if (process.argv[1] === import.meta.filename) await buildLibrary(resolve(process.argv[2] ?? 'out/host/client'));
