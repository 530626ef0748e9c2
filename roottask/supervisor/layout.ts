// SPDX-License-Identifier: Apache-2.0
// Reads the rows of the compiler's layout (generated/layout.ts), which also says where each column stands. docs/domains.md has
// the format.
import * as table from '../../generated/layout';

export function domain(row: u32, column: u32): u64 {
  return unchecked(table.DOMAINS[row * table.DOMAINS_COLUMNS + column]);
}

export function domainName(row: u32): string {
  return unchecked(table.DOMAIN_NAMES[row]);
}

export function shared(row: u32, column: u32): u64 {
  return unchecked(table.SHARED[row * table.SHARED_COLUMNS + column]);
}

/** Objects of an instance, in the order of its slots. */
export function objects(row: u32, column: u32): u64 {
  return unchecked(table.PRIVATE[row * table.PRIVATE_COLUMNS + column]);
}

/** What is mapped into an instance; rights 0: a page table. */
export function map(row: u32, column: u32): u64 {
  return unchecked(table.MAPS[row * table.MAPS_COLUMNS + column]);
}

export function cap(row: u32, column: u32): u64 {
  return unchecked(table.CAPS[row * table.CAPS_COLUMNS + column]);
}

/** Servers that an instance may call. */
export function call(row: u32, column: u32): u64 {
  return unchecked(table.CALLS[row * table.CALLS_COLUMNS + column]);
}

export function rootChannel(row: u32, column: u32): u64 {
  return unchecked(table.ROOT_CHANNELS[row * table.ROOT_CHANNELS_COLUMNS + column]);
}
