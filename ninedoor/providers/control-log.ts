// What control files give back when they are read: the commands that they accepted, newest kept, a line each.
//
//   log   +0 used u32 · +4 bytes CONTROL_LOG_BYTES
import { CONTROL_LOG_BYTES } from '../limits';
import * as put from '../text/writer';
import * as errors from '../wire/errors';

export const QUEEN: u32 = 0;
export const LIFECYCLE: u32 = 1;
export const TRACE: u32 = 2;
const LOGS: u32 = 3;

const LOG_SIZE: u32 = 4 + CONTROL_LOG_BYTES;
const logs = memory.data(LOGS * LOG_SIZE, 4);

/** Adds an accepted line without its newline. */
export function append(which: u32, start: usize, bytes: u32): void {
  const log = logs + which * LOG_SIZE;
  const text = log + 4;
  if (bytes + 1 > CONTROL_LOG_BYTES) return;
  let used = load<u32>(log);
  if (used + bytes + 1 > CONTROL_LOG_BYTES) {
    // Oldest lines go until there is room.
    let cut: u32 = 0;
    while (used - cut + bytes + 1 > CONTROL_LOG_BYTES) {
      while (load<u8>(text + cut) !== 0x0a) cut++;
      cut++;
    }
    memory.copy(text, text + cut, used - cut);
    used -= cut;
  }
  memory.copy(text + used, start, bytes);
  store<u8>(text + used + bytes, 0x0a);
  store<u32>(log, used + bytes + 1);
}

export function read(which: u32, w: usize): u32 {
  const log = logs + which * LOG_SIZE;
  put.bytes(w, log + 4, load<u32>(log));
  return errors.NONE;
}
