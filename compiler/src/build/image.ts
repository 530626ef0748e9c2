/**
 * Builds a whole image: manifest → generated sources → root task → kernel → packed image, with a report. Every product
 * is written in one step; after a failure the previous products are still there, whole.
 */
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { buildComponent, type ComponentResult, type MemoryMode } from '../aot/component.ts';
import type { Board } from '../image/boards.ts';
import { packImage, type PackedImage } from '../image/pack.ts';
import type { SeL4Prefix } from '../image/prefix.ts';
import { writeArtifacts } from '../manifest/artifacts/index.ts';
import { compileManifest, type CompiledManifest } from '../manifest/compile.ts';
import { digestFile, temporaryName, writeIfChanged } from '../toolchain/files.ts';
import { boardModule } from './board-module.ts';
import { rootTask } from './components.ts';
import { buildDevkernel } from './devkernel.ts';
import { renameSync } from 'node:fs';

export interface ImageOptions {
  root: string;
  outDir: string;
  manifest: string;
  board: Board;
  mode: MemoryMode;
  prefix?: SeL4Prefix;
  /** Folder of another component in the root task's place, for tests. */
  rootTaskDirectory?: string;
  progress?: (step: string) => void;
}

export interface BuiltImage {
  manifest: CompiledManifest;
  rootTask: ComponentResult;
  image: PackedImage;
  /** Path of image.elf. */
  output: string;
}

/** Version of the project, from package.json. */
export function projectVersion(root: string): string {
  return (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version;
}

export async function buildImage(options: ImageOptions): Promise<BuiltImage> {
  const { root, board, prefix, progress } = options;
  const outDir = resolve(options.outDir);
  const version = projectVersion(root);
  const manifest = await compileManifest(options.manifest);
  mkdirSync(outDir, { recursive: true });
  await writeArtifacts(manifest, outDir);
  writeIfChanged(join(outDir, 'generated/board.ts'), boardModule(board, version));

  const spec = rootTask({
    mode: options.mode,
    ...(prefix === undefined ? {} : { prefix }),
    ...(options.rootTaskDirectory === undefined ? {} : { directory: options.rootTaskDirectory }),
  });
  const kernelElf = join(outDir, 'kernel.elf');
  const context = { root, outDir, ...(progress === undefined ? {} : { progress }) };
  const [component] = await Promise.all([
    buildComponent(spec, context),
    prefix === undefined
      ? buildDevkernel({ ...context, objDir: join(outDir, 'devkernel'), output: kernelElf, version })
      : copyKernel(prefix.kernelElf, kernelElf),
  ]);
  const output = join(outDir, 'image.elf');
  const image = await packImage({
    kernelElf,
    rootTaskElf: component.elf,
    board,
    output,
    ...(prefix?.gicVersion === undefined ? {} : { gicVersion: prefix.gicVersion }),
  });
  return { manifest, rootTask: component, image, output };
}

function copyKernel(from: string, to: string): void {
  if (digestFile(from) === digestFile(to)) return;
  const temporary = temporaryName(to);
  copyFileSync(from, temporary);
  renameSync(temporary, to);
}
