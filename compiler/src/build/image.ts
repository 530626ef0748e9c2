// SPDX-License-Identifier: Apache-2.0
/**
 * Builds a whole image: manifest → generated sources → root task → kernel → packed image, with a report. Every product
 * is written in one step; after a failure the previous products are still there, whole.
 */
import { copyFileSync, mkdirSync, renameSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { buildComponent, type BuildContext, type ComponentResult, type MemoryMode } from '../aot/component.ts';
import type { ComponentReport } from '../aot/report.ts';
import type { Board } from '../image/boards.ts';
import { packImage, type PackedImage } from '../image/pack.ts';
import type { SeL4Prefix } from '../image/prefix.ts';
import { planDomains, type DomainPlan } from '../layout/index.ts';
import { ROOT_TASK_NAME } from '../manifest/schema/limits.ts';
import { writeArtifacts } from '../manifest/artifacts/index.ts';
import { compileManifest, type CompiledManifest } from '../manifest/compile.ts';
import { digestFile, temporaryName, writeIfChanged } from '../toolchain/files.ts';
import { componentInputs, imageParts, thirdPartyText } from '../../../tools/third-party.ts';
import { type ProjectVersion, readVersion } from '../../../tools/version.ts';
import { boardModule, buildFacts } from './board-module.ts';
import { rootTask, type BuildOptions } from './components.ts';
import { buildDevkernel } from './devkernel.ts';
import { lwipDirectory, lwipOrigin } from './lwip.ts';
import { machineFile } from './machine-file.ts';
import { buildDomains, type BuiltDomains } from './domains.ts';

export interface ImageOptions {
  root: string;
  outDir: string;
  manifest: string;
  board: Board;
  mode: MemoryMode;
  prefix?: SeL4Prefix;
  /** Folders of other components in the place of some (`roottask` or a component's name), for tests. */
  directories?: Readonly<Record<string, string>>;
  /** Those are merged with the C sources of the components, too. */
  withNative?: boolean;
  /** C files that provoke faults, linked to every component, for tests; recursion is let through. */
  faultSources?: readonly string[];
  /** What the image says it was built from, for tests: what package.json and git say, otherwise. */
  version?: ProjectVersion;
  progress?: (step: string) => void;
}

export interface BuiltImage {
  manifest: CompiledManifest;
  rootTask: ComponentResult;
  domains: BuiltDomains;
  reports: ComponentReport[];
  image: PackedImage;
  /** Path of image.elf. */
  output: string;
}

export async function buildImage(options: ImageOptions): Promise<BuiltImage> {
  const { root, board, prefix, progress } = options;
  const outDir = resolve(options.outDir);
  const origin = options.version ?? readVersion(root);
  const { version } = origin;
  const manifest = await compileManifest(options.manifest);
  mkdirSync(outDir, { recursive: true });
  await writeArtifacts(manifest, outDir);
  writeIfChanged(join(outDir, 'generated/board.ts'), boardModule(board));
  writeIfChanged(join(outDir, 'generated/build.ts'), buildFacts(origin));
  writeIfChanged(join(outDir, 'machine.json'), machineFile(manifest));

  const kernelElf = join(outDir, 'kernel.elf');
  const context = { root, outDir, ...(progress === undefined ? {} : { progress }) };
  const toolchain = {
    mode: options.mode,
    ...(options.faultSources === undefined ? {} : { faultSources: options.faultSources }),
    ...(options.withNative === undefined ? {} : { withNative: options.withNative }),
  };
  const plan = planDomains(manifest, board);
  const [{ domains, component }] = await Promise.all([
    buildUserland(plan, options, toolchain, context),
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
    gicVersion: prefix === undefined ? 'any' : prefix.gicVersion,
  });
  const reports = [component, ...domains.components].map((built) => built.report);
  writeIfChanged(join(outDir, 'report.json'), reportJson(options, origin, reports, image));
  writeIfChanged(join(outDir, 'THIRD-PARTY.txt'), notices(options, outDir, reports));
  return { manifest, rootTask: component, domains, reports, image, output };
}

/** The domains first: the root task is compiled with their layout and linked with their images. */
async function buildUserland(plan: DomainPlan, options: ImageOptions, toolchain: BuildOptions, context: BuildContext) {
  const directories = options.directories ?? {};
  const domains = await buildDomains(plan, { ...toolchain, directories }, context);
  const directory = directories[ROOT_TASK_NAME];
  const component = await buildComponent(
    rootTask({
      ...toolchain,
      archive: domains.archive,
      span_bytes: plan.root.spanBytes,
      ...(directory === undefined ? {} : { directory }),
    }),
    context,
  );
  return { domains, component };
}

function reportJson(
  options: ImageOptions,
  { version, commit }: ProjectVersion,
  components: readonly ComponentReport[],
  image: PackedImage,
): string {
  const lwip = lwipOrigin(options.root);
  const report = {
    board: options.board.name,
    version,
    commit,
    mode: options.mode,
    image_bytes: image.bytes,
    lwip,
    components,
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

function notices({ root }: ImageOptions, outDir: string, reports: readonly ComponentReport[]): string {
  const inputs = reports.map(({ name }) => componentInputs(outDir, name));
  const lwip = { directory: lwipDirectory(), version: lwipOrigin(root)?.version ?? 'unknown' };
  const parts = imageParts(inputs, { root, outDir, lwip });
  return thirdPartyText("Software of others in this image's components, and its licences.", parts);
}

function copyKernel(from: string, to: string): void {
  if (digestFile(from) === digestFile(to)) return;
  const temporary = temporaryName(to);
  copyFileSync(from, temporary);
  renameSync(temporary, to);
}
