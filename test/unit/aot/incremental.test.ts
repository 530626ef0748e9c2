// SPDX-License-Identifier: Apache-2.0
/** Nothing is rebuilt without need, everything is rebuilt with need, and where the build happens does not show. */
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findTool } from '../../../compiler/src/toolchain/tools.ts';
import { build, PLATFORM, ROOT, specOf, temporaryFolder } from './harness.ts';

const folder = temporaryFolder();
afterAll(folder.remove);

const MAIN = `import { LIMIT } from '../generated/limits';

export function run(which: u32): u64 {
  return which / LIMIT;
}
`;

/** A small project of its own: the runtime, the test platform, and one component that uses a generated module. */
function makeProject(root: string, outDir: string): void {
  for (const path of ['kernel/runtime/wasm', 'asconfig.json', ...PLATFORM]) {
    cpSync(join(ROOT, path), join(root, path), { recursive: true });
  }
  mkdirSync(join(root, 'part'), { recursive: true });
  mkdirSync(join(outDir, 'generated'), { recursive: true });
  writeFileSync(join(root, 'part/asconfig.json'), '{ "extends": "../asconfig.json", "entries": ["main.ts"] }');
  writeFileSync(join(root, 'part/main.ts'), MAIN);
  writeFileSync(join(outDir, 'generated/limits.ts'), 'export const LIMIT: u32 = 12345;\n');
}

const spec = specOf('part', { directory: 'part' });

describe('one project, step by step', () => {
  const root = join(folder.path, 'step');
  const out = join(root, 'out');
  const rebuild = async (): Promise<string[]> => {
    const steps: string[] = [];
    await build(out, spec, steps, root);
    return steps.map((step) => step.replace(/^clang .*\//, 'clang '));
  };
  beforeAll(async () => {
    makeProject(root, out);
    const steps = await rebuild();
    expect(steps).toContain('asc part');
    expect(steps).toContain('clang linux.c');
    expect(steps).toContain('link part.elf');
  });

  it('does nothing when nothing changed', async () => {
    expect(await rebuild()).toEqual([]);
  });

  it('does nothing when only time stamps changed', async () => {
    const now = new Date();
    for (const path of ['part/main.ts', ...PLATFORM, 'kernel/runtime/wasm/trap.h'])
      utimesSync(join(root, path), now, now);
    expect(await rebuild()).toEqual([]);
  });

  it('rebuilds only the module for an edit of its source', async () => {
    writeFileSync(join(root, 'part/main.ts'), MAIN.replace('which / LIMIT', 'which % LIMIT'));
    expect(await rebuild()).toEqual(['asc part', 'wasm2c part', 'clang part.c', 'analyse part', 'link part.elf']);
  });

  it('stops after asc when a comment changes no line', async () => {
    writeFileSync(join(root, 'part/main.ts'), MAIN.replace('which / LIMIT;', 'which % LIMIT; // why'));
    expect(await rebuild()).toEqual(['asc part']);
  });

  it('follows a generated module', async () => {
    writeFileSync(join(out, 'generated/limits.ts'), 'export const LIMIT: u32 = 54321;\n');
    expect((await rebuild())[0]).toBe('asc part');
  });

  it('follows a new file that an import now finds first', async () => {
    mkdirSync(join(out, 'generated/limits'), { recursive: true });
    writeFileSync(join(out, 'generated/limits/index.ts'), 'export const LIMIT: u32 = 1;\n');
    expect(await rebuild()).toEqual([]);
  });

  it('follows a header to what includes it', async () => {
    const header = join(root, 'kernel/runtime/wasm/lines.h');
    writeFileSync(header, readFileSync(header, 'utf8').replace('#pragma once', '#pragma once\n#define NEW_NAME 1'));
    const steps = await rebuild();
    expect(steps.filter((step) => step.startsWith('clang')).sort()).toEqual(['clang lines.c', 'clang linux.c']);
  });

  it('restores a product that was damaged', async () => {
    writeFileSync(join(out, 'part.elf'), 'x');
    writeFileSync(join(out, 'aot/part/part.c'), 'x');
    const steps = await rebuild();
    expect(steps[0]).toBe('wasm2c part');
    expect(statSync(join(out, 'part.elf')).size).toBeGreaterThan(1000);
  });

  it('leaves no temporary file', () => {
    const names = readdirSync(out, { recursive: true }) as string[];
    expect(names.filter((name) => name.endsWith('.tmp') || name.endsWith('.tmp.d'))).toEqual([]);
  });
});

it('two folders, one result: every stage is byte-identical', async () => {
  const places = [
    { root: join(folder.path, 'a'), out: join(folder.path, 'a/out') },
    { root: join(folder.path, 'b/some/other/place'), out: join(folder.path, 'elsewhere/out/board') },
  ];
  const objcopy = await findTool('llvm-objcopy');
  const results = [];
  for (const { root, out } of places) {
    makeProject(root, out);
    const result = await build(out, spec, [], root);
    execFileSync(objcopy.path, ['--strip-all', result.elf, join(out, 'stripped.elf')]);
    // The objects that output folders share lie in the root's out, wherever that is.
    const names = (readdirSync(out, { recursive: true }) as string[]).filter(
      (name) => !name.startsWith('cache/') && statSync(join(out, name)).isFile(),
    );
    // Records hold time stamps and compared digests; they are notes to the next build, not products.
    const products = names.filter((name) => !/(?:\.o|link|compile|translate|report|lines)\.json$/.test(name)).sort();
    expect(products).toContain('part.elf');
    expect(products).toContain(join('aot/part', 'part.c'));
    results.push(
      new Map(products.map((name) => [relative('.', name), readFileSync(join(out, name)).toString('base64')])),
    );
  }
  expect([...(results[1]?.keys() ?? [])]).toEqual([...(results[0]?.keys() ?? [])]);
  for (const [name, bytes] of results[0] ?? []) expect(results[1]?.get(name) === bytes, name).toBe(true);
});
