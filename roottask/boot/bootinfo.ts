// SPDX-License-Identifier: Apache-2.0
// The boot information that the kernel gives its first thread: a typed copy, read and validated once.
//
//   BootInfo      the fields below, in the kernel's order, then MAX_UNTYPED descriptions
//   UntypedDesc   paddr u64 · bits u8 · isDevice u8 · — 6
//
// The frames are not mapped into linear memory: words of them are read by offset.
import { bootinfoWord } from './startup';


@unmanaged
class BootInfo {
  extraBytes: u64;
  node: u64;
  nodes: u64;
  ioPageTableLevels: u64;
  ipcBuffer: u64;
  emptyStart: u64;
  emptyEnd: u64;
  sharedFramesStart: u64;
  sharedFramesEnd: u64;
  imageFramesStart: u64;
  imageFramesEnd: u64;
  imageTablesStart: u64;
  imageTablesEnd: u64;
  ioSpacesStart: u64;
  ioSpacesEnd: u64;
  extraFramesStart: u64;
  extraFramesEnd: u64;
  cnodeBits: u64;
  domain: u64;
  untypedStart: u64;
  untypedEnd: u64;
}


@unmanaged
class UntypedDesc {
  paddr: u64;
  bits: u8;
  isDevice: u8;
  unused0: u16;
  unused1: u32;
}

export const MAX_UNTYPED: u32 = 230;

export let extraBytes: u64 = 0;
export let ipcBuffer: u64 = 0;
export let emptyStart: u64 = 0;
export let emptyEnd: u64 = 0;
export let cnodeBits: u64 = 0;
export let untypedStart: u64 = 0;
export let untypedEnd: u64 = 0;
export let ramUntyped: u32 = 0;
export let deviceUntyped: u32 = 0;

function untyped(index: u32): u32 {
  return offsetof<BootInfo>() + index * offsetof<UntypedDesc>();
}

export function untypedPaddr(index: u32): u64 {
  return bootinfoWord(untyped(index) + offsetof<UntypedDesc>('paddr'));
}

/** The word that holds `bits` and `isDevice`, its lowest bytes. */
function untypedKind(index: u32): u64 {
  return bootinfoWord(untyped(index) + offsetof<UntypedDesc>('bits'));
}

export function untypedBits(index: u32): u32 {
  return <u32>(untypedKind(index) & 0xff);
}

export function untypedIsDevice(index: u32): bool {
  return ((untypedKind(index) >> 8) & 0xff) !== 0;
}

/** Reads the copy. */
export function view(): void {
  extraBytes = bootinfoWord(offsetof<BootInfo>('extraBytes'));
  ipcBuffer = bootinfoWord(offsetof<BootInfo>('ipcBuffer'));
  emptyStart = bootinfoWord(offsetof<BootInfo>('emptyStart'));
  emptyEnd = bootinfoWord(offsetof<BootInfo>('emptyEnd'));
  cnodeBits = bootinfoWord(offsetof<BootInfo>('cnodeBits'));
  untypedStart = bootinfoWord(offsetof<BootInfo>('untypedStart'));
  untypedEnd = bootinfoWord(offsetof<BootInfo>('untypedEnd'));
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
