// SPDX-License-Identifier: Apache-2.0
/** The devkernel's device tree reader on the host: what it takes from a tree, and what it refuses. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildTree, type TreeNode } from './devicetree.ts';

const kernel = join(import.meta.dirname, '../../../kernel/devkernel');
const GIC2 = 'arm,cortex-a15-gic';
const REFUSED = 'devkernel: the device tree is refused: ';

let folder: string;
let program: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'devicetree-'));
  program = join(folder, 'devicetree');
  const sources = ['hosttest/devicetree.c', 'arch/fdt.c', 'arch/platform.c'].map((name) => join(kernel, name));
  const flags = ['-std=gnu11', '-O1', '-Wall', '-Wextra', '-Werror', '-fsanitize=undefined', '-fsanitize-trap=all'];
  const run = spawnSync('clang', [...flags, `-I${join(kernel, 'include')}`, ...sources, '-o', program], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  if (run.status !== 0) throw new Error(run.stderr ?? String(run.error));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function read(blob: Uint8Array, ...args: string[]): string {
  const run = spawnSync(program, args, { input: blob, encoding: 'utf8', timeout: 30_000 });
  expect(run.stderr).toBe('');
  expect(run.signal).toBeNull();
  return run.stdout;
}

function node(name: string, properties: TreeNode['properties'] = {}): TreeNode {
  return { name, properties };
}

const memory = node('memory@40000000', { device_type: 'memory', reg: [0, 0x40000000, 0, 0x40000000] });
const gic2 = node('intc@8000000', { compatible: GIC2, reg: [0, 0x8000000, 0, 0x10000, 0, 0x8010000, 0, 0x10000] });
const gic3 = node('intc@8000000', {
  compatible: 'arm,gic-v3',
  reg: [0, 0x8000000, 0, 0x10000, 0, 0x80a0000, 0, 0xf60000],
});
const uart = node('pl011@9000000', { compatible: 'arm,pl011\0arm,primecell', reg: [0, 0x9000000, 0, 0x1000] });
const timer = node('timer', {
  compatible: 'arm,armv8-timer',
  interrupts: [1, 13, 0x104, 1, 14, 0x104, 1, 11, 0x104, 1, 10, 0x104],
});
const psci = node('psci', { compatible: 'arm,psci-1.0\0arm,psci-0.2', method: 'smc' });

function machine(...children: TreeNode[]): TreeNode {
  return { name: '', properties: { '#address-cells': [2], '#size-cells': [2] }, children };
}

const usual = machine(memory, gic2, uart, timer, psci);

describe('what the kernel takes from a tree', () => {
  const cases: [string, Buffer, string[]][] = [
    [
      'QEMU virt with a GICv2',
      buildTree({ ...usual, properties: { ...usual.properties, compatible: 'linux,dummy-virt' } }),
      [
        'ram 0x40000000-0x80000000',
        'gic 0x8000000-0x8010000',
        'gic 0x8010000-0x8020000',
        'gicv2 uart 0x9000000 timer 27 irqs 160 conduit smc',
      ],
    ],
    [
      'a GICv3, PSCI by hvc, no console or timer of its own',
      buildTree(machine(gic3, memory, node('psci', { compatible: 'arm,psci-0.2', method: 'hvc' }))),
      [
        'ram 0x40000000-0x80000000',
        'gic 0x8000000-0x8010000',
        'gic 0x80a0000-0x9000000',
        'gicv3 uart 0x9000000 timer 27 irqs 1020 conduit hvc',
      ],
    ],
    [
      'memory in several pieces, in any order, cut to pages; what is disabled or beyond the window is left out',
      buildTree(
        machine(
          node('memory@100000000', { device_type: 'memory', reg: [1, 0x800, 0, 0x2000, 0, 0x40000000, 0, 0x1000000] }),
          node('secram', { device_type: 'memory', status: 'disabled', reg: [0, 0xe000000, 0, 0x1000000] }),
          node('memory@high', { device_type: 'memory', reg: [0x80, 0, 1, 0] }),
          gic2,
        ),
        [{ start: 0x40800800n, bytes: 0x1000n }],
      ),
      [
        'ram 0x40000000-0x41000000',
        'ram 0x100001000-0x100002000',
        'reserved 0x40800000-0x40802000',
        'gic 0x8000000-0x8010000',
        'gic 0x8010000-0x8020000',
        'gicv2 uart 0x9000000 timer 27 irqs 1020 conduit hvc',
      ],
    ],
  ];
  it.each(cases)('%s', (_, blob, lines) => {
    expect(read(blob)).toBe(lines.map((line) => `${line}\n`).join(''));
  });
});

/** The usual tree with a 32-bit number at this offset replaced. */
function patched(offset: number, number: number): Buffer {
  const blob = buildTree(usual);
  blob.writeUInt32BE(number, offset);
  return blob;
}

describe('what it refuses', () => {
  const first = 40 + 16; // the structure block: begin, name, then the root's first property
  const deep = Array.from({ length: 20 }).reduce<TreeNode>((below) => ({ name: 'n', children: [below] }), node('n'));
  const cases: [string, Buffer, string][] = [
    ['another magic', patched(0, 0xd00dfeee), 'no device tree magic'],
    ['a size beyond the blob', patched(4, 0x10000), 'its total size exceeds what the loader passed'],
    ['a structure block outside', patched(8, 0x7fffff00), 'the structure block is outside'],
    ['a structure block that wraps', patched(36, 0xffffffff), 'the structure block is outside'],
    ['a strings block outside', patched(12, 0xfffffff0), 'the strings block is outside'],
    ['a reservation block outside', patched(16, 0x00ffff00), 'the reservation block is outside'],
    ['version 1', patched(20, 1), 'unsupported version'],
    ['a newer incompatible version', patched(24, 18), 'unsupported version'],
    ['an unknown token', patched(first, 7), 'unknown token'],
    ['an end before the beginning', patched(first, 2), 'a node ends that did not begin'],
    ['a property outside a node', patched(first, 3), 'a property follows a child node, or stands outside a node'],
    ['a value that is cut off', patched(first + 12, 0xfffffffd), "a property's value is cut off"],
    ["a property's name outside", patched(first + 16, 0x10000), "a property's name is outside the strings block"],
    ['a structure block without end', patched(36, 24), 'the structure block has no end'],
    ['deep nesting', buildTree(machine(memory, gic2, deep)), 'nodes are nested too deep'],
    ['no memory', buildTree(machine(gic2)), 'the kernel is not inside its memory'],
    [
      'memory elsewhere',
      buildTree(machine(gic2, node('m', { device_type: 'memory', reg: [0, 0x80000000, 0, 0x1000] }))),
      'the kernel is not inside its memory',
    ],
    ['memory twice', buildTree(machine(memory, memory, gic2)), 'memory ranges overlap'],
    ['no interrupt controller', buildTree(machine(memory)), 'it names no GICv2 or GICv3'],
    [
      'a GIC with one range',
      buildTree(machine(memory, node('intc', { compatible: GIC2, reg: [0, 0x8000000, 0, 0x10000] }))),
      'the interrupt controller lacks register ranges',
    ],
    [
      'a GIC in memory',
      buildTree(
        machine(memory, node('intc', { compatible: GIC2, reg: [0, 0x50000000, 0, 4096, 0, 0x60000000, 0, 4096] })),
      ),
      "the interrupt controller's registers lie in memory",
    ],
    [
      'a GIC that is too large',
      buildTree(machine(memory, node('intc', { compatible: GIC2, reg: [0, 0, 1, 0, 0, 0x8010000, 0, 4096] }))),
      "the interrupt controller's registers are misplaced",
    ],
    [
      'a GIC without registers',
      buildTree(machine(memory, node('intc', { compatible: GIC2, reg: [0, 0x8000000, 0, 0, 0, 0x8010000, 0, 4096] }))),
      "the interrupt controller's registers are misplaced",
    ],
    [
      'a GICv3 whose distributor is too small',
      buildTree(
        machine(
          memory,
          node('intc', { compatible: 'arm,gic-v3', reg: [0, 0x8000000, 0, 4096, 0, 0x80a0000, 0, 0x20000] }),
        ),
      ),
      "the interrupt controller's registers are misplaced",
    ],
    [
      'a console in memory',
      buildTree(machine(memory, gic2, node('uart', { compatible: 'arm,pl011', reg: [0, 0x50000000, 0, 4096] }))),
      "the console's registers lie in memory",
    ],
    [
      'a shared timer interrupt',
      buildTree(machine(memory, gic2, node('timer', { compatible: 'arm,armv8-timer', interrupts: [0, 1, 4] }))),
      "the timer's interrupts are not private ones",
    ],
    [
      'too many reservations',
      buildTree(
        usual,
        Array.from({ length: 17 }, (_, i) => ({ start: BigInt(i + 1) << 12n, bytes: 4096n })),
      ),
      'more than 16 reserved ranges',
    ],
  ];
  it.each(cases)('%s', (_, blob, reason) => {
    expect(read(blob)).toBe(`${REFUSED}${reason}; halted\n`);
  });
});

describe('damaged trees are read without leaving the blob', () => {
  it.each([1, 2, 3, 4])('seed %i', (seed) => {
    const counts = /^ok (\d+) accepted, (\d+) refused\n$/.exec(read(buildTree(usual), String(seed), '20000'));
    expect(Number(counts?.[1])).toBeGreaterThan(1000);
    expect(Number(counts?.[2])).toBeGreaterThan(1000);
  });
});
