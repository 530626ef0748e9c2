// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { readConfig, readEnumerators } from '../../../compiler/src/image/enums.ts';

const numbers = (header: string, ...on: string[]) => {
  const known = new Map<string, number>();
  readEnumerators(header, new Map(on.map((name) => [`CONFIG_${name}`, '1'])), known);
  return Object.fromEntries(known);
};

describe('readEnumerators', () => {
  const cases: [name: string, header: string, on: string[], expected: Record<string, number>][] = [
    ['counts up', 'enum a { A, B, C };', [], { A: 0, B: 1, C: 2 }],
    ['initialisers', 'typedef enum { A = -3, B, C = 0x10, D, } t;', [], { A: -3, B: -2, C: 16, D: 17 }],
    ['earlier enumerators', 'enum { A = 5 }; enum { B = A, C };', [], { A: 5, B: 5, C: 6 }],
    ['comments', 'enum { A, /* X, */ B, // Y,\n C };', [], { A: 0, B: 1, C: 2 }],
    ['not guessed', 'enum { A = sizeof(int), B, C = 3, D };', [], { C: 3, D: 4 }],
    ['off', 'enum { A,\n#if defined(CONFIG_X)\nB,\n#endif\nC };', [], { A: 0, C: 1 }],
    ['on', 'enum { A,\n#if defined(CONFIG_X)\nB,\n#endif\nC };', ['X'], { A: 0, B: 1, C: 2 }],
    ['ifdef, else', 'enum {\n#ifdef CONFIG_X\nA,\n#else\nB,\n#endif\nC };', [], { B: 0, C: 1 }],
    ['ifndef', 'enum {\n#ifndef CONFIG_X\nA,\n#endif\nC };', ['X'], { C: 0 }],
    [
      'and, not',
      'enum {\n#if (!defined(CONFIG_X) && defined(CONFIG_Y))\nA,\n#endif\n#if !defined(CONFIG_Y) || defined(CONFIG_X)\nB,\n#endif\nC };',
      ['Y'],
      { A: 0, C: 1 },
    ],
    ['and', 'enum {\n#if defined(CONFIG_X) && defined(CONFIG_Y)\nA,\n#endif\nC };', ['Y'], { C: 0 }],
    [
      'elif',
      'enum {\n#if defined(CONFIG_X)\nA,\n#elif defined(CONFIG_Y)\nB,\n#else\nC,\n#endif\n};',
      ['X', 'Y'],
      { A: 0 },
    ],
    ['nested', 'enum {\n#if defined(CONFIG_X)\n#if defined(CONFIG_Y)\nA,\n#endif\nB,\n#endif\nC };', ['Y'], { C: 0 }],
    ['conditional definition', '#if defined(CONFIG_X)\nenum { A };\n#endif\nint f(void) { return 0; }', [], {}],
  ];
  it.each(cases)('%s', (_, header, on, expected) => {
    expect(numbers(header, ...on)).toEqual(expected);
  });
});

describe('readConfig', () => {
  it('takes values and leaves out what is off', () => {
    const text =
      '#define CONFIG_A  1\n/* disabled: CONFIG_B */\n#define CONFIG_C  qemu-arm-virt\n#define CONFIG_D "x y"\n';
    expect([...readConfig(text)]).toEqual([
      ['CONFIG_A', '1'],
      ['CONFIG_C', 'qemu-arm-virt'],
      ['CONFIG_D', 'x y'],
    ]);
  });
});
