// SPDX-License-Identifier: Apache-2.0
// One mistake at a time in [protection], and for each the one refusal. What only the board and the components can show
// stands in mistakes.txt; `vitest -u` rewrites its expected texts after a deliberate change; read the difference before
// committing it. What the manifest alone shows stands in test/unit/manifest/mistakes/protection.txt: the whole way to a
// layout must refuse it in the same words.
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { render } from '../../../diagnostics/render.ts';
import type { Board } from '../../../compiler/src/image/boards.ts';
import { layoutCodes } from '../../../compiler/src/layout/codes.ts';
import { protectionCodes } from '../../../compiler/src/manifest/rules/protection.ts';
import { MANIFEST_MISTAKES, type Mistake, named, readArea } from '../../support/mistakes.ts';
import { baseText, board, diagnosticsOf, edited, layoutOf } from './support.ts';

const PATH = join(import.meta.dirname, 'mistakes.txt');
const area = readArea(PATH);
const protection = readArea(join(MANIFEST_MISTAKES, 'protection.txt'));

/** Mistakes that show only with a component of other size, or on a smaller board. */
const SMALL_BOARD = { ...board, ramEnd: board.ramStart + 0x600_0000n };
const SURROUNDINGS: Readonly<Record<string, { stackWorstCase_bytes?: number; on?: Board }>> = {
  'stack-below-the-worst-case': { stackWorstCase_bytes: 5000 },
  'more-memory-than-the-board-has': { on: SMALL_BOARD },
};

function refusals({ name, manifest }: Mistake) {
  const { on, ...image } = SURROUNDINGS[name] ?? {};
  return diagnosticsOf(() => layoutOf(Buffer.from(manifest).toString(), image, on, `${name}.toml`));
}

const printed = (mistake: Mistake): string => refusals(mistake).map(render).join('\n');

test('the base manifest is in order', () => {
  expect(diagnosticsOf(() => layoutOf(baseText))).toEqual([]);
});

describe('manifests with one mistake', () => {
  test.each(named([...area.cases, ...protection.cases]))('%s', (_name, mistake) => {
    expect(printed(mistake)).toBe(mistake.expected);
    const found = refusals(mistake);
    expect(found).toHaveLength(1);
    expect(found[0]?.position?.line).toBeGreaterThan(6);
  });

  test('the file is as it would be written', async () => {
    const texts = new Map(area.cases.map((mistake) => [mistake.name, printed(mistake)]));
    await expect(area.withExpected(texts)).toMatchFileSnapshot(PATH);
  });

  test('together they show every code', () => {
    const shown = new Set([...area.cases, ...protection.cases].flatMap((one) => refusals(one).map(({ code }) => code)));
    // About roles of pools (plan.test.ts), components (component-image.test.ts, layout.test.ts) and the compiler itself (verify.test.ts).
    const elsewhere = ['COH3418', 'COH3605', 'COH3606', 'COH3611', 'COH3612'];
    const codes = [...Object.keys(protectionCodes), ...Object.keys(layoutCodes)];
    expect(codes.filter((code) => !shown.has(code))).toEqual(elsewhere);
  });
});

test('[protection] belongs to schema 2.0', () => {
  const found = diagnosticsOf(() => layoutOf(edited(['schema = "2.0"', 'schema = "1.5"'])));
  expect(found.map(({ message }) => message)).toEqual([
    "invalid manifest TOML in base.toml: unknown key 'protection' at the top level",
  ]);
});
