// SPDX-License-Identifier: Apache-2.0
// One manifest for every mistake, and beside it the exact text that coh-rtc prints for it. `vitest -u` rewrites the
// expected texts after a deliberate change; read the difference before committing it.
import { existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Diagnostic, Failure } from '../../../diagnostics/diagnostic.ts';
import { render } from '../../../diagnostics/render.ts';
import { catalogue } from '../../../compiler/src/manifest/catalogue.ts';
import { compileManifest } from '../../../compiler/src/manifest/compile.ts';

const directory = relative(process.cwd(), join(import.meta.dirname, 'mistakes'));
const names = readdirSync(directory)
  .filter((file) => file.endsWith('.toml'))
  .map((file) => file.slice(0, -'.toml'.length));

// Looked up before the tests run, because a missing text is written by its first run.
const withoutExpectedText = names.filter((name) => !existsSync(join(directory, `${name}.expected`)));

async function diagnose(name: string): Promise<readonly Diagnostic[]> {
  try {
    return (await compileManifest(join(directory, `${name}.toml`))).warnings;
  } catch (error) {
    if (error instanceof Failure) return error.diagnostics;
    throw error;
  }
}

describe('manifests with one mistake', () => {
  test.each(names)('%s', async (name) => {
    const text = (await diagnose(name)).map(render).join('\n').replaceAll(`${directory}/`, '');
    const expected = join(import.meta.dirname, 'mistakes', `${name}.expected`);
    await expect(text).toMatchFileSnapshot(expected);
  });

  test('every one of them has an expected text, and no text is left over', () => {
    expect(withoutExpectedText).toEqual([]);
    const texts = readdirSync(directory).filter((file) => file.endsWith('.expected'));
    expect(texts.filter((file) => !names.includes(file.slice(0, -'.expected'.length)))).toEqual([]);
  });

  test('every one of them gives exactly one diagnostic, with a place in the file', async () => {
    // An empty file lacks every required table, and that is worth saying table by table.
    for (const name of names.filter((candidate) => candidate !== 'empty-file')) {
      const diagnostics = await diagnose(name);
      expect(diagnostics, name).toHaveLength(1);
      expect(diagnostics[0]?.position?.line, name).toBeGreaterThan(0);
    }
  });

  test('together they show every code of the catalogue that a manifest can cause', async () => {
    const shown = new Set<string>();
    for (const name of names) for (const { code } of await diagnose(name)) shown.add(code);
    // Shown elsewhere: usage, missing and unreadable files, unwritable output, an oversized file, an internal error, a layout of another manifest, pages, and
    // more transitions than there are different ones.
    const elsewhere = [
      'COH0001',
      'COH0002',
      'COH0003',
      'COH0004',
      'COH0005',
      'COH0006',
      'COH0103',
      'COH0301',
      'COH0302',
      'COH2601',
      'COH3418',
    ];
    // Codes from COH3601 on are about the board and the components as they were built (test/unit/layout).
    const codes = [...catalogue.keys()].filter((code) => code < 'COH3600' || code >= 'COH3700');
    expect(codes.filter((code) => !shown.has(code))).toEqual(elsewhere);
  });
});
