// SPDX-License-Identifier: Apache-2.0
// Whatever values stand in [protection], the outcome is a layout that holds, or refusals with a place; never a crash.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { baseText, diagnosticsOf, layoutOf } from './support.ts';

const lines = baseText.split('\n');
const start = lines.indexOf('[[protection.domains]]');
const keys = lines.flatMap((line, at) => (at > start && line.includes(' = ') ? [at] : []));

const number = fc.oneof(
  fc.constantFrom(0, 1, 253, 254, 4095, 4096, 8192, 65536, 1 << 20, 2 ** 30, 2 ** 32 - 4096, 2 ** 32 - 1),
  fc.nat(20).map((pages) => pages * 4096),
  fc.nat(512),
);
const word = fc.constantFrom(
  'uart',
  'net',
  'tree',
  'shell',
  'beat',
  'roottask',
  'log',
  'pl011',
  'timer',
  'virtio-net',
  'info',
  '',
);
const value = fc.oneof(
  number.map(String),
  word.map((text) => `"${text}"`),
  fc.boolean().map(String),
  fc.array(word, { maxLength: 3 }).map((list) => `[${list.map((text) => `"${text}"`).join(', ')}]`),
);

test('any value in place of another', () => {
  const edits = fc.array(fc.tuple(fc.constantFrom(...keys), value), { minLength: 1, maxLength: 3 });
  let good = 0;
  fc.assert(
    fc.property(edits, (list) => {
      const text = lines.slice();
      for (const [at, replacement] of list) text[at] = `${text[at]?.split(' = ')[0] ?? ''} = ${replacement}`;
      const found = diagnosticsOf(() => layoutOf(text.join('\n')));
      if (found.length === 0) good++;
      for (const { code, position } of found) {
        // COH3612 would be a layout with more authority than the manifest gives.
        expect(code).not.toBe('COH3612');
        expect(position?.line).toBeGreaterThan(0);
      }
    }),
    { numRuns: 400 },
  );
  expect(good).toBeGreaterThan(0);
});

test('lines missing or doubled', () => {
  const change = fc.tuple(fc.integer({ min: start, max: lines.length - 1 }), fc.constantFrom(0, 2));
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 2 }), (changes) => {
      const text = lines.flatMap((line, at) => {
        const times = changes.find(([place]) => place === at)?.[1] ?? 1;
        return Array.from({ length: times }, () => line);
      });
      for (const { code } of diagnosticsOf(() => layoutOf(text.join('\n')))) expect(code).not.toBe('COH3612');
    }),
    { numRuns: 200 },
  );
});
