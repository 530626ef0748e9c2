// SPDX-License-Identifier: Apache-2.0
// Text and bytes written piece by piece into a window: the first `skip` bytes are passed over, what does not fit after
// them is counted only. A reader of a file runs from the start of its text each time; the window picks what was asked for.
//
//   writer   +0 at u32 · +4 end u32 · +8 skip u64 · +16 total u64
//            at: where the next byte goes · end: first byte that it may not write · total: bytes seen, written or not

export const WRITER_BYTES: u32 = 24;

/** All bytes go to [start, start + capacity). */
export function open(w: usize, start: usize, capacity: u32): void {
  openWindow(w, start, capacity, 0);
}

/** Bytes `skip` … `skip + capacity - 1` of what is written go to `start`. */
export function openWindow(w: usize, start: usize, capacity: u32, skip: u64): void {
  store<u32>(w, <u32>start);
  store<u32>(w, <u32>start + capacity, 4);
  store<u64>(w, skip, 8);
  store<u64>(w, 0, 16);
}

/** Where the next byte goes. */
@inline
export function at(w: usize): usize {
  return load<u32>(w);
}

/** Bytes seen, whether they fitted or not. */
@inline
export function total(w: usize): u64 {
  return load<u64>(w, 16);
}

/** Room left in the window. */
@inline
export function room(w: usize): u32 {
  return load<u32>(w, 4) - load<u32>(w);
}

export function byte(w: usize, value: u32): void {
  store<u64>(w, load<u64>(w, 16) + 1, 16);
  const skip = load<u64>(w, 8);
  if (skip !== 0) {
    store<u64>(w, skip - 1, 8);
    return;
  }
  const at = load<u32>(w);
  if (at === load<u32>(w, 4)) return;
  store<u8>(at, <u8>value);
  store<u32>(w, at + 1);
}

/** Bytes from linear memory, as they are. */
export function bytes(w: usize, start: usize, length: u32): void {
  store<u64>(w, load<u64>(w, 16) + length, 16);
  const skip = load<u64>(w, 8);
  const passed = skip < length ? <u32>skip : length;
  store<u64>(w, skip - passed, 8);
  const at = load<u32>(w);
  const free = load<u32>(w, 4) - at;
  const left = length - passed;
  const copied = left < free ? left : free;
  memory.copy(at, start + passed, copied);
  store<u32>(w, at + copied);
}

/** A literal of ASCII characters. */
export function text(w: usize, value: string): void {
  for (let i = 0; i < value.length; i++) byte(w, value.charCodeAt(i));
}

/** Unsigned decimal, padded with zeros to `width` digits. */
export function dec(w: usize, value: u64, width: u32 = 1): void {
  let divisor: u64 = 1;
  let digits: u32 = 1;
  while (digits < 20 && (digits < width || value / divisor >= 10)) {
    divisor *= 10;
    digits++;
  }
  for (; digits > 0; digits--) {
    byte(w, 0x30 + <u32>((value / divisor) % 10));
    divisor /= 10;
  }
}

/** Lower-case hexadecimal of exactly `digits` digits. */
export function hex(w: usize, value: u64, digits: u32): void {
  for (let i: i32 = <i32>digits - 1; i >= 0; i--) {
    const nibble = <u32>((value >> (4 * <u64>i)) & 15);
    byte(w, nibble < 10 ? 0x30 + nibble : 0x57 + nibble);
  }
}

export function flag(w: usize, value: bool): void {
  text(w, value ? 'true' : 'false');
}

/** A decimal number, or ∞ for a budget without limit. */
export function budget(w: usize, value: u64): void {
  if (value !== u64.MAX_VALUE) {
    dec(w, value);
    return;
  }
  byte(w, 0xe2);
  byte(w, 0x88);
  byte(w, 0x9e);
}
