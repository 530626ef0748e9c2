// SPDX-License-Identifier: Apache-2.0
// Whatever bytes a manifest holds, the compiler answers with a result or with diagnostics that point into the file.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Failure } from '../../../diagnostics/diagnostic.ts';
import { render } from '../../../diagnostics/render.ts';
import { compileBytes } from '../../../compiler/src/manifest/compile.ts';
import { absentValue } from '../../../compiler/src/manifest/schema/dsl.ts';
import { newTables } from '../../../compiler/src/manifest/schema/settings.ts';
import { MAX_MANIFEST_BYTES } from '../../../compiler/src/manifest/toml.ts';

const manifest = readFileSync(join(import.meta.dirname, '../../../configs/root_task.toml'));
const lines = manifest.toString('utf8').split('\n');

/** A manifest of schema 2.0 with every table that it adds, spelt out with its defaults. */
const newer = readFileSync(join(import.meta.dirname, '../../../configs/root_task_domains.toml'), 'utf8');
const newerLines = [
  ...newer.replace('kernel = true', 'kernel = true\nrelease = false').split('\n'),
  ...Object.entries(newTables).flatMap(([name, field]) => tomlOf(name, absentValue(field) as Record<string, unknown>)),
];

function tomlOf(path: string, table: Record<string, unknown>): string[] {
  const [nested, plain] = [true, false].map((isTable) =>
    Object.entries(table).filter(([, value]) => (typeof value === 'object') === isTable),
  );
  return [
    `[${path}]`,
    ...(plain ?? []).map(([key, value]) => `${key} = ${typeof value === 'bigint' ? value : JSON.stringify(value)}`),
    ...(nested ?? []).flatMap(([key, value]) => tomlOf(`${path}.${key}`, value as Record<string, unknown>)),
  ];
}

/** Compiles, and checks what may come out. */
function survive(bytes: Uint8Array): 'compiled' | 'refused' {
  try {
    compileBytes(bytes, 'manifest.toml');
    return 'compiled';
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    expect(error.diagnostics.length).toBeGreaterThan(0);
    expect(error.diagnostics.length).toBeLessThanOrEqual(100);
    for (const diagnostic of error.diagnostics) {
      expect(diagnostic.code).toMatch(/^COH\d{4}$/);
      expect(diagnostic.position?.file).toBe('manifest.toml');
      expect(diagnostic.position?.line).toBeGreaterThan(0);
      expect(diagnostic.position?.column).toBeGreaterThan(0);
      // Only what the compiler itself writes may control the terminal.
      expect(render(diagnostic)).not.toMatch(/(?!\n)\p{Cc}/u);
    }
    return 'refused';
  }
}

describe('hostile bytes', () => {
  test('any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        survive(bytes);
      }),
      { numRuns: 2000 },
    );
  });

  test('any text made of TOML punctuation and known keys', () => {
    const words = [
      '[',
      ']',
      '[[',
      ']]',
      '{',
      '}',
      '=',
      '.',
      ',',
      '"',
      "'",
      '"""',
      '\n',
      ' ',
      '#',
      '\\',
      '\\u',
      '-',
      '_',
    ];
    const tokens = [
      '0x',
      '1e400',
      '1979-05-27',
      '07:32',
      'inf',
      'nan',
      'true',
      '__proto__',
      'secure9p',
      'msize',
      'tickets',
    ];
    const text = fc.array(fc.constantFrom(...words, ...tokens, 'role', 'é', '\0', '\ud800', '\u2028'), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(text, (parts) => {
        survive(Buffer.from(parts.join('')));
      }),
      { numRuns: 3000 },
    );
  });

  test('a real manifest with bytes overwritten', () => {
    const edit = fc.tuple(fc.nat(manifest.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
        const bytes = Uint8Array.from(manifest);
        for (const [at, byte] of edits) bytes[at] = byte;
        survive(bytes);
      }),
      { numRuns: 1000 },
    );
  });

  test('a real manifest with any value in place of another', () => {
    const assignments = lines.flatMap((line, index) => (line.includes(' = ') ? [index] : []));
    const value = fc.oneof(
      fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(String),
      fc.double().map((number) => String(number).replace('Infinity', 'inf').replace('NaN', 'nan')),
      fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
      fc.constantFrom('[]', '{}', '[[]]', '[{}]', '1979-05-27', '""', '[""]', 'true', 'false', '0', '1', '"/"', '".."'),
    );
    fc.assert(
      fc.property(fc.constantFrom(...assignments), value, (index, replacement) => {
        const changed = [...lines];
        changed[index] = `${changed[index]?.split(' = ')[0] ?? ''} = ${replacement}`;
        survive(Buffer.from(changed.join('\n')));
      }),
      { numRuns: 800 },
    );
  });

  test('a manifest of schema 2.0 with one value replaced by another', () => {
    const assignments = newerLines.flatMap((line, index) => (line.includes(' = ') ? [index] : []));
    const value = fc.oneof(
      fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }).map(String),
      fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
      fc.ipV4().map((text) => JSON.stringify(text)),
      fc.constantFrom(
        '[]',
        '{}',
        '[["a"]]',
        '""',
        '["", "."]',
        'true',
        'false',
        '0',
        '1',
        '"/"',
        '"dhcp"',
        '"required"',
      ),
    );
    fc.assert(
      fc.property(fc.constantFrom(...assignments), value, (index, replacement) => {
        const changed = [...newerLines];
        changed[index] = `${changed[index]?.split(' = ')[0] ?? ''} = ${replacement}`;
        survive(Buffer.from(changed.join('\n')));
      }),
      { numRuns: 500 },
    );
    expect(survive(Buffer.from(newerLines.join('\n')))).toBe('compiled');
  });

  test('a real manifest with lines removed, doubled or swapped', () => {
    const index = fc.nat(lines.length - 1);
    fc.assert(
      fc.property(index, index, fc.constantFrom('remove', 'double', 'swap'), (first, second, what) => {
        const changed = [...lines];
        const line = changed[first] ?? '';
        if (what === 'remove') changed.splice(first, 1);
        if (what === 'double') changed.splice(second, 0, line);
        if (what === 'swap') [changed[first], changed[second]] = [changed[second] ?? '', line];
        survive(Buffer.from(changed.join('\n')));
      }),
      { numRuns: 500 },
    );
  });

  test('the property can fail: the unchanged manifest compiles, an empty one does not', () => {
    expect(survive(manifest)).toBe('compiled');
    expect(survive(new Uint8Array())).toBe('refused');
  });

  test.each([
    ['brackets in brackets', `x = ${'['.repeat(100_000)}`],
    ['closed brackets in brackets', `x = ${'['.repeat(20_000)}${']'.repeat(20_000)}`],
    ['tables in tables', `x = ${'{a='.repeat(20_000)}1${'}'.repeat(20_000)}`],
    ['a long dotted key', `${'a.'.repeat(50_000)}b = 1`],
    ['a long table header', `[${'a.'.repeat(50_000)}b]`],
    ['many tables', Array.from({ length: 20_000 }, (_, index) => `[t${index}]`).join('\n')],
    ['many keys', Array.from({ length: 100_000 }, (_, index) => `k${index}=1`).join('\n')],
    ['many equal mistakes', '[[tickets]]\n'.repeat(60_000)],
    ['one long line', `x = "${'y'.repeat(MAX_MANIFEST_BYTES / 2)}"`],
    ['a large integer', `x = ${'9'.repeat(100_000)}`],
    ['more than the size limit', ' '.repeat(MAX_MANIFEST_BYTES + 1)],
  ])('large input: %s', { timeout: 20_000 }, (_, text) => {
    expect(survive(Buffer.from(text))).toBe('refused');
  });
});
