// SPDX-License-Identifier: Apache-2.0
// Where a session's answers go: the serial line, or lines to the peer of its connection. Verbs write here and do not know which.
import * as format from '../../lib/text/format';
import * as serial from './serial/output';
import * as table from './table';
import * as tcp from './tcp/output';

export function byte(value: u8): void {
  if (table.isSerial()) serial.byte(value);
  else tcp.byte(value);
}

/** A string of ASCII characters. */
export function text(value: string): void {
  for (let i = 0; i < value.length; i++) byte(<u8>value.charCodeAt(i));
}

export function bytes(start: usize, count: u32): void {
  for (let i: u32 = 0; i < count; i++) byte(load<u8>(start + i));
}

export function endLine(): void {
  if (table.isSerial()) serial.endLine();
  else tcp.endLine();
}

export function line(value: string): void {
  text(value);
  endLine();
}

export function dec(value: u64, width: u32 = 1): void {
  bytes(format.start(), format.decimal(value, width));
}

export function hex(value: u64, width: u32 = 1): void {
  bytes(format.start(), format.hexadecimal(value, width));
}

/** Whether the peer has room for another line or two. The serial line always has: it is waited for. */
export function hasRoom(): bool {
  return table.isSerial() || tcp.hasRoom();
}
