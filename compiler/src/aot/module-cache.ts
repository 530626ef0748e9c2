// SPDX-License-Identifier: Apache-2.0
/**
 * Owns modules for Node that are compiled once and kept by content: for the mock and the tests. A module is found again
 * only when every file that asc looked up is as it was then, wherever in the tree it lies.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { digest, digestFile, writeAtomic } from '../toolchain/files.ts';
import type { AscRequest } from './asc.ts';
import { resolveSource } from './source-path.ts';
import { pipelineDigest } from './component.ts';
import { ask } from './worker-host.ts';

export interface CachedModule {
  /** Names the content: other sources, another key. */
  key: string;
  wasm: Uint8Array<ArrayBuffer>;
  sourceMap: string;
}

/** What asc looked up when it last compiled with these settings. */
interface Lookups {
  names: string[];
}

function settingsOf({ directory, pages, allocator, basePages, replacements }: AscRequest): string {
  return JSON.stringify([directory, pages, allocator, basePages, replacements]);
}

/** Over the settings and the state of every file that was looked up, also of those that were not there. */
export function moduleKey(request: AscRequest, names: readonly string[]): string {
  const states = names.flatMap((name) => [name, digestFile(resolveSource(request, name)) ?? 'absent']);
  return digest([pipelineDigest(), settingsOf(request), ...states]).slice(0, 16);
}

function read(folder: string, key: string): CachedModule | undefined {
  const stem = join(folder, key);
  if (!existsSync(`${stem}.wasm`) || !existsSync(`${stem}.wasm.map`)) return undefined;
  return {
    key,
    wasm: new Uint8Array(readFileSync(`${stem}.wasm`)),
    sourceMap: readFileSync(`${stem}.wasm.map`, 'utf8'),
  };
}

/** Compiles, unless `folder` has the module of the same sources. */
export async function compileCached(request: AscRequest, folder: string): Promise<CachedModule> {
  const record = join(folder, `${digest([settingsOf(request)]).slice(0, 16)}.lookups.json`);
  if (existsSync(record)) {
    const { names } = JSON.parse(readFileSync(record, 'utf8')) as Lookups;
    const known = read(folder, moduleKey(request, names));
    if (known !== undefined) return known;
  }
  const { wasm, sourceMap, lookups } = await ask('compile', request);
  const key = moduleKey(request, lookups);
  writeAtomic(join(folder, `${key}.wasm`), wasm);
  // The map after the module, the record after both: what is found is whole.
  writeAtomic(join(folder, `${key}.wasm.map`), sourceMap);
  writeAtomic(record, JSON.stringify({ names: lookups } satisfies Lookups));
  return { key, wasm: new Uint8Array(wasm), sourceMap };
}
