// SPDX-License-Identifier: Apache-2.0
// The boot information that the kernel gives its first thread: a typed copy, read and validated once.
//
//   +0   extra length      +8  node        +16 nodes     +24 IO page-table levels   +32 IPC buffer
//   +40  empty slots       +56 shared frames +72 image frames +88 image page tables  +104 IO spaces
//   +120 extra frames      +136 CNode size (bits)        +144 domain
//   +152 untyped slots     +168 untyped list: { u64 paddr, u8 size bits, u8 is device, 6 pad } × 230
import { bootinfoWord } from './startup';

export const UNTYPED_LIST: u32 = 168;
export const UNTYPED_ENTRY: u32 = 16;
export const MAX_UNTYPED: u32 = 230;
/** Byte size of the fixed part. */
export const HEADER_BYTES: u32 = UNTYPED_LIST + MAX_UNTYPED * UNTYPED_ENTRY;

export let extraBytes: u64 = 0;
export let ipcBuffer: u64 = 0;
export let emptyStart: u64 = 0;
export let emptyEnd: u64 = 0;
export let cnodeBits: u64 = 0;
export let untypedStart: u64 = 0;
export let untypedEnd: u64 = 0;
export let ramUntyped: u32 = 0;
export let deviceUntyped: u32 = 0;

export function untypedPaddr(index: u32): u64 {
  return bootinfoWord(UNTYPED_LIST + index * UNTYPED_ENTRY);
}

export function untypedBits(index: u32): u32 {
  return <u32>(bootinfoWord(UNTYPED_LIST + index * UNTYPED_ENTRY + 8) & 0xff);
}

export function untypedIsDevice(index: u32): bool {
  return ((bootinfoWord(UNTYPED_LIST + index * UNTYPED_ENTRY + 8) >> 8) & 0xff) !== 0;
}

/** Reads the copy. */
export function view(): void {
  extraBytes = bootinfoWord(0);
  ipcBuffer = bootinfoWord(32);
  emptyStart = bootinfoWord(40);
  emptyEnd = bootinfoWord(48);
  cnodeBits = bootinfoWord(136);
  untypedStart = bootinfoWord(152);
  untypedEnd = bootinfoWord(160);
  const count = untypedCount();
  for (let i: u32 = 0; i < count; i++) {
    if (untypedIsDevice(i)) deviceUntyped++;
    else ramUntyped++;
  }
}

/** Number of untyped capabilities, at most what the list holds. */
export function untypedCount(): u32 {
  const count = untypedEnd - untypedStart;
  return count > MAX_UNTYPED ? MAX_UNTYPED : <u32>count;
}

/** What is wrong with the boot information; empty: nothing. */
export function problem(): string {
  if (cnodeBits === 0) return 'initThreadCNodeBits must be non-zero';
  if (cnodeBits > 64) return 'initThreadCNodeBits exceeds the word size';
  if (emptyStart >= emptyEnd) return 'bootinfo empty CSpace window is empty or reversed';
  if (cnodeBits < 64 && emptyEnd > (<u64>1) << cnodeBits) return 'bootinfo empty CSpace window exceeds the root CNode';
  if (untypedStart > untypedEnd || untypedEnd - untypedStart > MAX_UNTYPED) return 'bootinfo untyped list is malformed';
  if (ramUntyped === 0) return 'bootinfo lists no untyped RAM';
  return '';
}
