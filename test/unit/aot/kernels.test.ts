// SPDX-License-Identifier: Apache-2.0
/** The same module gives the same answers in Node, in guard mode and in bounds mode; the stack stays within its bound.
 * */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ComponentResult, MemoryMode } from '../../../compiler/src/aot/component.ts';
import { build, noEmulator, runElf, specOf, temporaryFolder } from './harness.ts';

const folder = temporaryFolder();
afterAll(folder.remove);

interface Engine {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: { run: (which: number) => bigint } };
}
const engine = (globalThis as unknown as { WebAssembly: Engine }).WebAssembly;
const CASES = Array.from({ length: 28 }, (_, i) => i + 1);

describe.skipIf(noEmulator !== '').each<MemoryMode>(['guard', 'bounds'])('%s mode', (mode) => {
  let result: ComponentResult;
  let inNode: (which: number) => bigint;
  beforeAll(async () => {
    result = await build(join(folder.path, mode), specOf('kernels', { mode }));
    const module = new engine.Module(readFileSync(result.wasm));
    inNode = new engine.Instance(module, {}).exports.run;
  });

  it.each(CASES)('kernel %i', (which) => {
    const { code, output } = runElf(result.elf, which);
    const [, value, stack] = /^([0-9a-f]+)\nstack ([0-9a-f]+)$/.exec(output) ?? [];
    expect(code, output).toBe(0);
    expect(BigInt(`0x${value}`)).toBe(BigInt.asUintN(64, inNode(which)));
    expect(parseInt(stack ?? '', 16)).toBeLessThanOrEqual(result.report.stack_used_bytes ?? 0);
  });
});
