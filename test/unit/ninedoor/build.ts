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

/** The manifest's constants, where the compiler looks for `generated/`. */
export async function writeManifest(outDir: string): Promise<void> {
  mkdirSync(outDir, { recursive: true });
  await writeArtifacts(await compileManifest(join(ROOT, 'configs/root_task.toml')), outDir);
}

/**
 * Compiles the component. `change` rewrites the manifest's constants: for components of other manifests.
 */
export async function buildNineDoor(change?: (constants: string) => string): Promise<Built> {
  const hash = createHash('sha256').update(readFileSync(join(ROOT, 'asconfig.json')));
  const outDir = change === undefined ? OUT : join(OUT, 'changed');
  await writeManifest(outDir);
  const constants = join(outDir, 'generated/manifest.ts');
  if (change !== undefined) writeFileSync(constants, change(readFileSync(constants, 'utf8')));
  hash.update(readFileSync(constants));
  for (const path of sources()) hash.update(path).update(readFileSync(path));
  const stem = join(OUT, hash.digest('hex').slice(0, 16));
  if (!existsSync(`${stem}.wasm.map`)) {
    const request = {
      root: ROOT,
      directory: 'ninedoor',
      generatedDir: join(outDir, 'generated'),
      pages: MEMORY_BYTES >> 16,
    };
    const { wasm, sourceMap } = await ask('compile', request);
    mkdirSync(OUT, { recursive: true });
    writeFileSync(`${stem}.wasm`, wasm);
    writeFileSync(`${stem}.wasm.map`, sourceMap);
  }
  return { wasm: new Uint8Array(readFileSync(`${stem}.wasm`)), sourceMap: readFileSync(`${stem}.wasm.map`, 'utf8') };
}

export async function nineDoorModule(): Promise<WebAssembly.Module> {
  return new WebAssembly.Module((await buildNineDoor()).wasm);
}
