// SPDX-License-Identifier: Apache-2.0
// The serial line: the ring to the uart domain. The uart has the higher priority, so a signal makes it empty the
// ring before the console goes on; only while the uart domain is down does the ring stay full, and then bytes are
// dropped and counted.
import * as domain from '../../../generated/domains/console';
import * as ring from '../../../lib/channel/ring';
import { signal } from '../../../lib/machine/sel4';
import { NEWLINE, RETURN } from '../../../lib/text/ascii';

const CHUNK: u32 = 256;
const chunk = memory.data(256);
let length: u32 = 0;

/** Bytes that were lost because nobody emptied the ring. */
export let dropped: u64 = 0;

/** Hands over what was written so far. */
export function flush(): void {
  let at: u32 = 0;
  let tries: u32 = 0;
  while (at < length && tries < 2) {
    const taken = ring.write(domain.SERIAL_OUT_OFFSET, domain.SERIAL_OUT_BYTES, chunk + at, length - at);
    at += taken;
    signal(domain.SLOT_SIGNAL_SERIAL_OUT);
    tries = taken === 0 ? tries + 1 : 0;
  }
  dropped += length - at;
  length = 0;
}

export function byte(value: u8): void {
  if (length === CHUNK) flush();
  store<u8>(chunk + length, value);
  length++;
}

/** CR LF. */
export function endLine(): void {
  byte(RETURN);
  byte(NEWLINE);
}
