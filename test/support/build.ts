/**
 * Products that tests share: each is built once into out/test and reused, by the same functions that `make image` calls.
 */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { buildComponent } from '../../compiler/src/aot/component.ts';
import { boardModule } from '../../compiler/src/build/board-module.ts';
import { rootTask } from '../../compiler/src/build/components.ts';
import { buildImage, projectVersion, type BuiltImage, type ImageOptions } from '../../compiler/src/build/image.ts';
import { findBoard } from '../../compiler/src/image/boards.ts';
import { writeArtifacts } from '../../compiler/src/manifest/artifacts/index.ts';
import { compileManifest } from '../../compiler/src/manifest/compile.ts';
import { writeIfChanged } from '../../compiler/src/toolchain/files.ts';

export const ROOT = resolve(import.meta.dirname, '../..');
export const MANIFEST = join(ROOT, 'configs/root_task.toml');

/** The root task's wasm; returns its path. */
export async function rootTaskWasm(): Promise<string> {
  const outDir = join(ROOT, 'out/test/roottask');
  mkdirSync(outDir, { recursive: true });
  await writeArtifacts(await compileManifest(MANIFEST), outDir);
  writeIfChanged(join(outDir, 'generated/board.ts'), boardModule(findBoard('qemu-virt'), projectVersion(ROOT)));
  const result = await buildComponent(rootTask({ mode: 'guard' }), { root: ROOT, outDir });
  return result.wasm;
}

/** A whole image in out/test/<name>. */
export function testImage(name: string, options: Partial<ImageOptions> = {}): Promise<BuiltImage> {
  return buildImage({
    root: ROOT,
    outDir: join(ROOT, 'out/test', name),
    manifest: MANIFEST,
    board: findBoard('qemu-virt'),
    mode: 'guard',
    ...options,
  });
}
