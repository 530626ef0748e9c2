// SPDX-License-Identifier: Apache-2.0
// Two TOML readers of different origin, ours and @iarna/toml, must find the same in every manifest of the tree, and in
// generated TOML of every form: the same values, or both an error.
import { parse } from '@iarna/toml';
import fc from 'fast-check';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseToml, type TomlValue } from '../../../compiler/src/manifest/toml.ts';
import { diagnosticsOf } from '../layout/support.ts';

const REFUSED = Symbol('refused');

/** Dates and times are one kind to us: no key has one. */
const DATE = 'a date or time';

function plain(value: TomlValue): unknown {
  switch (value.kind) {
    case 'table':
      return Object.fromEntries([...value.entries].map(([key, entry]) => [key, plain(entry.value)]));
    case 'array':
      return value.items.map(plain);
    case 'integer':
    case 'float':
      return numberOf(value.value);
    case 'date':
      return DATE;
    case 'string':
    case 'boolean':
      return value.value;
  }
}

/** @iarna/toml does not tell 1 from 1.0, and has bigint beyond what a number holds. */
function numberOf(value: number | bigint): unknown {
  return typeof value === 'bigint' && BigInt(Number(value)) === value ? Number(value) : value === 0 ? 0 : value;
}

function theirs(value: unknown): unknown {
  if (value instanceof Date) return DATE;
  if (Array.isArray(value)) return value.map(theirs);
  if (typeof value === 'number' || typeof value === 'bigint') return numberOf(value);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, theirs(inner)]));
}

function ours(text: string): unknown {
  let found: unknown = REFUSED;
  diagnosticsOf(() => (found = plain(parseToml(Buffer.from(text), 'x.toml').root)));
  return found;
}

function secondOpinion(text: string): unknown {
  try {
    // It refuses a comment that ends in CR LF, which TOML allows.
    return theirs(parse(text.replaceAll('\r\n', '\n')));
  } catch {
    return REFUSED;
  }
}

// Manifests with a mistake are left out: some of them are refused by us for more than their grammar.
describe('every manifest of the tree', () => {
  const files = ['configs', 'test'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.toml') && !name.includes('mistakes'))
      .map((name) => join(folder, name)),
  );

  test('there are some', () => expect(files.length).toBeGreaterThan(5));

  test.each(files)('%s', (file) => {
    const text = readFileSync(file, 'utf8');
    expect(ours(text)).not.toBe(REFUSED);
    expect(ours(text)).toEqual(secondOpinion(text));
  });
});

describe('generated TOML', () => {
  // Left out, since the second opinion is wrong there: keys that every JavaScript object has, and other dates.
  const isOwn = (name: string): boolean => !(name in {});
  const bare = fc.stringMatching(/^[A-Za-z0-9_-]{1,8}$/).filter(isOwn);
  const escaped = (text: string): string => JSON.stringify(text).replaceAll('\u007f', '\\u007f');
  const basic = fc.string({ unit: 'grapheme', maxLength: 12 }).filter(isOwn).map(escaped);
  const literal = fc.stringMatching(/^[ -&(-~]{0,12}$/).map((text) => `'${text}'`);
  const long = fc.stringMatching(/^[a-z \n]{0,12}$/).map((text) => `"""\n${text}"""`);
  const digits = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
  const integer = fc.oneof(
    digits.map(String),
    fc.nat().map((n) => `0x${n.toString(16)}`),
    fc.nat().map((n) => `0o${n.toString(8)}`),
    fc.nat().map((n) => `0b${n.toString(2)}`),
    fc.nat().map((n) => `+${n}`),
    fc.integer({ min: 1000, max: 999_999 }).map((n) => n.toLocaleString('en-US').replaceAll(',', '_')),
  );
  const float = fc.oneof(
    fc
      .double({ noNaN: true, noDefaultInfinity: true })
      .map((n) => (Number.isInteger(n) ? `${n.toFixed(1)}` : String(n))),
    fc.constantFrom('1e3', '-2E-2', '6.5e+1', '1_0.0_1'),
  );
  const dates = fc.constant('1979-05-27T07:32:00Z');
  const scalar = fc.oneof(basic, literal, long, integer, float, fc.constantFrom('true', 'false'));
  const inline = fc.uniqueArray(fc.tuple(bare, scalar), { maxLength: 3, selector: ([key]) => key });
  const value = fc.oneof(
    { weight: 3, arbitrary: fc.oneof(scalar, dates) },
    { weight: 1, arbitrary: fc.array(integer, { maxLength: 4 }).map((items) => `[ ${items.join(',\n  ')} ]`) },
    { weight: 1, arbitrary: inline.map((pairs) => `{ ${pairs.map((pair) => pair.join(' = ')).join(', ')} }`) },
  );
  const key = fc.oneof(
    bare,
    basic,
    bare.map((a) => `${a}.x`),
  );
  const line = fc.oneof(
    { weight: 4, arbitrary: fc.tuple(key, value).map(([name, text]) => `${name} = ${text}`) },
    { weight: 1, arbitrary: key.map((name) => `[${name}]`) },
    { weight: 1, arbitrary: bare.map((name) => `[[${name}]]`) },
    { weight: 1, arbitrary: fc.stringMatching(/^[ -~]{0,12}$/).map((text) => `# ${text}`) },
  );
  const end = fc.constantFrom('\n', '\r\n');

  test('has one meaning', () => {
    let read = 0;
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), end, (lines, newline) => {
        const text = lines.join(newline);
        const found = ours(text);
        if (found !== REFUSED) read += 1;
        expect(found).toEqual(secondOpinion(text));
      }),
      { numRuns: 1500 },
    );
    expect(read).toBeGreaterThan(500);
  });

  test('a lone carriage return ends no line, and stands nowhere', () => {
    for (const text of [
      'a = 1\rb = 2',
      '# comment\rb = 2',
      'a = 1\r',
      'a = """\r"""',
      "a = 'x\ry'",
      '\r',
      'a = [1,\r2]',
    ]) {
      expect(ours(text), JSON.stringify(text)).toBe(REFUSED);
    }
    expect(ours('a = 1\r\nb = """x\r\ny"""\r\n')).toEqual({ a: 1, b: 'x\ny' });
  });
});
