// SPDX-License-Identifier: Apache-2.0
/** C sources in a component: one module comes out, and every rule for components holds for the C part too. */
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { type ComponentSpec, buildModule } from '../../../compiler/src/aot/component.ts';
import { readImports } from '../../../compiler/src/aot/wasm.ts';
import { lwip, lwipOrigin } from '../../../compiler/src/build/lwip.ts';
import { Failure } from '../../../diagnostics/diagnostic.ts';
import { build, refusal, ROOT, specOf, temporaryFolder } from './harness.ts';

const folder = temporaryFolder();
afterAll(folder.remove);
const FOLDER = 'test/unit/aot/assembly/with_c';
const BUILD_TIMEOUT_MS = 60_000;

function withC(file: string): ComponentSpec {
  return specOf('with_c', {
    imports: [],
    memory_bytes: 4 * 65_536,
    nativeExports: ['run'],
    native: {
      name: 'part',
      sources: [`${FOLDER}/${file}`],
      includeDirs: [],
      systemIncludeDirs: [],
      foreignDir: FOLDER,
      stack_bytes: 16_384,
    },
  });
}

describe('a component with a C part', () => {
  it(
    'is one module in which both sides call each other',
    async () => {
      const wasm = readFileSync(await buildModule(withC('part.c'), { root: ROOT, outDir: folder.path }));
      expect(readImports(wasm)).toEqual([]);
      const module = new WebAssembly.Module(wasm);
      expect(WebAssembly.Module.exports(module).map(({ name }) => name)).toEqual(['run', 'memory']);
      const { run } = new WebAssembly.Instance(module, {}).exports as { run: (which: number) => number };
      expect(run(0)).toBe(20);
      expect(run(3)).toBe(4);
      expect(run(1)).toBe(255 + 255 + 1);
      expect(() => run(2), 'the C stack has 16 KiB').toThrow(WebAssembly.RuntimeError);
    },
    BUILD_TIMEOUT_MS,
  );

  it(
    'may not recurse in C either',
    async () => {
      const [diagnostic] = await refusal(build(folder.path, { ...withC('recursive.c'), name: 'recursive' }));
      expect(diagnostic?.code).toBe('COH0772');
      expect(diagnostic?.message).toContain('recursion: sum → sum');
    },
    BUILD_TIMEOUT_MS,
  );
});

describe('where lwIP is', () => {
  const saved = process.env['LWIP_DIR'];
  afterEach(() => {
    if (saved === undefined) delete process.env['LWIP_DIR'];
    else process.env['LWIP_DIR'] = saved;
  });

  it('a tree without it is refused', () => {
    process.env['LWIP_DIR'] = FOLDER;
    let found: unknown;
    try {
      lwip(ROOT, undefined);
    } catch (error) {
      found = error;
    }
    expect(found).toBeInstanceOf(Failure);
    expect((found as Failure).diagnostics[0]).toMatchObject({
      code: 'COH0723',
      message: `there are no lwIP sources in ${FOLDER}`,
    });
  });

  it('is told with version and digests', () => {
    const origin = lwipOrigin(ROOT);
    expect(origin?.version).toMatch(/^2\.\d+\.\d+$/);
    process.env['LWIP_DIR'] = FOLDER;
    expect(lwipOrigin(ROOT)).toBeUndefined();
  });
});
