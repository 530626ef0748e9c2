// SPDX-License-Identifier: Apache-2.0
/**
 * Builds the client library as others import it: one module of JavaScript, its types, and what the mock runs.
 * `node --import tsx host/client/library.ts out/host/client`.
 */
import { join, resolve } from 'node:path';
import { bundle, writeTypes } from '../../tools/library.ts';
import { placeMockParts } from './mock/build.ts';

/** Returns what is in the module, for the notices of third parties. */
export async function buildLibrary(outDir: string): Promise<{ name: string; inputs: string[] }> {
  const index = join(import.meta.dirname, 'index.ts');
  const inputs = await bundle(index, join(outDir, 'index.mjs'));
  await writeTypes(index, join(outDir, 'types'));
  await placeMockParts(outDir);
  return { name: 'client/index.mjs', inputs };
}

if (process.argv[1] === import.meta.filename) await buildLibrary(resolve(process.argv[2] ?? 'out/host/client'));
