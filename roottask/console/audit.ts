// What the log is told of each command: one line, through NineDoor, and a count of refusals that are the console's own. Without
// NineDoor there is no log to tell. A ticket is never part of a line.
import * as domain from '../../generated/domains/console';
import * as message from '../channel/message';
import * as protocol from '../supervisor/protocol';
import * as format from '../text/format';
import * as link from './link';

const LINE_BYTES: u32 = 384;
const line = memory.data(384);
let length: u32 = 0;

export function begin(value: string): void {
  length = 0;
  text(value);
}

export function text(value: string): void {
  for (let i = 0; i < value.length; i++) byte(<u8>value.charCodeAt(i));
}

export function byte(value: u8): void {
  if (length === LINE_BYTES) return;
  store<u8>(line + length, value);
  length++;
}

export function bytes(start: usize, count: u32): void {
  for (let i: u32 = 0; i < count; i++) byte(load<u8>(start + i));
}

export function dec(value: u64): void {
  bytes(format.start(), format.decimal(value, 1));
}

/** Sends the line; `refused` is one of protocol.REFUSED_*. */
export function end(refused: u64 = protocol.REFUSED_NOT): void {
  if (!link.isUp) return;
  message.exchange(
    domain.SLOT_CALL_CONSOLE_9P,
    domain.CONSOLE_9P_OFFSET,
    domain.CONSOLE_9P_BYTES,
    protocol.AUDIT,
    line,
    length,
    line,
    0,
    refused,
  );
}

export function say(value: string, refused: u64 = protocol.REFUSED_NOT): void {
  begin(value);
  end(refused);
}
