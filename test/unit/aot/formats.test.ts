// SPDX-License-Identifier: Apache-2.0
/** The readers and writers of the pipeline's formats, by property and by table. */
import { readFileSync } from 'node:fs';
import binaryen from 'binaryen';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CallGraph, graphOf } from '../../../compiler/src/aot/callgraph.ts';
import { checkImports, isAllowed } from '../../../compiler/src/aot/imports.ts';
import { compact, encodeLines, parseDump, type LineRow } from '../../../compiler/src/aot/lines.ts';
import { joinHeads } from '../../../compiler/src/aot/wasm2c.ts';
import { insertMarkers, markerPayload, replaceMarkers } from '../../../compiler/src/aot/markers.ts';
import { readSourceMap } from '../../../compiler/src/aot/sourcemap.ts';
import { checkBounded } from '../../../compiler/src/aot/bounded.ts';
import { encodeS64, encodeU32, Reader, readImports } from '../../../compiler/src/aot/wasm.ts';
import { parseDepfile } from '../../../compiler/src/toolchain/clang.ts';
import { digest } from '../../../compiler/src/toolchain/files.ts';
import { refusal } from './harness.ts';

/** A module with one function of type () → () whose body is `code`, and the given function imports. */
function moduleOf(code: number[], imports: [string, string][] = []): Uint8Array {
  const section = (id: number, body: number[]): number[] => [id, ...encodeU32(body.length), ...body];
  const name = (text: string): number[] => [...encodeU32(text.length), ...Buffer.from(text)];
  const body = [0, ...code, 0x0b];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 0, 0]),
    ...section(2, [...encodeU32(imports.length), ...imports.flatMap(([m, n]) => [...name(m), ...name(n), 0, 0])]),
    ...section(3, [1, 0]),
    ...section(10, [1, ...encodeU32(body.length), ...body]),
  ]);
}

const mapOf = (mappings: string, sources = ['a.ts', 'b.ts']): string =>
  JSON.stringify({ version: 3, sources, names: [], mappings });

describe('numbers', () => {
  it('unsigned LEB128 is read back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (n) => {
        const bytes = encodeU32(n);
        const reader = new Reader(Uint8Array.from(bytes));
        return reader.u32() === n && reader.at === bytes.length;
      }),
    );
  });

  it.each([
    [0n, '00'],
    [-1n, '7f'],
    [63n, '3f'],
    [64n, 'c000'],
    [-64n, '40'],
    [-65n, 'bf7f'],
    [0x6c696e6500000001n, '81808080d0ccdbb4ec00'],
  ])('signed LEB128 of %s', (value, hex) => {
    expect(Buffer.from(encodeS64(value)).toString('hex')).toBe(hex);
    expect(new Reader(Uint8Array.from(encodeS64(value))).s64()).toBe(value);
  });
});

describe('source maps', () => {
  it.each([
    ['AAAA', [[0, 'a.ts', 1, 1]]],
    [
      'UCCE,gBAAA',
      [
        [10, 'b.ts', 2, 3],
        [26, 'b.ts', 2, 3],
      ],
    ],
    [
      'KAGG,C,KADD',
      [
        [5, 'a.ts', 4, 4],
        [11, 'a.ts', 3, 3],
      ],
    ],
  ])('%s', (mappings, expected) => {
    const positions = readSourceMap(mapOf(mappings));
    expect(positions.map((p) => [p.offset, p.file, p.line, p.column])).toEqual(expected);
  });

  it.each([
    ['a bad digit', 'A!AA'],
    ['a second line', 'AAAA;AAAA'],
    ['an unknown source', 'AEAA'],
  ])('refuses %s', (_what, mappings) => {
    expect(() => readSourceMap(mapOf(mappings))).toThrow(/^source map: /);
  });
});

describe('line markers', () => {
  const nops = (n: number): number[] => new Array<number>(n).fill(0x01);

  it('survive in any module, wherever the lines change', () => {
    const engine = (globalThis as unknown as { WebAssembly: { validate: (b: Uint8Array) => boolean } }).WebAssembly;
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 300 }),
        fc.array(fc.nat(200), { minLength: 1, maxLength: 40 }),
        (size, steps) => {
          const wasm = moduleOf(nops(size));
          const start = wasm.length - size - 1;
          // Every step is one mapping: offset and line move on together.
          const digit = (n: number): string => vlq(n);
          const mappings = steps
            .map((step, i) => `${digit(i === 0 ? start : step % 7)}AC${i === 0 ? 'A' : 'A'}`)
            .join(',');
          const marked = insertMarkers(wasm, mapOf(mappings));
          return engine.validate(marked.wasm) && marked.wasm.length > wasm.length && marked.files[0] === 'a.ts';
        },
      ),
    );
  });

  it('refuse a module that already holds such a constant', async () => {
    const wasm = moduleOf([0x42, ...encodeS64(0x6c696e6500123456n), 0x1a]);
    const [d] = await refusal(Promise.resolve().then(() => insertMarkers(wasm, mapOf('AAAA'))));
    expect(d?.message).toMatch(/looks like a line marker/);
  });

  it.each([
    ['2^20 lines', mapOf(`${'A'}A${vlq(2 ** 20 - 1)}A`), /a\.ts has more than 1048575 lines/],
    ['an empty map', mapOf(''), /covers no code/],
  ])('refuse %s', async (_what, map, message) => {
    const [d] = await refusal(Promise.resolve().then(() => insertMarkers(moduleOf(nops(3)), map)));
    expect(d?.message).toMatch(message);
  });

  const marker = (file: number, line: number): string =>
    `  var_j0 = ${(0x6c696e65n << 32n) | BigInt(file * 2 ** 20 + line)}ull;`;

  it('become #line before every statement, and C lines count on behind', () => {
    const c = [
      'static int x;',
      'u32 w2c_m_f(w2c_m* instance) {',
      '  u64 var_j0;',
      marker(1, 7),
      '  a;',
      '#if 1',
      '  b;',
      '#endif',
      marker(0, 9),
      '  c;',
      '}',
      'int y;',
    ];
    expect(replaceMarkers(c.join('\n'), ['a.ts', 'b.ts'], 'm.c').split('\n')).toEqual([
      ...['static int x;', '#line 7 "b.ts"', 'u32 w2c_m_f(w2c_m* instance) {', '#line 7 "b.ts"', '  u64 var_j0;'],
      ...['#line 7 "b.ts"', '  a;', '#if 1', '#line 7 "b.ts"', '  b;', '#endif', '#line 9 "a.ts"', '  c;', '}'],
      ...['#line 16 "m.c"', 'int y;'],
    ]);
  });

  it('stand in functions whose many parameters wasm2c spreads over lines', () => {
    const c = ['u32 f(w2c_m* instance, u32 var_p0, ', '    u32 var_p1, ', '    u32 var_p2) {', '  a;', '}', ''].join(
      '\n',
    );
    expect(joinHeads(c)).toBe('u32 f(w2c_m* instance, u32 var_p0, u32 var_p1, u32 var_p2) {\n  a;\n}\n');
    const call = '  f(1, \n    2);\n';
    expect(joinHeads(call)).toBe(call);
  });

  it.each([
    ['no marker at all', 'int x;', /kept no line marker/],
    [
      'a marker in another form',
      ['u32 f(u32 a) {', marker(0, 1), '  g(7811896408721588225ull);', '}'].join('\n'),
      /unknown form/,
    ],
    ['a marker of an unknown file', ['u32 f(u32 a) {', marker(5, 1), '}'].join('\n'), /unknown file/],
  ])('refuse C with %s', async (_what, c, message) => {
    const [d] = await refusal(Promise.resolve().then(() => replaceMarkers(c, ['a.ts'], 'm.c')));
    expect(d?.message).toMatch(message);
  });

  it('tell their payload', () => {
    expect(markerPayload(String((0x6c696e65n << 32n) | 77n))).toBe(77);
    expect(markerPayload('1234567890123456789')).toBeUndefined();
  });
});

function vlq(value: number): string {
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  let rest = value < 0 ? -value * 2 + 1 : value * 2;
  let out = '';
  do {
    const low = rest % 32;
    rest = Math.floor(rest / 32);
    out += digits[rest > 0 ? low + 32 : low] ?? '';
  } while (rest > 0);
  return out;
}

describe('imports', () => {
  it('are read', () => {
    const found = readImports(
      moduleOf(
        [],
        [
          ['sel4', 'call'],
          ['mmio', 'read32'],
        ],
      ),
    );
    expect(found).toEqual([
      { module: 'sel4', name: 'call', kind: 'function' },
      { module: 'mmio', name: 'read32', kind: 'function' },
    ]);
  });

  it.each<[string, string, string[], boolean]>([
    ['sel4', 'call', ['sel4.*'], true],
    ['sel4', 'call', ['sel4.call'], true],
    ['sel4', 'callx', ['sel4.call'], false],
    ['sel', '4.call', ['sel4.*'], false],
    ['sel4x', 'call', ['sel4.*'], false],
    ['sel4', 'call', [], false],
    ['sel4', 'call', ['*'], false],
  ])('%s.%s under %j: %s', (module, name, allowed, expected) => {
    expect(isAllowed(allowed, { module, name, kind: 'function' })).toBe(expected);
  });

  it('other than functions are never allowed', () => {
    expect(isAllowed(['env.*'], { module: 'env', name: 'memory', kind: 'memory' })).toBe(false);
  });

  it('are all named in one refusal', async () => {
    const wasm = moduleOf(
      [],
      [
        ['a', 'b'],
        ['c', 'd'],
        ['a', 'e'],
      ],
    );
    const list = await refusal(Promise.resolve().then(() => checkImports('x', wasm, ['a.e'], () => undefined)));
    expect(list.map((d) => d.message)).toEqual(['component x may not import a.b', 'component x may not import c.d']);
  });
});

describe('call graph', () => {
  const places = [{ offset: 0, file: 'a.ts', line: 3, column: 4 }];
  const at = { file: 'a.ts', line: 3, column: 4 };
  const mark = `(drop (i64.const ${0x6c696e65n << 32n}))`;
  const table = '(table 2 2 funcref) (elem (i32.const 1) $f)';
  const imported = '(import "m" "n" (func $g (result i32)))';

  function graph(body: string, head = ''): CallGraph {
    const module = binaryen.parseText(
      `(module (type $v (func)) (type $i (func (result i32))) ${head} (func $f ${body}))`,
    );
    module.setFeatures(binaryen.Features.All);
    try {
      return graphOf(module, places);
    } finally {
      module.dispose();
    }
  }

  it('reads calls with their places', () => {
    const found = graph(
      `${mark} (drop (call $g)) (call_indirect (type $v) (i32.const 1))`,
      `${imported} ${table} (export "run" (func $f)) (start $f)`,
    );
    expect(found.functions.map((f) => f.import ?? f.name)).toEqual(['m.n', 'f']);
    expect(found.functions[1]).toMatchObject({ at, calls: [{ callee: 'g', at }] });
    expect(found.functions[1]?.indirect).toEqual([{ type: found.functions[1]?.type, at }]);
    expect(found).toMatchObject({ tableFunctions: ['f'], exports: [['run', 'f']], start: 'f', tableChanges: [] });
  });

  // In the operands of every instruction that a component may hold, a call is found.
  it.each([
    ['block', '(block (drop (call $g)))'],
    ['if', '(if (call $g) (then (nop)))'],
    ['then', '(if (i32.const 1) (then (drop (call $g))))'],
    ['else', '(if (i32.const 1) (then (nop)) (else (drop (call $g))))'],
    ['loop', '(loop (drop (call $g)))'],
    ['br_if', '(block $b (br_if $b (call $g)))'],
    ['br_table', '(block $b (br_table $b $b (call $g)))'],
    ['br with a value', '(drop (block $b (result i32) (br $b (call $g))))'],
    ['call', '(call $h (call $g))'],
    ['call_indirect', '(call_indirect (type $v) (call $g))'],
    ['local.set', '(local i32) (local.set 0 (call $g))'],
    ['global.set', '(global.set $x (call $g))'],
    ['load', '(drop (i32.load (call $g)))'],
    ['store, address', '(i32.store (call $g) (i32.const 0))'],
    ['store, value', '(i32.store (i32.const 0) (call $g))'],
    ['memory.copy', '(memory.copy (i32.const 0) (call $g) (i32.const 0))'],
    ['memory.fill', '(memory.fill (i32.const 0) (i32.const 0) (call $g))'],
    ['memory.init', '(memory.init $d (call $g) (i32.const 0) (i32.const 0))'],
    ['memory.grow', '(drop (memory.grow (call $g)))'],
    ['unary', '(drop (i32.eqz (call $g)))'],
    ['binary, left', '(drop (i32.add (call $g) (i32.const 0)))'],
    ['binary, right', '(drop (i32.add (i32.const 0) (call $g)))'],
    ['select, first', '(drop (select (call $g) (i32.const 0) (i32.const 0)))'],
    ['select, second', '(drop (select (i32.const 0) (call $g) (i32.const 0)))'],
    ['select, condition', '(drop (select (i32.const 0) (i32.const 0) (call $g)))'],
    ['return', '(return (drop (call $g)))'],
    ['atomic load', '(drop (i32.atomic.load (call $g)))'],
    ['atomic rmw', '(drop (i32.atomic.rmw.add (i32.const 0) (call $g)))'],
    ['atomic cmpxchg', '(drop (i32.atomic.rmw.cmpxchg (i32.const 0) (i32.const 0) (call $g)))'],
    ['atomic wait', '(drop (memory.atomic.wait32 (i32.const 0) (call $g) (i64.const 0)))'],
    ['atomic notify', '(drop (memory.atomic.notify (i32.const 0) (call $g)))'],
    ['table.set', '(table.set 0 (call $g) (ref.func $f))'],
  ])('finds a call in the operands: %s', (_what, body) => {
    const head = `${imported} ${table} (memory 1 2 shared) (data $d "x") (global $x (mut i32) (i32.const 0)) (func $h (param i32))`;
    const f = graph(body, head).functions.find(({ name }) => name === 'f');
    expect(f?.calls.map(({ callee }) => callee)).toContain('g');
  });

  it.each([
    ['call_ref', '(call_ref $v (ref.func $f))'],
    ['table.fill', '(table.fill 0 (i32.const 0) (ref.func $f) (i32.const 1))'],
    ['table.copy', '(table.copy 0 0 (i32.const 0) (i32.const 0) (i32.const 1))'],
    ['struct.new', '(drop (struct.new $s))'],
  ])('refuses what it does not know: %s', async (name, body) => {
    const [d] = await refusal(Promise.resolve().then(() => graph(body, `(type $s (struct)) ${table}`)));
    expect(d?.message).toContain(`function f holds ${name}`);
  });

  it.each([
    ['a call of itself', '(call $f)', '', /recursion: f → f/],
    ['a call of itself through the table', '(call_indirect (type $v) (i32.const 1))', table, /recursion: f → f/],
    [
      'a table that code changes',
      '(call_indirect (type $v) (i32.const 1)) (table.set 0 (i32.const 0) (ref.null func))',
      '(table 2 2 funcref)',
      /no bound/,
    ],
    [
      'a table that is exported',
      '(call_indirect (type $v) (i32.const 1))',
      '(table $t 2 2 funcref) (export "t" (table $t))',
      /imported or exported/,
    ],
    [
      'a table that is imported',
      '(call_indirect (type $v) (i32.const 1))',
      '(import "m" "t" (table $t 2 2 funcref))',
      /imported or exported/,
    ],
  ])('%s has no bound', async (_what, body, head, message) => {
    const [d] = await refusal(Promise.resolve().then(() => checkBounded('x', graph(`${mark} ${body}`, head))));
    expect(d?.message).toMatch(message);
    expect(d?.position).toMatchObject({ file: 'a.ts', line: 3 });
  });

  it.each([
    ['another signature in the table', '(drop (call_indirect (type $i) (i32.const 1)))', table],
    ['an exported table that nothing calls through', '(nop)', '(table $t 2 2 funcref) (export "t" (table $t))'],
  ])('%s is bounded', (_what, body, head) => {
    expect(() => checkBounded('x', graph(`${mark} ${body}`, head))).not.toThrow();
  });
});

it('Binaryen is the version that asc pins', () => {
  const read = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as { dependencies: Record<string, string> };
  const pinned = read('node_modules/assemblyscript/package.json').dependencies['binaryen'];
  expect(read('package.json').dependencies['binaryen']).toBe(pinned);
});

describe('line tables', () => {
  const row = fc.record({
    address: fc.integer({ min: 0x400000, max: 0x400400 }),
    file: fc.constantFrom('', 'a.ts', 'b.ts'),
    line: fc.nat(50),
  });

  it('hold every row once, ascending', () => {
    fc.assert(
      fc.property(fc.array(row), (rows) => {
        const out = compact(rows);
        return out.every((r, i) => i === 0 || (out[i - 1]?.address ?? 0) < r.address);
      }),
    );
  });

  it('are encoded as drawn', () => {
    const rows: LineRow[] = [
      { address: 0x400010, file: 'a.ts', line: 5 },
      { address: 0x400018, file: 'b.ts', line: 6 },
      { address: 0x400020, file: '', line: 0 },
    ];
    expect(encodeLines(rows).toString('hex')).toBe(
      '4c494e4548000000' +
        '1000400000000000' +
        '0300000002000000' +
        '0000000005000000' +
        '0800000006001000' +
        '1000000000000000' +
        '3800000' +
        '03d000000' +
        '612e747300' +
        '622e747300' +
        '000000000000',
    );
  });

  it('come from a dump of DWARF 5 lines', () => {
    const dump = `debug_line[0x00000000]
include_directories[  0] = "."
include_directories[  1] = "./kernel"
file_names[  0]:
           name: "out/x.c"
      dir_index: 0
file_names[  1]:
           name: "trap.h"
      dir_index: 1
Address            Line   Column File   ISA Discriminator Flags
------------------ ------ ------ ------ --- ------------- -------------
0x0000000000400000     12      3      0   0             0  is_stmt
0x0000000000400008     40      9      1   0             0  is_stmt prologue_end
0x000000000040000c      0      9      1   0             0
0x0000000000400010     40      9      1   0             0  is_stmt end_sequence
`;
    expect(parseDump(dump)).toEqual([
      { address: 0x400000, file: 'out/x.c', line: 12 },
      { address: 0x400008, file: 'kernel/trap.h', line: 40 },
      { address: 0x40000c, file: '', line: 0 },
      { address: 0x400010, file: '', line: 0 },
    ]);
  });

  it('let a new sequence win over the end of the one before', () => {
    const rows = [
      { address: 8, file: 'a.ts', line: 1 },
      { address: 4, file: 'b.ts', line: 2 },
      { address: 8, file: '', line: 0 },
    ];
    expect(compact(rows)).toEqual([rows[1], rows[0]]);
  });
});

it.each([
  ['x.o: a.c b.h', ['a.c', 'b.h']],
  ['x.o: a.c \\\n  b.h \\\r\n c.h\n', ['a.c', 'b.h', 'c.h']],
  ['x.o: with\\ space.h do$$llar.h', ['with space.h', 'do$llar.h']],
  ['x.o:', []],
])('depfile %j', (text, expected) => {
  expect(parseDepfile(text)).toEqual(expected);
});

it('a digest tells where its parts end', () => {
  expect(digest(['ab', 'c'])).not.toBe(digest(['a', 'bc']));
});
