// SPDX-License-Identifier: Apache-2.0
/** Every kind of trap stops with its reason and at its source line, in both memory modes. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MemoryMode } from '../../../compiler/src/aot/component.ts';
import { findTool } from '../../../compiler/src/toolchain/tools.ts';
import { build, noEmulator, ROOT, runElf, specOf, temporaryFolder } from './harness.ts';

const SOURCE = 'test/unit/aot/assembly/traps/main.ts';
const lines = readFileSync(join(ROOT, SOURCE), 'utf8').split('\n');

/** The lines marked `trap: N`. */
const linesOf = (which: number): number[] =>
  lines.flatMap((text, i) => (new RegExp(`// trap: ${which}$`).test(text) ? [i + 1] : []));

const TRAPS: [number, string][] = [
  [1, 'integer divide by zero'],
  [2, 'integer divide by zero'],
  [3, 'out of bounds memory access'],
  [4, 'unreachable'],
  [5, 'integer overflow'],
  [6, 'out of bounds table access'],
  [7, 'uninitialized table element'],
  [8, 'indirect call type mismatch'],
  [9, 'invalid conversion to integer'],
  [10, 'integer overflow'],
  [11, 'stack overflow'],
  [13, 'out of bounds memory access'],
  [14, 'out of bounds memory access'],
  [19, 'out of bounds memory access'],
  [20, 'out of bounds memory access'],
  [21, 'out of bounds memory access'],
  [22, 'out of bounds memory access'],
  [23, 'out of bounds memory access'],
  [24, 'out of bounds memory access'],
  [25, 'integer divide by zero'],
];

/** Cases that end without a trap: [which, result]. */
const RESULTS: [number, string][] = [
  [0, '600d'],
  [15, 'ffffffffffffffff'], // memory.grow is refused
  [16, '10'], // release, then acquire
];

const folder = temporaryFolder();
afterAll(folder.remove);

describe.each<MemoryMode>(['guard', 'bounds'])('%s mode', (mode) => {
  let elf = '';
  beforeAll(async () => {
    const spec = specOf('traps', { mode, unboundedStack: true });
    ({ elf } = await build(join(folder.path, mode), spec));
  });

  it.skipIf(noEmulator !== '').each(TRAPS)('case %i stops: %s', async (which, reason) => {
    const { code, output } = runElf(elf, which);
    const match = /^trap: (.*) at (.*):(\d+) pc ([0-9a-f]+)$/.exec(output);
    expect(match, output).not.toBeNull();
    const [, text, file, line, pc = ''] = match ?? [];
    expect(text).toBe(reason);
    expect(file).toBe(SOURCE);
    expect(linesOf(which)).toContain(Number(line));
    expect(code).toBe(3);
    // The debugger's tool agrees with our own table.
    const symbolizer = await findTool('llvm-symbolizer');
    const answer = execFileSync(symbolizer.path, [`--obj=${elf}`, `0x${pc}`], { encoding: 'utf8' });
    expect(answer).toContain(`${SOURCE}:${line}:`);
  });

  it.skipIf(noEmulator !== '').each(RESULTS)('case %i gives %s', (which, result) => {
    expect(runElf(elf, which).output.split('\n')[0]).toBe(result);
  });

  it.skipIf(noEmulator !== '').each([17, 18])(
    'ordered access %i outside memory or misaligned traps in the shim',
    (which) => {
      expect(runElf(elf, which).output).toMatch(
        /^trap: out of bounds memory access at test\/unit\/aot\/platform\/linux\.c:/,
      );
    },
  );
});

it.skipIf(noEmulator !== '')('a stack that overflows through the function table has a line too', async () => {
  const { elf } = await build(folder.path, specOf('through_table', { unboundedStack: true }));
  expect(runElf(elf, 4).output).toMatch(
    /^trap: stack overflow at test\/unit\/aot\/assembly\/through_table\/main\.ts:12 /,
  );
});
