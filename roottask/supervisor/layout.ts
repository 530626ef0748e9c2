// SPDX-License-Identifier: Apache-2.0
// Reads the compiler's layout (generated/layout.ts): the rows of its arrays by column name. docs/domains.md has the format.
import * as table from '../../generated/layout';

/** What stands in a column that does not apply. */
export const NONE: u64 = table.NONE;

// Columns of SHARED.
const SHARED_COLUMNS: u32 = 6;
export const KIND_OBJECT: u64 = 0;
export const KIND_DEVICE: u64 = 1;
export const KIND_IRQ: u64 = 2;
export const KIND_DMA: u64 = 3;


@inline
function shared(row: u32, column: u32): u64 {
  return unchecked(table.SHARED[row * SHARED_COLUMNS + column]);
}

export function sharedKind(row: u32): u64 {
  return shared(row, 0);
}
export function sharedType(row: u32): u64 {
  return shared(row, 1);
}
/** Object size in bits; interrupt number. */
export function sharedBits(row: u32): u64 {
  return shared(row, 2);
}
/** Physical address of a device page; 1 for an edge-triggered interrupt. */
export function sharedDetail(row: u32): u64 {
  return shared(row, 3);
}
/** Shared notification that an interrupt signals. */
export function signalsObject(row: u32): u64 {
  return shared(row, 4);
}
export function signalsBadge(row: u32): u64 {
  return shared(row, 5);
}

// Columns of DOMAINS.
const DOMAIN_COLUMNS: u32 = table.DOMAINS_COLUMNS;
export const FIRST_INSTANCE: u32 = 0;
export const INSTANCES: u32 = 1;
export const IS_POOL: u32 = 2;
export const PRIORITY: u32 = 3;
export const MCP: u32 = 4;
export const UNTYPED_BITS: u32 = 5;
export const ENTRY: u32 = 6;
export const STACK_TOP: u32 = 7;
export const STACK_BYTES: u32 = 8;
export const TCB: u32 = 9;
export const CNODE: u32 = 10;
export const CNODE_BITS: u32 = 11;
export const VSPACE: u32 = 12;
export const IPC_BUFFER: u32 = 13;
export const STATUS: u32 = 14;
export const EVENTS_SOURCE: u32 = 15;
export const EVENTS_INDEX: u32 = 16;
export const FAULT_SLOT: u32 = 17;
export const PRIVATE_START: u32 = 18;
export const PRIVATE_ROWS: u32 = 19;
export const MAP_START: u32 = 20;
export const MAP_ROWS: u32 = 21;
export const CAP_START: u32 = 22;
export const CAP_ROWS: u32 = 23;
export const CALL_START: u32 = 24;
export const CALL_ROWS: u32 = 25;
export const BLOCK_SLOTS: u32 = 26;
export const RESTART_MAX: u32 = 27;
export const RESTART_WINDOW_MS: u32 = 28;
export const RESTART_BACKOFF_MS: u32 = 29;
export const WATCHDOG_MS: u32 = 30;
export const RPC_MASK: u32 = 31;
export const COMPONENT: u32 = 32;
export const ROLE: u32 = table.DOMAINS_ROLE;

export function domain(row: u32, column: u32): u64 {
  return unchecked(table.DOMAINS[row * DOMAIN_COLUMNS + column]);
}

export function domainName(row: u32): string {
  return unchecked(table.DOMAIN_NAMES[row]);
}

// Columns of PRIVATE: type, size bits, count.
export function privateType(row: u32): u64 {
  return unchecked(table.PRIVATE[row * 3]);
}
export function privateSizeBits(row: u32): u64 {
  return unchecked(table.PRIVATE[row * 3 + 1]);
}
export function privateCount(row: u32): u64 {
  return unchecked(table.PRIVATE[row * 3 + 2]);
}

// Where a mapping or capability takes its object from.
export const SOURCE_PRIVATE: u64 = 0;
export const SOURCE_SHARED: u64 = 1;
export const SOURCE_ARCHIVE: u64 = 2;
export const SOURCE_SUPERVISOR: u64 = 3;
export const SOURCE_DOMAIN_TABLE: u64 = 4;

// Columns of MAPS.
const MAP_COLUMNS: u32 = 6;
export const MAP_VADDR: u32 = 0;
export const MAP_SOURCE: u32 = 1;
export const MAP_INDEX: u32 = 2;
/** 0: a page table. */
export const MAP_RIGHTS: u32 = 3;
export const MAP_ATTRIBUTES: u32 = 4;
export const MAP_IN_ROOT_TASK: u32 = 5;

export function map(row: u32, column: u32): u64 {
  return unchecked(table.MAPS[row * MAP_COLUMNS + column]);
}

// Columns of CAPS.
const CAP_COLUMNS: u32 = 6;
export const CAP_SLOT: u32 = 0;
export const CAP_SOURCE: u32 = 1;
export const CAP_INDEX: u32 = 2;
export const CAP_RIGHTS: u32 = 3;
export const CAP_BADGE_KIND: u32 = 4;
export const CAP_BADGE: u32 = 5;

export const BADGE_LITERAL: u64 = 0;
export const BADGE_FAULT: u64 = 1;
export const BADGE_RPC: u64 = 2;
export const BADGE_INSTANCE: u64 = 3;

export function cap(row: u32, column: u32): u64 {
  return unchecked(table.CAPS[row * CAP_COLUMNS + column]);
}

// Columns of CALLS: slot, server instance.
export function callSlot(row: u32): u64 {
  return unchecked(table.CALLS[row * 2]);
}
export function callServer(row: u32): u64 {
  return unchecked(table.CALLS[row * 2 + 1]);
}

// Columns of ROOT_CHANNELS.
export function rootChannelFirst(row: u32): u32 {
  return <u32>unchecked(table.ROOT_CHANNELS[row * 5]);
}
export function rootChannelFrames(row: u32): u32 {
  return <u32>unchecked(table.ROOT_CHANNELS[row * 5 + 1]);
}

export function rootChannelPeer(row: u32): u32 {
  return <u32>unchecked(table.ROOT_CHANNELS[row * 5 + 3]);
}
export function rootChannelBadge(row: u32): u64 {
  return unchecked(table.ROOT_CHANNELS[row * 5 + 4]);
}

export function rootChannels(): u32 {
  return <u32>table.ROOT_CHANNELS.length / 5;
}
