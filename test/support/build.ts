// SPDX-License-Identifier: Apache-2.0
/**
 * Products that tests share: each is built once into out/test and reused, by the same functions that `make image` calls.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { buildModule, type ComponentSpec } from '../../compiler/src/aot/component.ts';
import { boardModule, buildFacts } from '../../compiler/src/build/board-module.ts';
import { domainComponent, rootTask } from '../../compiler/src/build/components.ts';
import { buildImage, type BuiltImage, type ImageOptions } from '../../compiler/src/build/image.ts';
import { findBoard } from '../../compiler/src/image/boards.ts';
import type { Layout } from '../../compiler/src/layout/format.ts';
import {
  type ComponentImage,
  layoutArtifacts,
  layoutDomains,
  moduleName,
  planArtifacts,
  planDomains,
} from '../../compiler/src/layout/index.ts';
import { writeArtifacts } from '../../compiler/src/manifest/artifacts/index.ts';
import { writeFiles } from '../../compiler/src/manifest/artifacts/write.ts';
import { compileManifest } from '../../compiler/src/manifest/compile.ts';
import { writeIfChanged } from '../../compiler/src/toolchain/files.ts';
import { type ProjectVersion, readVersion } from '../../tools/version.ts';

export const ROOT = resolve(import.meta.dirname, '../..');
/** Not the true commit: every commit would build the tests' images anew. */
export const VERSION: ProjectVersion = { ...readVersion(ROOT), commit: 'of-a-test' };
export const MANIFEST = join(ROOT, 'configs/root_task.toml');

/** The modules of the simulated system, and what the manifest gives its domains. */
export interface Modules {
  roottask: WebAssembly.Module;
  uart: WebAssembly.Module;
  console: WebAssembly.Module;
  ninedoor: WebAssembly.Module;
  /** Constants of `generated/domains/<name>.ts`. */
  constants(domain: string): Readonly<Record<string, bigint>>;
  layout: Layout;
}

/** Stands for the linked ELF of a component, which Node does not need: only the addresses of the layout depend on it. */
function madeUpImage(component: string): ComponentImage {
  const addresses = { entry: 0x40000n, text: 0x40000n, rodata: 0x42000n, bss: 0x43000n };
  const pages = { textPages: 2, rodataPages: 1, bssPages: 1, pages: new Uint8Array(3 * 4096) };
  return { component, stackWorstCase_bytes: 0, lines: new Uint8Array(0), ...addresses, ...pages };
}

/** Root task, uart, console and NineDoor as asc makes them, from the manifest of the image or another one. */
export async function simulationModules(manifestPath = MANIFEST, name = 'simulation'): Promise<Modules> {
  const outDir = join(ROOT, 'out/test', name);
  mkdirSync(outDir, { recursive: true });
  const board = findBoard('qemu-virt');
  const manifest = await compileManifest(manifestPath);
  const plan = planDomains(manifest, board);
  const layout = layoutDomains(plan, new Map(plan.domains.map(({ entry: { component: c } }) => [c, madeUpImage(c)])));
  await writeArtifacts(manifest, outDir);
  writeFiles(outDir, [...planArtifacts(plan), ...layoutArtifacts(plan, layout)]);
  writeIfChanged(join(outDir, 'generated/board.ts'), boardModule(board));
  writeIfChanged(join(outDir, 'generated/build.ts'), buildFacts(VERSION));
  const context = { root: ROOT, outDir };
  const compiled = async (spec: ComponentSpec): Promise<WebAssembly.Module> =>
    new WebAssembly.Module(readFileSync(await buildModule(spec, context)));
  const domain = (name: string): Promise<WebAssembly.Module> => {
    const planned = plan.domains.find(({ entry }) => entry.name === name);
    if (planned === undefined) throw new Error(`the manifest has no domain ${name}`);
    const { component, memory_bytes, stack_bytes } = planned.entry;
    const memory = { private_bytes: memory_bytes, memory_bytes: planned.linearBytes, stack_bytes };
    return compiled(domainComponent({ root: ROOT, mode: 'guard', component, moduleName: moduleName(name), ...memory }));
  };
  return {
    roottask: await compiled(rootTask({ mode: 'guard', archive: '', span_bytes: plan.root.spanBytes })),
    uart: await domain('uart'),
    console: await domain('console'),
    ninedoor: await domain('ninedoor'),
    constants: (name) => constantsOf(join(outDir, 'generated/domains', `${moduleName(name)}.ts`)),
    layout,
  };
}

/** The numbers that a generated module exports. */
function constantsOf(path: string): Record<string, bigint> {
  const found = readFileSync(path, 'utf8').matchAll(/^export const (\w+): u\d+ = (\w+);$/gm);
  return Object.fromEntries([...found].map(([, name = '', value = '']) => [name, BigInt(value)]));
}

/** A whole image in out/test/<name>. */
export function testImage(name: string, options: Partial<ImageOptions> = {}): Promise<BuiltImage> {
  return buildImage({
    root: ROOT,
    outDir: join(ROOT, 'out/test', name),
    manifest: MANIFEST,
    board: findBoard('qemu-virt'),
    mode: 'guard',
    version: VERSION,
    ...options,
  });
}
