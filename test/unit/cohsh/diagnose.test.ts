// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeLines } from '../../../compiler/src/aot/lines.ts';
import { findFaults, parseAddress } from '../../../host/cohsh/diagnose/fault.ts';
import { runDiagnose } from '../../../host/cohsh/diagnose/index.ts';
import { readableName } from '../../../host/cohsh/diagnose/lines.ts';

const SOURCE = 'test/conformance/cohsh/scripts/boot_v0.coh';

interface Section {
  name: string;
  type: number;
  data: Buffer;
  link?: number;
}

/** An ELF file of sections only, as far as the line reader looks. */
function makeElf(sections: readonly Section[]): Buffer {
  const names = Buffer.from(`\0${sections.map(({ name }) => `${name}\0`).join('')}.shstrtab\0`);
  const all: Section[] = [
    { name: '', type: 0, data: Buffer.alloc(0) },
    ...sections,
    { name: '.shstrtab', type: 3, data: names },
  ];
  const header = Buffer.alloc(64);
  header.set([0x7f, 0x45, 0x4c, 0x46, 2, 1]);
  const body = Buffer.concat(all.map(({ data }) => data));
  header.writeBigUInt64LE(BigInt(64 + body.length), 0x28);
  header.writeUInt16LE(64, 0x3a);
  header.writeUInt16LE(all.length, 0x3c);
  header.writeUInt16LE(all.length - 1, 0x3e);
  let at = 64;
  const table = all.map(({ name, type, data, link = 0 }) => {
    const row = Buffer.alloc(64);
    row.writeUInt32LE(name === '' ? 0 : names.indexOf(`${name}\0`), 0);
    row.writeUInt32LE(type, 4);
    row.writeBigUInt64LE(BigInt(at), 0x18);
    row.writeBigUInt64LE(BigInt(data.length), 0x20);
    row.writeUInt32LE(link, 0x28);
    at += data.length;
    return row;
  });
  return Buffer.concat([header, body, ...table]);
}

function symbol(nameAt: number, address: number, size: number): Buffer {
  const row = Buffer.alloc(24);
  row.writeUInt32LE(nameAt, 0);
  row[4] = 2;
  row.writeBigUInt64LE(BigInt(address), 8);
  row.writeBigUInt64LE(BigInt(size), 16);
  return row;
}

let report: string;
let dir: string;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'cohsh-diagnose-'));
  report = join(dir, 'report.json');
  const lines = encodeLines([
    { address: 0x40000, file: SOURCE, line: 2 },
    { address: 0x40010, file: 'roottask/absent.ts', line: 7 },
    { address: 0x40020, file: '', line: 0 },
  ]);
  const names = Buffer.from('\0w2c_worker__gpu_domains0x2Fworker0x2Fbeat\0');
  const symbols = Buffer.concat([symbol(0, 0, 0), symbol(1, 0x40000, 0x30)]);
  const elf = makeElf([
    { name: '.cohesix.lines', type: 1, data: lines },
    { name: '.symtab', type: 2, data: symbols, link: 3 },
    { name: '.strtab', type: 3, data: names },
  ]);
  writeFileSync(join(dir, 'worker_gpu.elf'), elf);
  writeFileSync(join(dir, 'bare.elf'), makeElf([]));
  writeFileSync(report, JSON.stringify({ components: [{ name: 'worker_gpu' }] }));
  const domains = [
    { name: 'worker-gpu', component: 'worker_gpu' },
    { name: 'bare', component: 'bare' },
  ];
  writeFileSync(join(dir, 'layout.json'), JSON.stringify({ domains }));
  mkdirSync(join(dir, 'empty'));
  writeFileSync(join(dir, 'empty/report.json'), '{}');
  writeFileSync(join(dir, 'empty/broken.json'), '{');
});
afterAll(() => rmSync(dir, { recursive: true }));

const WORKER = '[fault] domain=worker-7 (worker-gpu) generation=3 kind=unreachable pc=0x40004';

describe('fault reports', () => {
  it.each([
    [
      '12 [cohesix:root-task] [fault] domain=uart generation=1 kind=out of bounds memory access pc=0x402f8 addr=0xf0200000 at a/b.ts:30\r',
      {
        domain: 'uart',
        generation: '1',
        kind: 'out of bounds memory access',
        pc: 0x402f8n,
        addr: 0xf0200000n,
        at: 'a/b.ts:30',
      },
    ],
    [
      WORKER,
      { domain: 'worker-gpu', generation: '3', kind: 'unreachable', pc: 0x40004n, addr: undefined, at: undefined },
    ],
    [
      '[fault] domain=net generation=2 kind=hang waited_ms=1000 pc=0x400bc at x.ts:5',
      { domain: 'net', generation: '2', kind: 'hang', pc: 0x400bcn, addr: undefined, at: 'x.ts:5' },
    ],
  ])('%s', (text, fields) => expect(findFaults(text)).toMatchObject([fields]));

  it('are found among other lines, all of them', () => {
    expect(findFaults(`boot\n${WORKER}\n[supervisor] start\n${WORKER}\n`)).toHaveLength(2);
    expect(findFaults('[fault] reset\n[boot] fault endpoint ep=0x0145')).toEqual([]);
  });

  it('can be any text', () => {
    fc.assert(fc.property(fc.string(), (text) => void findFaults(`[fault] domain=${text}`)));
  });

  it.each([
    [['0x42f2c'], { pc: 0x42f2cn, domain: undefined }],
    [['42F2C'], { pc: 0x42f2cn }],
    [['console', '0x10'], { pc: 0x10n, domain: 'console' }],
  ])('addresses: %j', (words, fields) => expect(parseAddress(words)).toMatchObject(fields));
  it.each([[['console']], [['a', 'b', 'c']], [['0xzz']], [['0x11112222333344445']], [[]]])('no address: %j', (words) =>
    expect(parseAddress(words)).toBeUndefined(),
  );
});

describe('diagnose', () => {
  it('shows the source of a report', () => {
    expect(runDiagnose([report, ...`${WORKER} at ${SOURCE}:2`.split(' ')])).toEqual([
      `${WORKER} at ${SOURCE}:2`,
      '  an assertion or abort in the component',
      `worker_gpu 0x40004: ${SOURCE}:2 in domains/worker/beat`,
      '      1 | # A freshly booted node lets the queen in and shows its log.',
      '    > 2 | attach queen',
      '      3 | EXPECT OK',
      '      4 | EXPECT SUBSTR role=queen',
    ]);
  });

  it('says that a report is of another build', () => {
    expect(runDiagnose([report, `${WORKER} at other.ts:1`]).at(-1)).toBe(
      '  the report itself says other.ts:1: it may come from another build of the image',
    );
  });

  it.each([
    ['0x40010', 'worker_gpu 0x40010: roottask/absent.ts:7 in domains/worker/beat'],
    ['0x4000f', `worker_gpu 0x4000f: ${SOURCE}:2 in domains/worker/beat`],
    ['0x40014', 'worker_gpu 0x40014: roottask/absent.ts:7 in domains/worker/beat'],
    ['worker-gpu 0x40024', 'worker_gpu 0x40024: no source line in domains/worker/beat'],
    ['0x50000', '0x50000 is not in any component of this image'],
    ['worker-gpu 0x50000', '0x50000 is not in the code of worker-gpu of this image'],
  ])('%s', (words, line) => expect(runDiagnose([report, words])[0]).toBe(line));

  it.each([
    [['no fault'], 'there is no fault report in that text'],
    [['nobody', '0x40000'], "the image has no domain 'nobody'"],
    [['bare', '0x40000'], 'cannot read the lines of bare: no line table'],
  ])('refuses %j', (words, message) => expect(() => runDiagnose([report, ...words])).toThrow(message));

  it.each([
    ['absent.json', 'failed to read DIR/absent.json'],
    ['empty/report.json', 'DIR/empty/report.json is not the file of an image: it has no components'],
    ['empty/broken.json', 'DIR/empty/broken.json is not JSON'],
  ])('refuses the report %s', (file, message) =>
    expect(() => runDiagnose([join(dir, file), '0x1'])).toThrow(message.replace('DIR', dir)),
  );
});

it.each([
  ['w2c_console_domains0x2Fconsole0x2Fsink0x2Fbyte', 'domains/console/sink/byte'],
  ['w2c_worker__gpu_start', 'start'],
  ['memory_copy', 'memory_copy'],
])('%s is %s', (name, readable) => expect(readableName(name)).toBe(readable));
