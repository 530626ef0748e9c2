// SPDX-License-Identifier: Apache-2.0
// Who guesses tokens and tickets over many connections: failures by address. After some, each refusal comes later than the one before. The
// answer to who is right is never late, and nobody pays for another address.
//
//   entry   +0 address u32 · +4 failures u32 · +8 time of the last u64 ms
import { pauseAfter } from '../throttle';
import * as clock from '../clock';

const ENTRY: u32 = 16;
const ENTRIES: u32 = 64;
const entries = memory.data(16 * 64, 8);

/** Failures without consequence: an operator's own. */
const FREE_FAILURES: u32 = 8;
/** Longest that a refusal is held back: it holds a connection that others might want. */
const MAX_PAUSE_MS: u64 = 1000;
/** After so long without a failure they are forgotten. */
const WINDOW_MS: u64 = 60000;

/** The entry of the address, or the one that is longest ago. */
function find(address: u32): usize {
  let oldest: usize = entries;
  for (let i: u32 = 0; i < ENTRIES; i++) {
    const entry = entries + i * ENTRY;
    if (load<u32>(entry) === address) return entry;
    if (load<u64>(entry, 8) < load<u64>(oldest, 8)) oldest = entry;
  }
  store<u32>(oldest, address);
  store<u32>(oldest, 0, 4);
  return oldest;
}

/** Counts a failure; returns for how long its answer is held back. */
export function failed(address: u32): u64 {
  const entry = find(address);
  const now = clock.now_ms;
  const before: u32 = now - load<u64>(entry, 8) >= WINDOW_MS ? 0 : load<u32>(entry, 4);
  store<u32>(entry, before + 1, 4);
  store<u64>(entry, now, 8);
  return before < FREE_FAILURES ? 0 : min(pauseAfter(before - FREE_FAILURES), MAX_PAUSE_MS);
}
