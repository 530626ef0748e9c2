// SPDX-License-Identifier: Apache-2.0
// Reading a component's ELF: what is mapped from where, and what a component may not have. One test links with the real script.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readComponentImage } from '../../../compiler/src/layout/index.ts';
import { findTool } from '../../../compiler/src/toolchain/tools.ts';
import { makeElf, pattern, type SegmentSpec } from '../elf/make-elf.ts';
import { diagnosticsOf } from './support.ts';

const root = resolve(import.meta.dirname, '../../..');
let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'coh-image-'));
});
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

const TEXT: SegmentSpec = { virtual: 0x40000n, data: pattern(5000), flags: 5 };
const RODATA: SegmentSpec = { virtual: 0x42000n, data: pattern(100, 3), flags: 4 };
const BSS: SegmentSpec = { virtual: 0x43000n, memoryBytes: 4097n, flags: 6 };

function read(segments: SegmentSpec[], entry = 0x40010n) {
  const path = join(directory, 'x.elf');
  writeFileSync(path, makeElf({ entry, segments }));
  return readComponentImage('x', path, 1234);
}

test('text, read-only data and bss', () => {
  const image = read([TEXT, RODATA, BSS]);
  expect(image).toMatchObject({ component: 'x', entry: 0x40010n, textPages: 2, rodataPages: 1, bssPages: 2 });
  expect([image.text, image.rodata, image.bss, image.stackWorstCase_bytes]).toEqual([
    0x40000n,
    0x42000n,
    0x43000n,
    1234,
  ]);
  expect(image.pages).toHaveLength(3 * 4096);
  expect(Buffer.from(image.pages.subarray(0, 5000)).equals(pattern(5000))).toBe(true);
  expect([image.pages[4999], image.pages[5000], image.pages[8192], image.pages[8292]]).toEqual([
    pattern(5000)[4999],
    0,
    pattern(100, 3)[0],
    0,
  ]);
});

test('text without what follows it', () => {
  const ends = { rodata: 0x42000n, bss: 0x42000n };
  expect(read([TEXT])).toMatchObject({ textPages: 2, rodataPages: 0, bssPages: 0, ...ends });
  expect(read([TEXT, RODATA])).toMatchObject({ rodataPages: 1, bssPages: 0, bss: 0x43000n });
});

describe('a component is refused with', () => {
  test.each<[string, string, string, SegmentSpec[], bigint?]>([
    [
      'initialised data',
      'COH3605',
      'component x: 8 bytes in 0x43000 is initialised data',
      [TEXT, RODATA, { ...BSS, data: pattern(8) }],
    ],
    [
      'text that can be written',
      'COH3606',
      'component x: segment at 0x40000 can be both written and executed',
      [{ ...TEXT, flags: 7 }],
    ],
    [
      'another start address',
      'COH3606',
      'component x: segment at 0x30000 is outside 0x40000..0x1fc000',
      [{ ...TEXT, virtual: 0x30000n }],
      0x30000n,
    ],
    [
      'an end in the stack',
      'COH3606',
      'component x: segment at 0x1fb000 is outside 0x42000..0x1fc000',
      [TEXT, { ...BSS, virtual: 0x1fb000n }],
    ],
    [
      'segments that share a page',
      'COH3606',
      'component x: segment at 0x41800 starts inside a page',
      [TEXT, { ...RODATA, virtual: 0x41800n }],
    ],
    [
      'two texts',
      'COH3606',
      'component x: segment at 0x44000 is a second one of its kind, or out of order',
      [TEXT, { ...TEXT, virtual: 0x44000n }],
    ],
    [
      'text behind read-only data',
      'COH3606',
      'component x: segment at 0x44000 is a second one of its kind, or out of order',
      [
        { ...RODATA, virtual: 0x40000n },
        { ...TEXT, virtual: 0x44000n },
      ],
      0x44000n,
    ],
    [
      'an entry in its data',
      'COH3606',
      'component x: entry point 0x42000 is not in its text',
      [TEXT, RODATA],
      0x42000n,
    ],
  ])('%s', (_, code, message, segments, entry) => {
    const found = diagnosticsOf(() => read(segments, entry));
    expect(found.map((d) => [d.code, d.message])).toEqual([[code, message]]);
  });
});

const SOURCE = `
const char cohesix_text[] = "read-only";
static int zeroed[2000];
__attribute__((section(".text.start"))) int _start(void) { return zeroed[1] + cohesix_text[0]; }
__attribute__((section(".cohesix.lines"), used)) static const unsigned table[] = {0x454e494c, 2};
`;

async function link(name: string, source: string): Promise<string> {
  const [c, o, elf] = ['c', 'o', 'elf'].map((suffix) => join(directory, `${name}.${suffix}`));
  writeFileSync(c ?? '', source);
  const target = ['--target=aarch64-none-elf', '-ffreestanding', '-O0', '-c', c ?? '', '-o', o ?? ''];
  execFileSync((await findTool('clang')).path, target, { timeout: 20_000 });
  const script = join(root, 'kernel/runtime/domain/domain.ld');
  const flags = ['-T', script, '-o', elf ?? '', '--no-check-sections', '-z', 'noexecstack', o ?? ''];
  execFileSync((await findTool('ld.lld')).path, flags, { timeout: 20_000, stdio: 'pipe' });
  return elf ?? '';
}

test('a component that is linked with the script of the domains', async () => {
  const image = readComponentImage('y', await link('y', SOURCE), 0);
  expect(image).toMatchObject({
    entry: 0x40000n,
    textPages: 1,
    rodataPages: 1,
    bssPages: 2,
    rodata: 0x41000n,
    bss: 0x42000n,
  });
  expect(Buffer.from(image.pages.subarray(4096)).includes('read-only')).toBe(true);
  expect([...image.lines]).toEqual([0x4c, 0x49, 0x4e, 0x45, 2, 0, 0, 0]);
});
