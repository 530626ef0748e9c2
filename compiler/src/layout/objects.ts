// SPDX-License-Identifier: Apache-2.0
/**
 * The private objects of one instance: rows for seL4_Untyped_Retype, the place of each in the slot block, and their
 * size.
 */
import type { DomainEntry } from '../manifest/schema/protection.ts';
import { LINEAR_MEMORY, PAGE_BYTES, pagesOf, STACK_TOP } from './address.ts';
import type { ComponentImage } from './component-image.ts';
import type { PrivateObject } from './format.ts';
import { present } from '../internal.ts';
import type { PlannedDomain } from './plan.ts';
import { OBJECT, objectBits, RETYPE_LIMIT, TABLE_SPAN_BITS } from './sel4.ts';

export type PrivateKey =
  | 'vspace'
  | 'tables'
  | 'bss'
  | 'stack'
  | 'ipcBuffer'
  | 'status'
  | 'linear'
  | 'tcb'
  | 'cnode'
  /** Of a pool's instances; the notification of other domains is shared. */
  | 'events';

export interface PrivateObjects {
  rows: PrivateObject[];
  /** Number of objects. */
  count: number;
  untypedBits: number;
  /** Index into the slot block of an object, or of the first of a run; there must be one. */
  at: (key: PrivateKey) => number;
  /** One address for each page table. */
  tables: bigint[];
}

interface Run {
  key: PrivateKey;
  name: string;
  type: number;
  sizeBits: number;
  count: number;
}

/** `vaddrs`: every page that the instance maps. */
export function privateObjects(
  domain: PlannedDomain,
  image: ComponentImage,
  vaddrs: readonly bigint[],
): PrivateObjects {
  const { entry, cnodeBits } = domain;
  const tables = tableAddresses(vaddrs);
  const page = (key: PrivateKey, name: string, count: number): Run => ({
    key,
    name,
    type: OBJECT.page,
    sizeBits: 0,
    count,
  });
  const runs: Run[] = [
    { key: 'vspace', name: 'VSpace', type: OBJECT.vspace, sizeBits: 0, count: 1 },
    { key: 'tables', name: 'page tables', type: OBJECT.pageTable, sizeBits: 0, count: tables.length },
    page('bss', 'bss', image.bssPages),
    page('stack', 'stack', pagesOf(entry.stack_bytes)),
    page('ipcBuffer', 'IPC buffer', 1),
    page('status', 'status page', 1),
    page('linear', 'linear memory', pagesOf(entry.memory_bytes)),
    { key: 'tcb', name: 'TCB', type: OBJECT.tcb, sizeBits: 0, count: 1 },
    { key: 'cnode', name: 'CNode', type: OBJECT.cnode, sizeBits: cnodeBits, count: 1 },
    ...(entry.pool
      ? [{ key: 'events' as const, name: 'events', type: OBJECT.notification, sizeBits: 0, count: 1 }]
      : []),
  ];
  // Largest first: each object is aligned to its size, so that this order leaves no holes.
  const ordered = runs
    .filter(({ count }) => count > 0)
    .sort((a, b) => objectBits(b.type, b.sizeBits) - objectBits(a.type, a.sizeBits));
  const first = new Map<PrivateKey, number>();
  let count = 0;
  for (const run of ordered) {
    first.set(run.key, count);
    count += run.count;
  }
  return {
    rows: retypeRows(ordered),
    count,
    untypedBits: untypedBits(ordered),
    at: (key) => present(first.get(key), `private object ${key} of ${entry.name}`),
    tables,
  };
}

/** First address of every table below the root that the pages need, level by level. */
function tableAddresses(vaddrs: readonly bigint[]): bigint[] {
  return TABLE_SPAN_BITS.flatMap((bits) => {
    const spans = new Set(vaddrs.map((vaddr) => vaddr >> BigInt(bits)));
    return [...spans].sort((a, b) => (a < b ? -1 : 1)).map((span) => span << BigInt(bits));
  });
}

/** Neighbours of one type and size are made by one call, as many as one call makes. */
function retypeRows(runs: readonly Run[]): PrivateObject[] {
  const rows: PrivateObject[] = [];
  for (const run of runs) {
    let left = run.count;
    const last = rows.at(-1);
    if (last !== undefined && last.type === run.type && last.sizeBits === run.sizeBits) {
      const fitting = Math.min(left, RETYPE_LIMIT - last.count);
      if (fitting > 0) last.name = `${last.name}, ${run.name}`;
      last.count += fitting;
      left -= fitting;
    }
    for (; left > 0; left -= RETYPE_LIMIT) {
      const count = Math.min(left, RETYPE_LIMIT);
      rows.push({ name: run.name, type: run.type, sizeBits: run.sizeBits, count });
    }
  }
  return rows;
}

/** The smallest power of two that holds the objects in this order, each aligned to its size. */
function untypedBits(runs: readonly Run[]): number {
  let bytes = 0;
  for (const { type, sizeBits, count } of runs) {
    const size = 2 ** objectBits(type, sizeBits);
    bytes = Math.ceil(bytes / size) * size + count * size;
  }
  return Math.ceil(Math.log2(bytes));
}

export function stackBottom({ stack_bytes }: DomainEntry): bigint {
  return STACK_TOP - BigInt(stack_bytes);
}

export function linearAddress(offset: number): bigint {
  return LINEAR_MEMORY + BigInt(offset);
}

/** `count` page addresses from `start` on. */
export function pageRange(start: bigint, count: number): bigint[] {
  return Array.from({ length: count }, (_, n) => start + BigInt(n * PAGE_BYTES));
}
