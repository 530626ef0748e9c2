// SPDX-License-Identifier: Apache-2.0
/**
 * Worst-case memory against the board: every instance that may run at once, channels, and what the root task keeps.
 * Without a layout the components' own text and data are not known yet, and the table says so.
 */
import { LINEAR_MEMORY, PAGE_BYTES, pagesOf, STACK_TOP } from '../layout/address.ts';
import { RESERVED_BYTES } from '../layout/checks.ts';
import type { Layout } from '../layout/format.ts';
import { present } from '../internal.ts';
import { privateObjects } from '../layout/objects.ts';
import type { DomainPlan } from '../layout/plan.ts';
import { textTable } from '../text-table.ts';

export interface MemoryRow {
  what: string;
  instances: number;
  /** Bytes of one. */
  each: number;
  total: number;
}

export interface MemoryReport {
  board: string;
  rows: MemoryRow[];
  total: number;
  /** RAM of the board. */
  available: number;
  /** False while components are not built: then `total` is a lower bound. */
  isExact: boolean;
}

export function memoryReport(plan: DomainPlan, layout?: Layout): MemoryReport {
  const rows = plan.domains.map((domain): MemoryRow => {
    const { name, instances } = domain.entry;
    const built = layout?.domains.find((candidate) => candidate.name === name);
    const each = 2 ** (layout === undefined ? smallestUntyped(domain) : present(built, `domain ${name}`).untypedBits);
    return { what: name, instances, each, total: each * instances };
  });
  const shared = plan.shared
    .filter(({ kind }) => kind === 'object' || kind === 'dma')
    .reduce((sum, { bits }) => sum + 2 ** bits, 0);
  rows.push({ what: 'channels, endpoints, notifications', instances: 1, each: shared, total: shared });
  if (layout !== undefined) {
    const archive = layout.archive.reduce((sum, { pages }) => sum + pages * PAGE_BYTES, 0);
    rows.push({ what: 'text and read-only data', instances: 1, each: archive, total: archive });
  }
  rows.push({ what: 'kernel and root task, set aside', instances: 1, each: RESERVED_BYTES, total: RESERVED_BYTES });
  return {
    board: plan.board.name,
    rows,
    total: rows.reduce((sum, { total }) => sum + total, 0),
    available: Number(plan.board.ramEnd - plan.board.ramStart),
    isExact: layout !== undefined,
  };
}

/** Size of an instance whose component has no data of its own. */
function smallestUntyped(domain: DomainPlan['domains'][number]): number {
  const { stack_bytes, memory_bytes } = domain.entry;
  const run = (start: bigint, count: number): bigint[] =>
    Array.from({ length: count }, (_, page) => start + BigInt(page * PAGE_BYTES));
  const stack = run(STACK_TOP - BigInt(stack_bytes), pagesOf(stack_bytes));
  const image = { component: '', entry: 0n, text: 0n, textPages: 0, rodata: 0n, rodataPages: 0, bss: 0n, bssPages: 0 };
  const nothing = { ...image, stackWorstCase_bytes: 0, pages: new Uint8Array(0), lines: new Uint8Array(0) };
  const linear = run(LINEAR_MEMORY, pagesOf(Math.max(domain.linearBytes, memory_bytes)));
  return privateObjects(domain, nothing, [...stack, ...linear]).untypedBits;
}

export function renderMemory({ board, rows, total, available, isExact }: MemoryReport): string {
  const cells = [
    ['', 'instances', 'bytes each', 'bytes'],
    ...rows.map(({ what, instances, each, total: sum }) => [what, String(instances), String(each), String(sum)]),
    ['worst case', '', '', String(total)],
    [`RAM of ${board}`, '', '', String(available)],
    ['left', '', '', String(available - total)],
  ];
  const note = isExact
    ? ''
    : 'without text and data of the components, which are not built; give --layout FILE for the whole\n';
  return `${textTable(cells, 1).join('\n')}\n${note}`;
}
