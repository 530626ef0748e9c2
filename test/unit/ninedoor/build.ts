// SPDX-License-Identifier: Apache-2.0
/** NineDoor's wasm for tests and benchmarks: compiled once, then reused until a source changes. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { artifactsOf } from '../../../compiler/src/manifest/artifacts/index.ts';
import { writeFiles } from '../../../compiler/src/manifest/artifacts/write.ts';
import { compileManifest } from '../../../compiler/src/manifest/compile.ts';
import { compileCached } from '../../../compiler/src/aot/module-cache.ts';

export const ROOT = resolve(import.meta.dirname, '../../..');
const OUT = join(ROOT, 'out/test/ninedoor');
/** Linear memory of the component. */
export const MEMORY_BYTES = 8 << 20;

export interface Built {
  wasm: Uint8Array<ArrayBuffer>;
  sourceMap: string;
}

const MANIFEST = join(ROOT, 'configs/root_task.toml');

const CONSTANTS = 'generated/manifest.ts';

/**
 * The manifest's constants, where the compiler looks for `generated/`, some of them with other values. A file is replaced
 * in one step, and only by another content: the worker beside may be reading it.
 */
export async function writeManifest(outDir: string, manifest = MANIFEST, constants: Constants = {}): Promise<void> {
  mkdirSync(outDir, { recursive: true });
  const artifacts = artifactsOf(await compileManifest(manifest));
  writeFiles(
    outDir,
    artifacts.map(({ path, content }) => ({
      path,
      content: path === CONSTANTS ? changed(content, constants) : content,
    })),
  );
}

/** Values by name, as AssemblyScript spells them. */
export type Constants = Readonly<Record<string, string | number>>;

/** Other constants than those of the default manifest. */
export interface Changes {
  constants?: Constants;
  /** Another manifest in configs/. */
  manifest?: string;
  /** Linear memory, where the usual size is too small. */
  memory_bytes?: number;
}

function changed(text: string, changes: Constants): string {
  return Object.entries(changes).reduce((constants, [name, value]) => {
    const pattern = new RegExp(`(export const ${name}: [\\w<>]+ = )[^;]*;`);
    if (!pattern.test(constants)) throw new Error(`the manifest has no constant ${name}`);
    return constants.replace(pattern, `$1${value};`);
  }, text);
}

/** Compiles the component, for the default manifest or another one. */
export async function buildNineDoor(changes?: Changes): Promise<Built> {
  // Each set of changes has a folder of its own: the constants are written over the manifest's.
  const own = createHash('sha256')
    .update(JSON.stringify(changes ?? {}))
    .digest('hex')
    .slice(0, 16);
  const outDir = changes === undefined ? OUT : join(OUT, 'changed', own);
  const manifest = changes?.manifest === undefined ? MANIFEST : join(ROOT, 'configs', changes.manifest);
  await writeManifest(outDir, manifest, changes?.constants);
  const request = {
    root: ROOT,
    directory: 'ninedoor',
    generatedDir: join(outDir, 'generated'),
    pages: (changes?.memory_bytes ?? MEMORY_BYTES) >> 16,
  };
  return compileCached(request, join(OUT, 'modules'));
}

/** A number among the manifest's constants, once the component is built. */
export function constant(name: string): number {
  const text = readFileSync(join(OUT, CONSTANTS), 'utf8');
  const value = new RegExp(`^export const ${name}: u\\d+ = (\\d+);$`, 'm').exec(text)?.[1];
  if (value === undefined) throw new Error(`the manifest has no number ${name}`);
  return Number(value);
}

export async function nineDoorModule(changes?: Changes): Promise<WebAssembly.Module> {
  return new WebAssembly.Module((await buildNineDoor(changes)).wasm);
}
