// SPDX-License-Identifier: Apache-2.0
/**
 * Kernel objects and capability spaces, as far as the root task uses them: retype with the kernel's watermark rule, slots that
 * must be empty, copies that die with their untyped memory, page tables that must be there. Answers are seL4's error codes.
 */
export const ERROR = {
  none: 0,
  invalidArgument: 1,
  invalidCapability: 2,
  rangeError: 4,
  failedLookup: 6,
  deleteFirst: 8,
  notEnoughMemory: 10,
} as const;

export const TYPE = {
  untyped: 0,
  tcb: 1,
  endpoint: 2,
  notification: 3,
  cnode: 4,
  vspace: 6,
  page: 7,
  table: 9,
} as const;
/** Not made by retype. */
export const IRQ_HANDLER = -1;
export const OTHER = -2;

/** Bits of objects of fixed size, by type. */
const OBJECT_BITS: Readonly<Record<number, number>> = { 1: 11, 2: 4, 3: 5, 6: 12, 7: 12, 8: 21, 9: 12 };
const SLOT_BITS = 5;
/** Address bits that a table below the root of an address space spans, from the top. */
const TABLE_SPANS = [39n, 30n, 21n];

export interface SimObject {
  type: number;
  paddr: bigint;
  bits: number;
  device: boolean;
  /** Bytes handed out, for untyped memory. */
  used: bigint;
  parent?: SimObject;
  /** CNode. */
  slots?: Map<bigint, Cap>;
  /** Address space: tables by level and address, pages by address. */
  tables?: Set<string>;
  pages?: Map<bigint, SimObject>;
  /** Notification. */
  signals: bigint;
  /** Interrupt handler. */
  irq?: bigint;
  /** Thread. */
  thread?: { configured: boolean; running: boolean; registers: bigint[]; events?: SimObject };
}

export interface Cap {
  object: SimObject;
  badge: bigint;
  rights: bigint;
  /** Where this frame capability is mapped. */
  mapped?: { space: SimObject; vaddr: bigint };
}

export function makeObject(type: number, more: Partial<SimObject> = {}): SimObject {
  const object: SimObject = { type, paddr: 0n, bits: 0, device: false, used: 0n, signals: 0n, ...more };
  if (type === TYPE.cnode) object.slots = new Map();
  if (type === TYPE.vspace) {
    object.tables = new Set();
    object.pages = new Map();
  }
  if (type === TYPE.tcb) object.thread = { configured: false, running: false, registers: [] };
  return object;
}

/** The root task's capability space: one CNode, or two below a third (roottask/supervisor/cspace.ts). */
export class CapabilitySpace {
  readonly root = makeObject(TYPE.cnode);
  private top: SimObject | undefined;
  private readonly cnodes = new Set<SimObject>([this.root]);

  /** The thread's own capability space is this CNode from now on. */
  setTop(cptr: bigint): number {
    const object = this.get(cptr)?.object;
    if (object?.slots === undefined) return ERROR.invalidCapability;
    this.top = object;
    return ERROR.none;
  }

  /** CNode and index that a capability pointer leads to. */
  private place(cptr: bigint): [SimObject, bigint] | undefined {
    if (this.top === undefined) return [this.root, cptr];
    const below = this.top.slots?.get(cptr >> 16n)?.object;
    return below === undefined ? undefined : [below, cptr & 0xffffn];
  }

  get(cptr: bigint): Cap | undefined {
    const place = this.place(cptr);
    return place?.[0].slots?.get(place[1]);
  }

  /** What the arguments (root, index, depth) of a CNode operation name. */
  private slot(root: bigint, index: bigint, depth: bigint): [SimObject, bigint] | undefined {
    const cnode = this.get(root)?.object;
    if (cnode?.slots === undefined) return undefined;
    if (cnode !== this.top) return [cnode, index];
    if (depth === BigInt(cnode.bits - SLOT_BITS)) return [cnode, index];
    return this.place(index);
  }

  read(root: bigint, index: bigint, depth: bigint): Cap | undefined {
    const place = this.slot(root, index, depth);
    return place?.[0].slots?.get(place[1]);
  }

  /** Puts a capability into an empty slot. */
  put(root: bigint, index: bigint, depth: bigint, cap: Cap | undefined): number {
    if (cap === undefined) return ERROR.failedLookup;
    const place = this.slot(root, index, depth);
    if (place?.[0].slots === undefined) return ERROR.failedLookup;
    const [cnode, at] = place;
    if (at >= 1n << BigInt(cnode.bits - SLOT_BITS) && cnode !== this.root) return ERROR.rangeError;
    if (cnode.slots?.has(at) === true) return ERROR.deleteFirst;
    cnode.slots?.set(at, cap);
    return ERROR.none;
  }

  remove(root: bigint, index: bigint, depth: bigint): number {
    const place = this.slot(root, index, depth);
    if (place !== undefined) drop(...place);
    return ERROR.none;
  }

  retype(untyped: bigint, type: number, sizeBits: bigint, cnode: bigint, first: bigint, count: bigint): number {
    const source = this.get(untyped)?.object;
    const dest = this.get(cnode)?.object.slots;
    if (source?.type !== TYPE.untyped || dest === undefined) return ERROR.invalidCapability;
    const bits =
      type === TYPE.untyped ? Number(sizeBits) : type === TYPE.cnode ? Number(sizeBits) + SLOT_BITS : OBJECT_BITS[type];
    if (bits === undefined) return ERROR.invalidArgument;
    const size = 1n << BigInt(bits);
    const start = (source.used + size - 1n) & ~(size - 1n);
    if (start + count * size > 1n << BigInt(source.bits)) return ERROR.notEnoughMemory;
    for (let n = 0n; n < count; n++) if (dest.has(first + n)) return ERROR.deleteFirst;
    source.used = start + count * size;
    for (let n = 0n; n < count; n++) {
      const { device } = source;
      const object = makeObject(type, { paddr: source.paddr + start + n * size, bits, device, parent: source });
      if (type === TYPE.cnode) this.cnodes.add(object);
      dest.set(first + n, { object, badge: 0n, rights: 15n });
    }
    return ERROR.none;
  }

  /** Everything made from this untyped memory goes, wherever its capabilities are. */
  revoke(root: bigint, index: bigint, depth: bigint): number {
    const origin = this.read(root, index, depth)?.object;
    if (origin === undefined) return ERROR.failedLookup;
    const isFrom = (object: SimObject | undefined): boolean =>
      object !== undefined && (object === origin || isFrom(object.parent));
    for (const cnode of this.cnodes) {
      if (isFrom(cnode.parent)) this.cnodes.delete(cnode);
      for (const [at, cap] of cnode.slots ?? []) if (isFrom(cap.object.parent)) drop(cnode, at);
    }
    origin.used = 0n;
    return ERROR.none;
  }

  /** Objects of a type that a capability names somewhere. */
  all(type: number): SimObject[] {
    const caps = [...this.cnodes].flatMap((cnode) => [...(cnode.slots?.values() ?? [])]);
    return [...new Set(caps.map((cap) => cap.object))].filter((object) => object.type === type);
  }

  mapTable(table: bigint, vspace: bigint, vaddr: bigint): number {
    const tables = this.get(vspace)?.object.tables;
    if (tables === undefined || this.get(table)?.object.type !== TYPE.table) return ERROR.invalidCapability;
    const missing = missingTable(tables, vaddr);
    if (missing === undefined) return ERROR.deleteFirst;
    tables.add(missing);
    return ERROR.none;
  }

  mapPage(page: bigint, vspace: bigint, vaddr: bigint): number {
    const cap = this.get(page);
    const space = this.get(vspace)?.object;
    if (cap?.object.type !== TYPE.page || space?.tables === undefined) return ERROR.invalidCapability;
    if (missingTable(space.tables, vaddr) !== undefined) return ERROR.failedLookup;
    if (cap.mapped !== undefined || space.pages?.has(vaddr) === true) return ERROR.deleteFirst;
    space.pages?.set(vaddr, cap.object);
    cap.mapped = { space, vaddr };
    return ERROR.none;
  }

  unmapPage(page: bigint): number {
    const cap = this.get(page);
    if (cap?.object.type !== TYPE.page) return ERROR.invalidCapability;
    unmap(cap);
    return ERROR.none;
  }
}

function unmap(cap: Cap | undefined): void {
  if (cap?.mapped === undefined) return;
  cap.mapped.space.pages?.delete(cap.mapped.vaddr);
  delete cap.mapped;
}

/** A frame's capability takes its mapping with it. */
function drop(cnode: SimObject, at: bigint): void {
  unmap(cnode.slots?.get(at));
  cnode.slots?.delete(at);
}

function missingTable(tables: Set<string>, vaddr: bigint): string | undefined {
  return TABLE_SPANS.map((span) => `${span}:${vaddr >> span}`).find((key) => !tables.has(key));
}
