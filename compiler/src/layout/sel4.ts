// SPDX-License-Identifier: Apache-2.0
/** Numbers of seL4's interface that the layout is made of: object types, sizes in bits, rights, attributes. */
import { internalError } from '../internal.ts';

export const OBJECT = {
  tcb: 1,
  endpoint: 2,
  notification: 3,
  cnode: 4,
  vspace: 6,
  page: 7,
  pageTable: 9,
} as const;

/** Sizes in bits of the objects of fixed size. */
const FIXED_BITS: Readonly<Record<number, number>> = {
  [OBJECT.tcb]: 11,
  [OBJECT.endpoint]: 4,
  [OBJECT.notification]: 5,
  [OBJECT.vspace]: 12,
  [OBJECT.page]: 12,
  [OBJECT.pageTable]: 12,
};
const SLOT_BITS = 5;

/** Size of one object in bits; `sizeBits` as for seL4_Untyped_Retype. */
export function objectBits(type: number, sizeBits: number): number {
  if (type === OBJECT.cnode) return SLOT_BITS + sizeBits;
  const bits = FIXED_BITS[type];
  if (bits === undefined) throw internalError(`object type ${type} has no fixed size`);
  return bits;
}

export function objectName(type: number): string {
  const entry = Object.entries(OBJECT).find(([, value]) => value === type);
  return entry?.[0] ?? `type ${type}`;
}

/** Most objects of one seL4_Untyped_Retype. */
export const RETYPE_LIMIT = 256;

export const RIGHTS = { write: 1, read: 2, readWrite: 3, call: 9, all: 15 } as const;

/** VM attributes: cacheable and parity are seL4's default, 4 forbids execution. */
export const ATTRIBUTES = { text: 3, table: 3, data: 7, device: 4 } as const;

/** Bits of an address that each level below the root translates, from the top: what one table of that level spans. */
export const TABLE_SPAN_BITS = [39, 30, 21] as const;
