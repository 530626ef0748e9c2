// SPDX-License-Identifier: Apache-2.0
/** JSON of the server: any text against JSON.parse, exact objects against tables of cases, the writer against both. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { Leaf, mutate, randomly } from './leaf.ts';

let leaf: Leaf;
beforeAll(async () => {
  leaf = await Leaf.load();
});

const DEPTH = 6;
const bytesOf = (text: string): Buffer => Buffer.from(text);
const any = (bytes: Uint8Array, depth = DEPTH): string => {
  const { result, wrote } = leaf.twice(bytes, (count) => leaf.exports.jsonAny(count, depth));
  return result !== 0 ? 'taken' : wrote.toString();
};
const object = (bytes: Uint8Array): { result: number; text: string } => {
  const { result, wrote } = leaf.twice(bytes, leaf.exports.jsonDocument);
  return { result, text: wrote.toString() };
};
const reason = (text: string): string => {
  const { result, text: wrote } = object(bytesOf(text));
  return result !== 0 ? 'taken' : wrote;
};

const LONE_SURROGATE = /\p{Surrogate}/u;

/** Whether JSON.parse takes the bytes and they keep to what the server asks beyond: UTF-8, whole characters, depth. */
function isStrict(bytes: Uint8Array, depth: number): boolean {
  let whole = true;
  const deepOf = (value: unknown): number => {
    if (typeof value === 'string' && LONE_SURROGATE.test(value)) whole = false;
    if (typeof value !== 'object' || value === null) return 0;
    const entries = Object.entries(value);
    if (entries.some(([key]) => LONE_SURROGATE.test(key))) whole = false;
    return 1 + Math.max(0, ...entries.map(([, inner]) => deepOf(inner)));
  };
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return deepOf(JSON.parse(text)) <= depth && whole;
  } catch {
    return false;
  }
}

describe('values of any form', () => {
  const table: [string, string][] = [
    ['', 'expected a value at byte 0'],
    ['  ', 'expected a value at byte 2'],
    ['tru', 'expected true or false at byte 0'],
    ['nul', 'expected a value at byte 0'],
    ['truex', 'unexpected text after the value at byte 4'],
    ['[1] 2', 'unexpected text after the value at byte 4'],
    ['[1,]', 'expected a value at byte 3'],
    ['[,1]', 'expected a value at byte 1'],
    ['[1 2]', 'expected , or ] at byte 3'],
    ['[1', 'expected , or ] at byte 2'],
    ['{"a"}', 'expected : at byte 4'],
    ['{"a":1,}', 'expected a string at byte 7'],
    ['{a:1}', 'expected a string at byte 1'],
    ["{'a':1}", 'expected a string at byte 1'],
    ['{"a":1]', 'expected , or } at byte 6'],
    ['[1}', 'expected , or ] at byte 2'],
    ['"a', 'unterminated string at byte 2'],
    ['"\\', 'unterminated string at byte 2'],
    ['"\t"', 'control character in a string at byte 2'],
    ['"\x1f"', 'control character in a string at byte 2'],
    ['"\\ud800\\ue000"', 'lone surrogate at byte 13'],
    ['"\\x"', 'bad escape at byte 3'],
    ['"\\u12g4"', 'bad \\u escape at byte 3'],
    ['"\\u12', 'bad \\u escape at byte 3'],
    ['"\\ud800"', 'lone surrogate at byte 7'],
    ['"\\udc00"', 'lone surrogate at byte 7'],
    ['"\\ud800\\u0041"', 'lone surrogate at byte 13'],
    ['01', 'leading zero at byte 2'],
    ['-', 'expected a number at byte 1'],
    ['+1', 'expected a value at byte 0'],
    ['.5', 'expected a value at byte 0'],
    ['1.', 'expected a digit at byte 2'],
    ['1e', 'expected a digit at byte 2'],
    ['1e+', 'expected a digit at byte 3'],
    ['NaN', 'expected a value at byte 0'],
    ['[[[[[[[1]]]]]]]', 'nested too deep at byte 6'],
    ['\u{feff}1', 'expected a value at byte 0'],
    ['// 1', 'expected a value at byte 0'],
  ];

  it.each(table)('refuses %j', (text, why) => {
    expect(isStrict(bytesOf(text), DEPTH)).toBe(false);
    expect(any(bytesOf(text))).toBe(why);
  });

  it.each([
    '[[[[[[1]]]]]]',
    ' {"a" : [ ] , "b":{ }}\r\n',
    '-0',
    '-1.25E-10',
    '"\\ud83d\\ude00\\/\\b"',
    'null',
    '"\u{10ffff}\u007f"',
  ])('takes %s', (text) => {
    expect(any(bytesOf(text))).toBe('taken');
  });

  it('refuses bytes that are not UTF-8', () => {
    for (const hex of ['80', 'c080', 'c1bf', 'e08080', 'eda080', 'f0808080', 'f4908080', 'f8888080', 'e282', 'ff']) {
      expect(any(Buffer.from(`22${hex}22`, 'hex')), hex).toBe('not UTF-8 at byte 0');
    }
  });

  it('takes what JSON.parse takes and nothing else (property and mutations)', () => {
    const random = randomly(31);
    const samples = fc.sample(fc.json({ maxDepth: 7, stringUnit: 'grapheme' }), { numRuns: 1500, seed: 37 });
    let taken = 0;
    for (const sample of samples) {
      for (const bytes of [bytesOf(sample), ...Array.from({ length: 20 }, () => mutate(bytesOf(sample), random))]) {
        const strict = isStrict(bytes, DEPTH);
        expect(any(bytes) === 'taken', bytes.toString('latin1')).toBe(strict);
        if (strict) taken++;
      }
    }
    expect(taken).toBeGreaterThan(2000);
  });

  it('gives one answer to any bytes', () => {
    const random = randomly(41);
    const alphabet = bytesOf('{}[]",:\\u0123abdef\ud83dtrue null-.eE+ \t\n\x01');
    for (let round = 0; round < 20_000; round++) {
      const bytes = Uint8Array.from({ length: random(40) }, () => alphabet[random(alphabet.length)] ?? 0);
      expect(any(bytes) === 'taken', Buffer.from(bytes).toString('latin1')).toBe(isStrict(bytes, DEPTH));
    }
  });
});

describe('exact objects', () => {
  const table: [string, string][] = [
    ['{"id":"a","n":1}', 'taken'],
    [' { "n" : 18446744073709551615 , "id" : "12345678" } ', 'taken'],
    ['[]', 'expected an object at byte 0'],
    ['{}', "missing field 'id' at byte 2"],
    ['{"id":"a"}', "missing field 'n' at byte 10"],
    ['{"id":"a","n":1,"extra":1}', "unknown field 'extra' at byte 24"],
    ['{"id":"a","n":1,"ID":1}', "unknown field 'ID' at byte 21"],
    ['{"id":"a","n":1,"":1}', 'unknown field at byte 19'],
    ['{"id":"a","n":1,"x\\n\\"":1}', "unknown field 'x\\n\\\"' at byte 24"],
    ['{"id":"a","n":1,"id":"a"}', "duplicate field 'id' at byte 21"],
    ['{"id":"a","n":1,"\\u0069d":"a"}', "duplicate field 'id' at byte 26"],
    ['{"id":1,"n":1}', "expected a string 'id' at byte 6"],
    ['{"id":null,"n":1}', "expected a string 'id' at byte 6"],
    ['{"id":"","n":1}', "text too short 'id' at byte 8"],
    ['{"id":"123456789","n":1}', "text too long 'id' at byte 17"],
    ['{"id":"\\u00e4\\u00e4\\u00e4\\u00e4","n":1}', 'taken'],
    ['{"id":"a","n":"1"}', "expected a whole number 'n' at byte 14"],
    ['{"id":"a","n":-1}', "expected a whole number 'n' at byte 14"],
    ['{"id":"a","n":1.0}', "expected a whole number 'n' at byte 15"],
    ['{"id":"a","n":1e3}', "expected a whole number 'n' at byte 15"],
    ['{"id":"a","n":01}', "leading zero 'n' at byte 16"],
    ['{"id":"a","n":18446744073709551616}', "number out of range 'n' at byte 33"],
    ['{"id":"a","n":1,"small":3}', 'taken'],
    ['{"id":"a","n":1,"small":7}', 'taken'],
    ['{"id":"a","n":1,"small":2}', "number out of range 'small' at byte 25"],
    ['{"id":"a","n":1,"small":8}', "number out of range 'small' at byte 25"],
    ['{"id":"a","n":1,"on":false}', 'taken'],
    ['{"id":"a","n":1,"on":0}', "expected true or false 'on' at byte 21"],
    ['{"id":"a","n":1,"on":null}', "expected true or false 'on' at byte 21"],
    ['{"id":"a","n":1,"kind":"gpu"}', 'taken'],
    ['{"id":"a","n":1,"kind":"GPU"}', "unknown word 'kind' at byte 28"],
    ['{"id":"a","n":1,"kind":"gp"}', "unknown word 'kind' at byte 27"],
    ['{"id":"a","n":1,"inner":null}', 'taken'],
    ['{"id":"a","n":1,"inner":nil}', "expected a value 'inner' at byte 24"],
    ['{"id":"a","n":1,"inner":{}}', "missing field 'a' at byte 26"],
    ['{"id":"a","n":1,"inner":[]}', "expected an object 'inner' at byte 24"],
    ['{"id":"a","n":1,"inner":{"a":101}}', "number out of range 'a' at byte 32"],
    ['{"id":"a","n":1,"inner":{"a":5},"inner":{"a":5}}', "duplicate field 'inner' at byte 40"],
    ['{"id":"a","n":1,"inner":{"a":5,"id":"b"}}', "unknown field 'id' at byte 36"],
    ['{"id":"a","inner":{"a":5,"deep":{"b":null}},"n":1}', 'taken'],
    ['{"id":"a","n":1,"inner":{"a":5,"deep":{}}}', "missing field 'b' at byte 40"],
    ['{"id":"a","n":1,"inner":{"deep":{"b":"x"}}}', "missing field 'a' at byte 42"],
    ['{"inner":{"a":5}}', "missing field 'id' at byte 17"],
    ['{"id":"a","n":1,"list":["x","12345"]}', 'taken'],
    ['{"id":"a","n":1,"list":[]}', "too few elements 'list' at byte 25"],
    ['{"id":"a","n":1,"list":["x","x","x","x"]}', "too many elements 'list' at byte 36"],
    ['{"id":"a","n":1,"list":["123456"]}', "text too long 'list' at byte 32"],
    ['{"id":"a","n":1,"list":[1]}', "expected a string 'list' at byte 24"],
    ['{"id":"a","n":1,"list":["x",]}', "expected a string 'list' at byte 28"],
    ['{"id":"a","n":1,"nums":[]}', 'taken'],
    ['{"id":"a","n":1,"nums":[0,255,1]}', 'taken'],
    ['{"id":"a","n":1,"nums":[256]}', "number out of range 'nums' at byte 27"],
    ['{"id":"a","n":1,"nums":3}', "expected an array 'nums' at byte 23"],
    ['{"id":"a","n":1,"free":[[[1]]]}', 'taken'],
    ['{"id":"a","n":1,"free":[[[[1]]]]}', "nested too deep 'free' at byte 26"],
    ['{"id":"a","n":1,"note":null}', 'taken'],
    ['{"id":"a","n":1,"note":null,"note":null}', "duplicate field 'note' at byte 35"],
    ['{"id":"a","n":1} x', 'unexpected text after the value at byte 17'],
    ['{"id":"a","n":1', 'expected , or } at byte 15'],
    ['{"id":"a" "n":1}', 'expected , or } at byte 10'],
  ];

  it.each(table)('%s', (text, answer) => {
    expect(reason(text)).toBe(answer);
  });

  it('repeats no more than 64 bytes of an unknown field', () => {
    expect(reason(`{"${'ä'.repeat(40)}":1}`)).toBe(`unknown field '${'ä'.repeat(32)}' at byte 84`);
    expect(reason(`{"${'x'.repeat(63)}ä":1}`)).toBe(`unknown field '${'x'.repeat(63)}\ufffd' at byte 69`);
  });

  // Every field that was understood comes back: in the table's order, null as absent.
  const short = fc.string({ unit: 'grapheme', maxLength: 5 });
  const upTo = (most: number) => short.filter((text) => Buffer.byteLength(text) <= most);
  const byte = fc.nat({ max: 255 });
  const documents = fc.record(
    {
      id: upTo(8).filter((text) => text.length > 0),
      n: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      small: fc.integer({ min: 3, max: 7 }),
      on: fc.boolean(),
      kind: fc.constantFrom('heartbeat', 'gpu', 'bus'),
      inner: fc.record(
        { a: fc.nat({ max: 100 }), deep: fc.record({ b: fc.option(upTo(8)) }) },
        { requiredKeys: ['a'] },
      ),
      list: fc.array(upTo(5), { minLength: 1, maxLength: 3 }),
      nums: fc.array(byte, { maxLength: 3 }),
      free: fc.constantFrom<unknown>(null, true, -1.5, 'x', [], {}, [1, { x: [] }], { a: { b: [''] } }),
      note: upTo(16),
    },
    { requiredKeys: ['id', 'n'] },
  );
  const spelled = (value: unknown): string => {
    const numbers = new Map<string, string>();
    const text = JSON.stringify(value, (_key, inner: unknown) => {
      if (typeof inner !== 'bigint') return inner;
      numbers.set(`"#${inner}#"`, `${inner}`);
      return `#${inner}#`;
    });
    return [...numbers].reduce((all, [from, to]) => all.replace(from, to), text);
  };
  const ORDER = ['id', 'n', 'small', 'on', 'kind', 'inner', 'list', 'nums', 'free', 'note'];

  it('gives back what was sent, in any order (property)', () => {
    fc.assert(
      fc.property(documents, fc.integer(), (document, seed) => {
        const random = randomly(seed);
        const shuffled = Object.entries(document)
          .map(([key, value]) => ({ key, value: value, rank: random(1000) }))
          .sort((a, b) => a.rank - b.rank);
        const sent = spelled(Object.fromEntries(shuffled.map(({ key, value }) => [key, value])));
        const sorted = Object.entries(document).sort(([a], [b]) => ORDER.indexOf(a) - ORDER.indexOf(b));
        expect(object(bytesOf(sent))).toEqual({ result: 1, text: spelled(Object.fromEntries(sorted)) });
      }),
      { numRuns: 500, seed: 43 },
    );
  });

  it('takes changed documents only when they are objects of the table still', () => {
    const random = randomly(47);
    const samples = fc.sample(documents, { numRuns: 300, seed: 53 }).map(spelled).map(bytesOf);
    let taken = 0;
    for (let round = 0; round < 20_000; round++) {
      const bytes = mutate(samples[round % samples.length] ?? Buffer.alloc(0), random);
      const { result, text } = object(bytes);
      if (result === 0) continue;
      taken++;
      // What is written for an accepted document must itself be accepted, and say the same.
      expect(isStrict(bytes, 8), bytes.toString('latin1')).toBe(true);
      expect(object(bytesOf(text))).toEqual({ result: 1, text });
    }
    expect(taken).toBeGreaterThan(300);
    expect(taken).toBeLessThan(15_000);
  });
});

describe('strings that are written', () => {
  const written = (bytes: Uint8Array): string => {
    leaf.exports.jsonText(leaf.give(bytes));
    return leaf.text();
  };

  it('are those of JSON.stringify (property)', () => {
    const characters = fc.string({ unit: 'binary', maxLength: 200 });
    fc.assert(
      fc.property(characters, (text) => {
        expect(written(bytesOf(text))).toBe(JSON.stringify(text));
      }),
      { numRuns: 500, seed: 59 },
    );
    const all = String.fromCharCode(...Array(0x100).keys());
    expect(written(bytesOf(all))).toBe(JSON.stringify(all));
  });

  it('are UTF-8 whatever the bytes (property)', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const text = written(bytes);
        expect(any(bytesOf(text))).toBe('taken');
        expect(text.length).toBeGreaterThanOrEqual(2);
      }),
      { numRuns: 500, seed: 61 },
    );
    expect(written(Buffer.from('61ff62c3', 'hex'))).toBe('"a\ufffdb\ufffd"');
  });
});
