// SPDX-License-Identifier: Apache-2.0
// One manifest for every mistake, and beside it the exact text that coh-rtc prints for it (test/support/mistakes.ts says
// how to read mistakes/). `vitest -u` rewrites the expected texts after a deliberate change; read the difference before
// committing it.
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Diagnostic, Failure } from '../../../diagnostics/diagnostic.ts';
import { render } from '../../../diagnostics/render.ts';
import { catalogue } from '../../../compiler/src/manifest/catalogue.ts';
import { compileBytes } from '../../../compiler/src/manifest/compile.ts';
import { compose, MANIFEST_MISTAKES, type Mistake, named, readAreas } from '../../support/mistakes.ts';

const directory = relative(process.cwd(), MANIFEST_MISTAKES);
const areas = readAreas(directory);
const mistakes = areas.flatMap(({ cases }) => cases);

/** As if the manifest were a file beside its area's: what it extends is looked for there. */
function compiled({ name, manifest }: Mistake): readonly Diagnostic[] {
  try {
    return compileBytes(manifest, join(directory, `${name}.toml`)).warnings;
  } catch (error) {
    if (error instanceof Failure) return error.diagnostics;
    throw error;
  }
}

const known = new Map<Mistake, readonly Diagnostic[]>();
function diagnose(mistake: Mistake): readonly Diagnostic[] {
  const diagnostics = known.get(mistake) ?? compiled(mistake);
  known.set(mistake, diagnostics);
  return diagnostics;
}

const printed = (mistake: Mistake): string => diagnose(mistake).map(render).join('\n').replaceAll(`${directory}/`, '');

describe('manifests with one mistake', () => {
  describe.each(areas)('$path', ({ path, cases, withExpected }) => {
    test.each(named(cases))('%s', (_name, mistake) => expect(printed(mistake)).toBe(mistake.expected));

    test('the file is as it would be written', async () => {
      const texts = new Map(cases.map((mistake) => [mistake.name, printed(mistake)]));
      await expect(withExpected(texts)).toMatchFileSnapshot(join(process.cwd(), path));
    });
  });

  test('no two have one name', () => {
    const names = mistakes.map(({ name }) => name);
    expect(names.filter((name, n) => names.indexOf(name) !== n)).toEqual([]);
  });

  test('every one of them gives exactly one diagnostic, with a place in the file', () => {
    // An empty file lacks every required table, and that is worth saying table by table.
    for (const mistake of mistakes.filter(({ name }) => name !== 'empty-file')) {
      const diagnostics = diagnose(mistake);
      expect(diagnostics, mistake.name).toHaveLength(1);
      expect(diagnostics[0]?.position?.line, mistake.name).toBeGreaterThan(0);
    }
  });

  test('together they show every code of the catalogue that a manifest can cause', () => {
    const shown = new Set(mistakes.flatMap((mistake) => diagnose(mistake).map(({ code }) => code)));
    // Shown elsewhere: missing and unreadable files, unwritable output, an oversized file, an internal error, a
    // layout of another manifest, a path that is not there, pages, and more transitions than there are different ones.
    const elsewhere = [
      'COH0002',
      'COH0003',
      'COH0004',
      'COH0005',
      'COH0006',
      'COH0007',
      'COH0103',
      'COH0301',
      'COH0302',
      'COH2601',
      'COH3418',
    ];
    // COH07xx to COH09xx are the build's and the runner's; codes from COH3601 on are about the board and the components as
    // they were built (test/unit/layout).
    const codes = [...catalogue.keys()].filter((code) => !/^COH(0[7-9]|36)/.test(code));
    expect(codes.filter((code) => !shown.has(code))).toEqual(elsewhere);
  });
});

describe('edits of a base', () => {
  const base = '[a]\nsize = 1\n\n[b]\nsize = 1\n';
  test.each([
    ['at the end', ['+[c]', '+x = 2'], '[a]\nsize = 1\n\n[b]\nsize = 1\n[c]\nx = 2\n'],
    ['at the start', ['^', '+x = 2'], 'x = 2\n[a]\nsize = 1\n\n[b]\nsize = 1\n'],
    ['the first of equal lines', ['-size = 1', '+size = 2'], '[a]\nsize = 2\n\n[b]\nsize = 1\n'],
    ['one below another line', [' [b]', '-size = 1', '+size = 2'], '[a]\nsize = 1\n\n[b]\nsize = 2\n'],
    ['and at the end', ['-[a]', '$', '+x = 2'], 'size = 1\n\n[b]\nsize = 1\nx = 2\n'],
  ])('%s', (_what, edits, expected) => expect(compose(base, edits)).toBe(expected));

  test('a line that the base does not have is refused', () => {
    expect(() => compose(base, [' [b]', '-[a]'])).toThrow('the base has no line "[a]" from line 5 on');
    expect(() => compose(base, ['size = 2'])).toThrow('is no edit');
  });
});
