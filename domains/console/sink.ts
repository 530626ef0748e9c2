// SPDX-License-Identifier: Apache-2.0
// Where a session's answers go: the serial line, or lines to the peer of its connection. Verbs write here and do not
// know which. Whoever gives a session its turn says so first, by `to`.
import * as format from '../../lib/text/format';
import * as serial from './serial/output';
import { Session, serial as serialSession } from './session/session';
import * as tcp from './tcp/output';

let session: Session = serialSession();
let isSerial: bool = true;

/** From now on the answers are this session's. */
export function to(s: Session): void {
  session = s;
  isSerial = s.isSerial;
}

export function byte(value: u8): void {
  if (isSerial) serial.byte(value);
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
  if (isSerial) serial.endLine();
  else tcp.endLine(session);
}

export function line(value: string): void {
  text(value);
  endLine();
}

export function dec(value: u64, width: u32 = 1): void {
  const digits = format.decimal(value, width);
  bytes(format.start(), digits);
}

export function hex(value: u64, width: u32 = 1): void {
  const digits = format.hexadecimal(value, width);
  bytes(format.start(), digits);
}

/** Whether the peer has room for another line or two. The serial line always has: it is waited for. */
export function hasRoom(): bool {
  return isSerial || tcp.hasRoom(session);
}
