// SPDX-License-Identifier: Apache-2.0
// The finished layout: what the root task will do with it is done here on paper, and has to come out.
import fc from 'fast-check';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { DomainLayout, Layout } from '../../../compiler/src/layout/format.ts';
import {
  archivePages,
  layoutArtifacts,
  layoutDomains,
  orderedImages,
  planDomains,
} from '../../../compiler/src/layout/index.ts';
import { privateObjects } from '../../../compiler/src/layout/objects.ts';
import { compileManifest } from '../../../compiler/src/manifest/compile.ts';
import { baseText, board, diagnosticsOf, edited, imageOf, imagesOf, layoutOf, planOf } from './support.ts';

const profile = resolve(import.meta.dirname, '../../../configs/root_task.toml');
const BITS: Readonly<Record<number, number>> = { 1: 11, 3: 5, 6: 12, 7: 12, 9: 12 };
const sizeBits = (type: number, bits: number): number => (type === 4 ? bits + 5 : (BITS[type] ?? NaN));

/** Retypes row by row as the kernel does it; returns the types in the order of the slots. */
function retype({ private: rows, untypedBits, name }: DomainLayout): number[] {
  let used = 0;
  const slots: number[] = [];
  for (const { type, sizeBits: bits, count } of rows) {
    expect(count, name).toBeLessThanOrEqual(256);
    const size = 2 ** sizeBits(type, bits);
    used = Math.ceil(used / size) * size + count * size;
    slots.push(...Array.from({ length: count }, () => type));
  }
  expect(used, name).toBeLessThanOrEqual(2 ** untypedBits);
  expect(used, `${name}: half the memory would do`).toBeGreaterThan(2 ** (untypedBits - 1));
  return slots;
}

/** Maps in order: a page needs its three tables, and a table those above it. */
function mapAll({ mappings, name }: DomainLayout, types: readonly number[]): Set<bigint> {
  const tables = [new Set<bigint>(), new Set<bigint>(), new Set<bigint>()];
  const pages = new Set<bigint>();
  for (const { vaddr, rights, source, index } of mappings) {
    const level = [39n, 30n, 21n].findIndex((bits, at) => tables[at]?.has(vaddr >> bits) !== true);
    if (rights === 0) {
      expect([source, types[index]], name).toEqual(['private', 9]);
      expect(level, `${name}: a table too many`).not.toBe(-1);
      tables[level]?.add(vaddr >> ([39n, 30n, 21n][level] ?? 0n));
    } else {
      expect(level, `${name}: no table for 0x${vaddr.toString(16)}`).toBe(-1);
      expect(pages.has(vaddr), name).toBe(false);
      pages.add(vaddr);
      if (source === 'private') expect(types[index], name).toBe(7);
    }
  }
  return pages;
}

function checkDomain(domain: DomainLayout): void {
  const types = retype(domain);
  const pages = mapAll(domain, types);
  const { tcb, cnode, vspace, events } = domain;
  expect([types[tcb], types[cnode], types[vspace]]).toEqual([1, 4, 6]);
  if (events.source === 'private') expect(types[events.index]).toBe(3);
  const at = (index: number) =>
    domain.mappings.find((m) => m.source === 'private' && m.index === index && m.rights !== 0);
  expect([at(domain.ipcBuffer)?.vaddr, at(domain.status)?.vaddr]).toEqual([0x1fe000n, 0x1ff000n]);
  for (const { inRootTask, vaddr } of domain.mappings) expect(inRootTask).toBe(vaddr === 0x1ff000n);
  const bottom = domain.stackTop - BigInt(domain.stackBytes);
  for (let page = bottom; page < domain.stackTop; page += 4096n) expect(pages.has(page)).toBe(true);
  expect([pages.has(bottom - 4096n), pages.has(domain.stackTop), pages.has(0n)]).toEqual([false, false, false]);
  const lasting = domain.mappings.filter(({ source }) => source !== 'private').length;
  expect(domain.blockSlots).toBe(types.length + lasting + 2);
  for (const { slot } of domain.capabilities) expect(slot).toBeLessThan(2 ** domain.cnodeBits);
}

/** The arrays of generated/layout.ts, by name. */
function arraysOf(text: string): Map<string, bigint[]> {
  const found = [...text.matchAll(/^export const (\w+): StaticArray<u64> = \[([^\]]*)\];$/gm)];
  return new Map(
    found.map(([, name, body]) => {
      const words = (body ?? '').replace(/\/\/.*$/gm, '').match(/\w+/g) ?? [];
      return [name ?? '', words.map(BigInt)];
    }),
  );
}

const layoutModule = (text: string): { layout: Layout; module: string } => {
  const { plan, layout } = layoutOf(text);
  const module = layoutArtifacts(plan, layout).find(({ path }) => path === 'generated/layout.ts')?.content ?? '';
  return { layout, module };
};

test('every domain of the base manifest can be built from its layout', () => {
  layoutOf(baseText).layout.domains.forEach(checkDomain);
});

test('every domain of the default profile can be built from its layout; a heartbeat worker takes 64 KiB', async () => {
  const plan = planDomains(await compileManifest(profile), board);
  const { domains } = layoutDomains(plan, imagesOf(plan));
  domains.forEach(checkDomain);
  expect(domains.find(({ name }) => name === 'worker-heartbeat')?.untypedBits).toBe(16);
});

test('any sizes: objects fit their memory, pages their tables, channels their domains', () => {
  const pages = fc.integer({ min: 1, max: 700 });
  const sizes = fc.record({
    memory: pages,
    stack: fc.integer({ min: 1, max: 300 }),
    ring: fc.integer({ min: 1, max: 200 }),
  });
  fc.assert(
    fc.property(sizes, fc.integer({ min: 1, max: 20 }), ({ memory, stack, ring }, parts) => {
      const text = edited(
        ['memory_bytes = 32768', `memory_bytes = ${memory * 4096}`],
        ['stack_bytes = 12288', `stack_bytes = ${stack * 4096}`],
        ['consumer = "shell"\nbytes = 4096', `consumer = "shell"\nbytes = ${ring * 4096}`],
      );
      const image = { textPages: parts, rodataPages: 1, bssPages: parts, bss: 0x40000n + BigInt(parts + 1) * 4096n };
      const pagesOfImage = new Uint8Array((parts + 1) * 4096);
      const { layout } = layoutOf(text, { ...image, rodata: 0x40000n + BigInt(parts) * 4096n, pages: pagesOfImage });
      layout.domains.forEach(checkDomain);
    }),
    { numRuns: 40 },
  );
});

test('page tables come level by level, one for each span of its level', () => {
  const [domain] = planOf(baseText).domains;
  if (domain === undefined) throw new Error('no domain');
  const [gib, tib] = [1n << 30n, 1n << 39n];
  const { tables } = privateObjects(domain, imageOf('uart'), [tib, 0n, gib + 4096n, gib]);
  expect(tables).toEqual([0n, tib, 0n, gib, tib, 0n, gib, tib]);
});

describe('generated/layout.ts', () => {
  const { layout, module } = layoutModule(baseText);
  const arrays = arraysOf(module);
  const COLUMNS = { SHARED: 6, DOMAINS: 34, PRIVATE: 3, MAPS: 6, CAPS: 6, CALLS: 2, ROOT_CHANNELS: 5 };
  const rows = (name: keyof typeof COLUMNS): bigint[][] => {
    const words = arrays.get(name) ?? [];
    const width = COLUMNS[name];
    return Array.from({ length: words.length / width }, (_, row) => words.slice(row * width, (row + 1) * width));
  };

  test('has the arrays of docs/domains.md, in whole rows', () => {
    expect([...arrays.keys()].sort()).toEqual(Object.keys(COLUMNS).sort());
    for (const [name, width] of Object.entries(COLUMNS))
      expect((arrays.get(name)?.length ?? NaN) % width, name).toBe(0);
    expect(rows('SHARED')).toHaveLength(layout.shared.length);
    expect(rows('DOMAINS')).toHaveLength(layout.domains.length);
  });

  test('starts and counts of a domain lead to its own rows', () => {
    layout.domains.forEach((domain, row) => {
      const words = (rows('DOMAINS')[row] ?? []).map(Number);
      const part = (name: keyof typeof COLUMNS, start: number) =>
        rows(name).slice(words[start] ?? NaN, (words[start] ?? NaN) + (words[start + 1] ?? NaN));
      expect(part('PRIVATE', 18)).toEqual(domain.private.map((o) => [o.type, o.sizeBits, o.count].map(BigInt)));
      expect(part('MAPS', 20).map(([vaddr]) => vaddr)).toEqual(domain.mappings.map(({ vaddr }) => vaddr));
      expect(part('CAPS', 22).map(([slot]) => slot)).toEqual(domain.capabilities.map(({ slot }) => BigInt(slot)));
      expect(part('CALLS', 24)).toEqual(domain.calls.map(({ slot, server }) => [BigInt(slot), BigInt(server)]));
    });
  });

  test('names the place of every column, and the words that columns hold', () => {
    for (const [name, width] of Object.entries(COLUMNS)) {
      expect(module).toContain(`export const ${name}_COLUMNS: u32 = ${width};`);
      const places = [...module.matchAll(new RegExp(`^export const ${name}_(\\w+): u32 = (\\d+);$`, 'gm'))];
      const columns = places.filter(([, column]) => column !== 'COLUMNS' && `${name}_${column}` !== 'SHARED_COUNT');
      expect(columns.map(([, , place]) => Number(place))).toEqual(Array.from({ length: width }, (_, n) => n));
    }
    for (const constant of [
      ...['DOMAINS_IS_POOL: u32 = 2', 'DOMAINS_COMPONENT: u32 = 32', 'DOMAINS_ROLE: u32 = 33', 'MAPS_RIGHTS: u32 = 3'],
      ...['KIND_IRQ: u64 = 2', 'SOURCE_DOMAIN_TABLE: u64 = 4', 'BADGE_INSTANCE: u64 = 3'],
    ]) {
      expect(module).toContain(`export const ${constant};`);
    }
  });

  test('rows of the worker', () => {
    expect(rows('DOMAINS')[4]).toEqual(
      // first, instances, pool, priority, mcp, untyped bits, entry, stack top, stack bytes
      [4, 3, 1, 100, 0, 16, 0x40000, 0x1fc000, 4096]
        // tcb, cnode, bits, vspace, ipc buffer, status, events, fault slot
        .concat([10, 11, 2, 0, 7, 8, 0, 12, 1])
        // private, maps, caps, calls, block slots
        .concat([20, 6, 100, 13, 47, 3, 1, 1, 19])
        // restart, watchdog, rpc, component, role
        .concat([0, 1000, 10, 2000, 0, 4, 1])
        .map(BigInt),
    );
    expect(rows('CAPS').slice(47)).toEqual(
      [
        [1, 3, 0, 9, 1, 0],
        [2, 0, 12, 2, 0, 0],
        [3, 1, indexOf(layout, 'endpoint of tree'), 9, 3, 0],
      ].map((row) => row.map(BigInt)),
    );
  });

  test('the ring of the root task', () => {
    const log = indexOf(layout, 'frame 0 of channel log');
    expect(rows('ROOT_CHANNELS')).toEqual([[log, 2, 0x20_0000 + 9 * 4096, 3, 4].map(BigInt)]);
    expect(module).toContain('export const LOG_OFFSET: u32 = 0x209000;\nexport const LOG_BYTES: u32 = 8192;');
    expect(module).toContain('export const ROOT_TABLE_OFFSET: u32 = 0x207000;');
  });

  test('an interrupt comes after the notification that it signals', () => {
    layout.shared.forEach(({ signals }, index) => {
      if (signals !== undefined) expect(signals.object).toBeLessThan(index);
    });
  });
});

function indexOf({ shared }: Layout, name: string): number {
  return shared.findIndex((object) => object.name === name);
}

test('layout.json holds every number exactly', () => {
  const { plan, layout } = layoutOf(baseText);
  const json = layoutArtifacts(plan, layout).find(({ path }) => path === 'layout.json')?.content ?? '';
  const read = JSON.parse(json) as { domains: { stackTop: string; capabilities: { badge: { value: string } }[] }[] };
  expect(read.domains[0]?.stackTop).toBe('0x1fc000');
  expect(read.domains[0]?.capabilities[2]?.badge.value).toBe('0x2');
  expect(json.endsWith('}\n')).toBe(true);
});

test('the archive holds each component once, in the order of the domains', () => {
  const plan = planOf(baseText);
  const images = imagesOf(plan);
  images.set('net', imageOf('net', { pages: new Uint8Array(3 * 4096).fill(7), lines: Uint8Array.of(1, 2, 3) }));
  const { pages, entries, lines } = archivePages(orderedImages(plan, images));
  expect(pages).toHaveLength(15 * 4096);
  expect([pages[3 * 4096 - 1], pages[3 * 4096], pages[6 * 4096 - 1], pages[6 * 4096]]).toEqual([0, 7, 7, 0]);
  expect(entries.slice(0, 3)).toEqual([
    { component: 'uart', segment: 'text', pages: 2, firstPage: 0 },
    { component: 'uart', segment: 'rodata', pages: 1, firstPage: 2 },
    { component: 'net', segment: 'text', pages: 2, firstPage: 3 },
  ]);
  expect(lines.map(({ component, bytes }) => [component, bytes.length])[1]).toEqual(['net', 3]);
  const net = layoutDomains(plan, images).domains[1]?.mappings.filter(({ source }) => source === 'archive');
  expect(net?.map(({ index }) => index)).toEqual([3, 4, 5]);
});

test('a component without an image is refused', () => {
  const plan = planOf(baseText);
  const images = imagesOf(plan);
  images.delete('net');
  const [diagnostic] = diagnosticsOf(() => layoutDomains(plan, images));
  expect([diagnostic?.code, diagnostic?.message]).toEqual(['COH3611', 'component net of domain net has no image']);
  expect(diagnostic?.position).toEqual({ file: 'base.toml', line: 19, column: 13 });
});

test('what a manifest does not spell out has no place in it', async () => {
  const plan = planDomains(await compileManifest(join(profile)), board);
  const [diagnostic] = diagnosticsOf(() => layoutDomains(plan, imagesOf(plan, { stackWorstCase_bytes: 8200 })));
  expect([diagnostic?.code, diagnostic?.position]).toEqual(['COH3608', undefined]);
});
