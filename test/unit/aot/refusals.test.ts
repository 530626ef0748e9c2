// SPDX-License-Identifier: Apache-2.0
/** Bad input: one diagnostic with a cause and what to do, and no product left behind. */
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it } from 'vitest';
import type { ComponentSpec } from '../../../compiler/src/aot/component.ts';
import type { Diagnostic } from '../../../diagnostics/diagnostic.ts';
import { compileObjects } from '../../../compiler/src/toolchain/clang.ts';
import { findTool } from '../../../compiler/src/toolchain/tools.ts';
import { build, refusal, ROOT, specOf, temporaryFolder } from './harness.ts';

const folder = temporaryFolder();
afterAll(folder.remove);
const savedPath = process.env['PATH'];
afterEach(() => {
  process.env['PATH'] = savedPath;
});

const at = (d: Diagnostic | undefined): string =>
  d?.position === undefined ? '' : `${d.position.file}:${d.position.line}:${d.position.column}`;
const A = 'test/unit/aot/assembly';

const CASES: [string, Partial<ComponentSpec>, RegExp, string, RegExp][] = [
  [
    'importer',
    {},
    /^component importer may not import mmio\.write32$/,
    `${A}/importer/main.ts:12:5`,
    /allowed are host\.\*/,
  ],
  [
    'importer',
    { imports: ['mmio.write32'] },
    /may not import host\.acquire$/,
    `${A}/importer/main.ts:10:17`,
    /mmio\.write32/,
  ],
  ['importer', { imports: [] }, /may not import/, `${A}/importer/main.ts:12:5`, /no imports/],
  [
    'recursion',
    {},
    /recursion: \S*odd → \S*even \(\S*main\.ts:14\) → \S*odd \(\S*main\.ts:8\)$/,
    `${A}/recursion/main.ts:14:10`,
    /loop/,
  ],
  [
    'through_table',
    {},
    /recursion: .*main\/node → .*main\/node \(.*main\.ts:12\)$/,
    `${A}/through_table/main.ts:12:15`,
    /loop/,
  ],
  ['broken', {}, /^Cannot find name 'missing'\.$/, `${A}/broken/main.ts:3:18`, /^$/],
  ['kernels', { stack_bytes: 4097 }, /stack_bytes is not a multiple of 4096/, '', /^$/],
  ['kernels', { memory_bytes: 4096 }, /static data ends at \d+, but linear memory at 4096$/, '', /raise memory_bytes/],
  ['kernels', { memory_bytes: 2 ** 33 }, /more than 4 GiB/, '', /^$/],
  ['kernels', { name: 'a-b' }, /not a C identifier/, '', /^$/],
  ['kernels', { directory: `${A}/absent` }, /absent\/asconfig\.json is missing$/, '', /extends the top-level/],
];

it.each(CASES)('%s %j', async (name, more, message, position, fix) => {
  const out = join(folder.path, 'cases');
  const list = await refusal(build(out, specOf(name, more)));
  expect(list[0]?.message).toMatch(message);
  expect(at(list[0])).toBe(position);
  expect(list[0]?.fix ?? '').toMatch(fix);
  expect(existsSync(join(out, `${name}.elf`))).toBe(false);
  expect(existsSync(join(out, 'aot', name, `${name}.c`))).toBe(false);
});

it.each([
  [
    'text that is not JSON',
    '{ "entries": ',
    /^asc cannot compile part: Asconfig is not valid json: part\/asconfig\.json$/,
  ],
  ['no entries', '{ "extends": "EXTENDS" }', /asc (?:cannot compile|made no output)/],
  ['no source map', '{ "entries": ["main.ts"] }', /a source map .* is missing/],
])('asconfig with %s', async (_what, text, message) => {
  const root = join(folder.path, 'project');
  mkdirSync(join(root, 'part'), { recursive: true });
  writeFileSync(
    join(root, 'asconfig.json'),
    '{ "options": { "runtime": "stub", "use": ["abort="], "sourceMap": true } }',
  );
  writeFileSync(join(root, 'part/asconfig.json'), text.replace('EXTENDS', '../asconfig.json'));
  writeFileSync(join(root, 'part/main.ts'), 'export function run(n: u32): u64 { return n / 3; }\n');
  const spec = specOf('part', { directory: 'part' });
  const list = await refusal(build(join(root, 'out'), spec, [], root));
  expect(list).toHaveLength(1);
  expect(list[0]?.message).toMatch(message);
  expect(list[0]?.message).not.toMatch(/\n/);
});

it('a stack that does not fit leaves no ELF', async () => {
  const out = join(folder.path, 'small');
  const spec = specOf('kernels', { stack_bytes: 4096, defines: ['BIG_FRAME_BYTES=8192'] });
  const list = await refusal(build(out, spec));
  expect(list[0]?.message).toMatch(/^component kernels needs \d+ bytes of stack, but has 4096: _start → linux_main/);
  expect(existsSync(join(out, 'kernels.elf'))).toBe(false);
});

it('a missing tool names the package', async () => {
  process.env['PATH'] = join(folder.path, 'empty');
  const [diagnostic] = await refusal(findTool('ld.lld'));
  expect(diagnostic).toMatchObject({ message: 'ld.lld is not installed', fix: 'apt-get install lld' });
});

it('a tool that is too old says so', async () => {
  const bin = join(folder.path, 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'clang'), '#!/bin/sh\necho "Debian clang version 11.0.1-2"\n');
  chmodSync(join(bin, 'clang'), 0o755);
  process.env['PATH'] = `${bin}`;
  writeFileSync(join(bin, 'sh'), '');
  const [diagnostic] = await refusal(findTool('clang'));
  expect(diagnostic?.message).toBe(`clang 14 or newer is needed, but ${join(bin, 'clang')} is version 11`);
  expect(diagnostic?.fix).toBe('apt-get install clang');
});

it('a C error is a diagnostic with its position, and the old object stays', async () => {
  const root = join(folder.path, 'c');
  mkdirSync(root, { recursive: true });
  writeFileSync(join(root, 'x.c'), 'int f(void) {\n    int unused;\n    return 1;\n}\n');
  const options = { sources: ['x.c'], objDir: join(root, 'obj'), root };
  const [diagnostic] = await refusal(compileObjects(options));
  expect(at(diagnostic)).toBe('x.c:2:9');
  expect(diagnostic?.message).toMatch(/unused variable/);
  expect(existsSync(join(root, 'obj/x.c.o'))).toBe(false);
  expect(ROOT).not.toBe(root);
});
