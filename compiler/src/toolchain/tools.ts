// SPDX-License-Identifier: Apache-2.0
/**
 * Owns finding the host's LLVM tools for everything that compiles or links: plain names and Debian's versioned ones,
 * with a floor on the version, and an error that names the package to install.
 */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { failure } from '../../../diagnostics/diagnostic.ts';
import { run } from './process.ts';

export type ToolName =
  'clang' | 'ld.lld' | 'wasm-ld' | 'llvm-objcopy' | 'llvm-dwarfdump' | 'llvm-symbolizer' | 'llvm-ar';

/** Oldest major version that the flags in use exist in. */
export const MINIMUM_LLVM = 14;
/** Newest first: a plain name wins, then the highest versioned name. */
const VERSIONS = [21, 20, 19, 18, 17, 16, 15, 14];

const PACKAGES: Record<ToolName, string> = {
  clang: 'clang',
  'ld.lld': 'lld',
  'wasm-ld': 'lld',
  'llvm-objcopy': 'llvm',
  'llvm-dwarfdump': 'llvm',
  'llvm-symbolizer': 'llvm',
  'llvm-ar': 'llvm',
};

export interface Tool {
  path: string;
  version: number;
  /** First line of `--version`: part of every command hash, so that a compiler upgrade rebuilds. */
  identity: string;
}

const found = new Map<string, Promise<Tool>>();

/** Finds a tool on PATH; the answer is remembered per PATH. */
export function findTool(name: ToolName): Promise<Tool> {
  const key = `${name}\0${process.env['PATH'] ?? ''}`;
  let tool = found.get(key);
  if (tool === undefined) {
    tool = locate(name);
    found.set(key, tool);
  }
  return tool;
}

async function locate(name: ToolName): Promise<Tool> {
  const fix = `apt-get install ${PACKAGES[name]}`;
  let tooOld: string | undefined;
  for (const candidate of [name, ...VERSIONS.map((v) => `${name}-${v}`)]) {
    const path = which(candidate);
    if (path === undefined) continue;
    const { stdout } = await run(path, ['--version']);
    const version = Number(/(?:version|LLD) (\d+)\./.exec(stdout)?.[1] ?? 0);
    if (version >= MINIMUM_LLVM) return { path, version, identity: stdout.split('\n').slice(0, 3).join(' ').trim() };
    tooOld ??= `${path} is version ${version === 0 ? 'unknown' : version}`;
  }
  if (tooOld !== undefined) {
    throw failure('COH0702', `${name} ${MINIMUM_LLVM} or newer is needed, but ${tooOld}`, fix);
  }
  throw failure('COH0701', `${name} is not installed`, fix);
}

function which(name: string): string | undefined {
  for (const directory of (process.env['PATH'] ?? '').split(delimiter)) {
    if (directory === '') continue;
    const path = join(directory, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not here: look on.
    }
  }
  return undefined;
}
