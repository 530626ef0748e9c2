// SPDX-License-Identifier: Apache-2.0
/** NineDoor's wasm for tests and benchmarks: compiled once, then reused until a source changes. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { writeArtifacts } from '../../../compiler/src/manifest/artifacts/index.ts';
import { compileManifest } from '../../../compiler/src/manifest/compile.ts';
import { ask } from '../../../compiler/src/aot/worker-host.ts';

export const ROOT = resolve(import.meta.dirname, '../../..');
const OUT = join(ROOT, 'out/test/ninedoor');
/** Linear memory of the component. */
export const MEMORY_BYTES = 8 << 20;

function sources(): string[] {
  const found = readdirSync(join(ROOT, 'ninedoor'), { recursive: true, withFileTypes: true });
  return found
    .filter((entry) => entry.isFile() && /\.(ts|json)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

export interface Built {
  wasm: Uint8Array<ArrayBuffer>;
  sourceMap: string;
}

const MANIFEST = join(ROOT, 'configs/root_task.toml');

/** The manifest's constants, where the compiler looks for `generated/`. */
export async function writeManifest(outDir: string, manifest = MANIFEST): Promise<void> {
  mkdirSync(outDir, { recursive: true });
  await writeArtifacts(await compileManifest(manifest), outDir);
}

/** Other constants than those of the default manifest. */
export interface Changes {
  /** Values by name, as AssemblyScript spells them. */
  constants?: Readonly<Record<string, string | number>>;
  /** Another manifest in configs/. */
  manifest?: string;
  /** Linear memory, where the usual size is too small. */
  memory_bytes?: number;
}

function changed(text: string, changes: Readonly<Record<string, string | number>>): string {
  return Object.entries(changes).reduce((constants, [name, value]) => {
    const pattern = new RegExp(`(export const ${name}: [\\w<>]+ = )[^;]*;`);
    if (!pattern.test(constants)) throw new Error(`the manifest has no constant ${name}`);
    return constants.replace(pattern, `$1${value};`);
  }, text);
}

/** Compiles the component, for the default manifest or another one. */
export async function buildNineDoor(changes?: Changes): Promise<Built> {
  const hash = createHash('sha256').update(readFileSync(join(ROOT, 'asconfig.json')));
  // Each set of changes has a folder of its own: tests build at the same time.
  const key = createHash('sha256').update(JSON.stringify(changes ?? {}));
  const outDir = changes === undefined ? OUT : join(OUT, 'changed', key.digest('hex').slice(0, 16));
  await writeManifest(outDir, changes?.manifest === undefined ? MANIFEST : join(ROOT, 'configs', changes.manifest));
  const constants = join(outDir, 'generated/manifest.ts');
  if (changes?.constants !== undefined) {
    writeFileSync(constants, changed(readFileSync(constants, 'utf8'), changes.constants));
  }
  hash.update(readFileSync(constants));
  for (const path of sources()) hash.update(path).update(readFileSync(path));
  const stem = join(OUT, hash.digest('hex').slice(0, 16));
  if (!existsSync(`${stem}.wasm.map`)) {
    const request = {
      root: ROOT,
      directory: 'ninedoor',
      generatedDir: join(outDir, 'generated'),
      pages: (changes?.memory_bytes ?? MEMORY_BYTES) >> 16,
    };
    const { wasm, sourceMap } = await ask('compile', request);
    mkdirSync(OUT, { recursive: true });
    writeFileSync(`${stem}.wasm`, wasm);
    writeFileSync(`${stem}.wasm.map`, sourceMap);
  }
  return { wasm: new Uint8Array(readFileSync(`${stem}.wasm`)), sourceMap: readFileSync(`${stem}.wasm.map`, 'utf8') };
}

/** A number among the manifest's constants, once the component is built. */
export function constant(name: string): number {
  const text = readFileSync(join(OUT, 'generated/manifest.ts'), 'utf8');
  const value = new RegExp(`^export const ${name}: u\\d+ = (\\d+);$`, 'm').exec(text)?.[1];
  if (value === undefined) throw new Error(`the manifest has no number ${name}`);
  return Number(value);
}

export async function nineDoorModule(changes?: Changes): Promise<WebAssembly.Module> {
  return new WebAssembly.Module((await buildNineDoor(changes)).wasm);
}
