// SPDX-License-Identifier: Apache-2.0
/** The runtime's C files that have no wasm in them: memory functions and line lookup. */
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { compileObjects, linkElf } from '../../../compiler/src/toolchain/clang.ts';
import { noEmulator, ROOT, runElf, temporaryFolder } from './harness.ts';

const folder = temporaryFolder();
afterAll(folder.remove);

it.skipIf(noEmulator !== '')('memory functions and line lookup', async () => {
  const runtime = 'kernel/runtime/wasm';
  const common = {
    root: ROOT,
    objDir: join(folder.path, 'obj'),
    includeDirs: [runtime],
    systemIncludeDirs: [`${runtime}/include`],
  };
  const flags = ['-O2', '-nostdlibinc', '-mgeneral-regs-only'];
  const platform = ['runtime_test.c', 'start.S'].map((name) => `test/unit/aot/platform/${name}`);
  const [own, mem] = await Promise.all([
    compileObjects({ ...common, flags, sources: [...platform, `${runtime}/lines.c`] }),
    compileObjects({ ...common, flags: [...flags, '-fno-builtin'], sources: [`${runtime}/mem.c`] }),
  ]);
  const output = join(folder.path, 'test.elf');
  const script = join(ROOT, runtime, 'component.ld');
  await linkElf({ objects: [...own, ...mem], script, output, flags: ['--defsym=cohesix_stack_bytes=16384'] });
  expect(runElf(output, 0)).toEqual({ code: 0, output: 'ok' });
});
