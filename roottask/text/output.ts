// Text output of the root task: bytes go to the UART once it is online and wait in a bounded buffer until then. Nothing
// here allocates: a line is written piece by piece.
//
//   early buffer   +0 ............ EARLY_BYTES
//                  bytes of complete and partial lines, in order; `earlyDropped` counts what did not fit
import * as pl011 from '../device/pl011';

const EARLY_BYTES: u32 = 16384;
const early = memory.data(16384);
let earlyLength: u32 = 0;
let earlyDropped: u32 = 0;
let online: bool = false;

/** One raw byte. */
export function byte(value: u8): void {
  if (online) {
    pl011.put(value);
  } else if (earlyLength < EARLY_BYTES) {
    store<u8>(early + earlyLength, value);
    earlyLength++;
  } else {
    earlyDropped++;
  }
}

/** The UART can be written from now on: what waited is written first. Returns the number of bytes that were lost. */
export function setOnline(): u32 {
  online = true;
  for (let i: u32 = 0; i < earlyLength; i++) pl011.put(load<u8>(early + i));
  earlyLength = 0;
  return earlyDropped;
}

/** A string of ASCII characters; others are written as '?'. */
export function text(value: string): void {
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    byte(code < 0x80 ? <u8>code : 0x3f);
  }
}

/** Bytes from linear memory, as they are. */
export function bytes(start: usize, length: u32): void {
  for (let i: u32 = 0; i < length; i++) byte(load<u8>(start + i));
}

/** CR LF. */
export function endLine(): void {
  byte(0x0d);
  byte(0x0a);
}

/** A whole line. */
export function line(value: string): void {
  text(value);
  endLine();
}

/** Unsigned decimal, padded with zeros to at least `width` digits. */
export function dec(value: u64, width: u32 = 1): void {
  let divisor: u64 = 1;
  let digits: u32 = 1;
  while (digits < 20 && (digits < width || value / divisor >= 10)) {
    divisor *= 10;
    digits++;
  }
  for (; digits > 0; digits--) {
    byte(<u8>(0x30 + ((value / divisor) % 10)));
    divisor /= 10;
  }
}

/** `0x` and lower-case hexadecimal with at least `width` digits. */
export function hex(value: u64, width: u32 = 1): void {
  text('0x');
  let digits: u32 = 1;
  while (digits < 16 && (digits < width || value >> (4 * digits) !== 0)) digits++;
  for (let i: i32 = <i32>digits - 1; i >= 0; i--) {
    const nibble = <u8>((value >> (4 * <u64>i)) & 15);
    byte(nibble < 10 ? 0x30 + nibble : 0x57 + nibble);
  }
}

/** `key=value` pairs of the boot log. */
export function flag(value: bool): void {
  text(value ? 'true' : 'false');
}
