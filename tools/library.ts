// SPDX-License-Identifier: Apache-2.0
/**
 * How a part of the checkout becomes a package for others: one module of JavaScript, and its types. Used by the client
 * library and by the QEMU runner.
 */
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { versionDefine } from './version.ts';

const ROOT = resolve(import.meta.dirname, '..');
const run = promisify(execFile);

/** Bundles `entry` into `outfile`; returns the files that are in it. */
export async function bundle(entry: string, outfile: string): Promise<string[]> {
  const { metafile } = await build({
    metafile: true,
    absWorkingDir: ROOT,
    entryPoints: [entry],
    outfile: resolve(outfile),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    minifySyntax: true,
    // A package in CommonJS asks for node's own modules by `require`, which a module does not have.
    banner: { js: "import{createRequire as nodeRequire}from'node:module';const require=nodeRequire(import.meta.url);" },
    define: versionDefine(ROOT),
    legalComments: 'eof',
    logLevel: 'warning',
  });
  return Object.keys(metafile.inputs);
}

/** Types come from the compiler itself; the sources were checked before. `index` ends up at `<outDir>/<its path>`. */
export async function writeTypes(index: string, outDir: string, types = 'node'): Promise<void> {
  const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const options = ['--declaration', '--emitDeclarationOnly', '--noEmit', 'false', '--rootDir', ROOT];
  const language = ['--target', 'ES2022', '--module', 'NodeNext', '--moduleResolution', 'NodeNext', '--strict'];
  const rest = ['--allowImportingTsExtensions', '--skipLibCheck', '--lib', 'ES2023,DOM', '--types', types];
  const all = [compiler, ...options, ...language, ...rest, '--outDir', resolve(outDir), index];
  await run(process.execPath, all, { cwd: ROOT });
}
