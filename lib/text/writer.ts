// SPDX-License-Identifier: Apache-2.0
// Text and bytes written piece by piece into a window: the first `skip` bytes are passed over, what does not fit
// after them is counted only. A reader of a file runs from the start of its text each time; the window picks what
// was asked for.
//
//   Writer   at u32     where the next byte goes
//            end u32    first byte that it may not write
//            skip u64   bytes still to be passed over
//            total u64  bytes seen, written or not
//
// A module makes one by `changetype<Writer>(memory.data(offsetof<Writer>(), 8))` and opens it for each text.
import { decimal, hexDigits, start as numberAt } from './format';


@unmanaged
export class Writer {
  at: usize;
  private end: usize;
  private skip: u64;
  total: u64;

  /** All bytes go to [start, start + capacity). */
  open(start: usize, capacity: u32): void {
    this.openWindow(start, capacity, 0);
  }

  /** Bytes `skip` … `skip + capacity - 1` of what is written go to `start`. */
  openWindow(start: usize, capacity: u32, skip: u64): void {
    this.at = start;
    this.end = start + capacity;
    this.skip = skip;
    this.total = 0;
  }

  /** Room left in the window, in bytes. */
  get room(): u32 {
    return <u32>(this.end - this.at);
  }

  byte(value: u32): void {
    this.total++;
    if (this.skip !== 0) {
      this.skip--;
      return;
    }
    if (this.at === this.end) return;
    store<u8>(this.at++, <u8>value);
  }

  /** Bytes from linear memory, as they are. */
  bytes(start: usize, length: u32): void {
    this.total += length;
    const skip = this.skip;
    const passed = skip < length ? <u32>skip : length;
    this.skip = skip - passed;
    const at = this.at;
    const free = <u32>(this.end - at);
    const left = length - passed;
    const copied = left < free ? left : free;
    memory.copy(at, start + passed, copied);
    this.at = at + copied;
  }

  /** A literal of ASCII characters. */
  text(value: string): void {
    for (let i = 0; i < value.length; i++) this.byte(value.charCodeAt(i));
  }

  /** Unsigned decimal, padded with zeros to `width` digits. */
  dec(value: u64, width: u32 = 1): void {
    const digits = decimal(value, width);
    this.bytes(numberAt(), digits);
  }

  /** Lower-case hexadecimal of exactly `digits` digits. */
  hex(value: u64, digits: u32): void {
    hexDigits(value, digits);
    this.bytes(numberAt(), digits);
  }

  flag(value: bool): void {
    this.text(value ? 'true' : 'false');
  }

  /** A decimal number, or ∞ for a budget without limit. */
  budget(value: u64): void {
    if (value !== u64.MAX_VALUE) {
      this.dec(value);
      return;
    }
    this.byte(0xe2);
    this.byte(0x88);
    this.byte(0x9e);
  }
}
