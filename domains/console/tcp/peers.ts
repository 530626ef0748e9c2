// SPDX-License-Identifier: Apache-2.0
// Who guesses tokens and tickets over many connections: failures by address. After some, each refusal comes later
// than the one before. The answer to who is right is never late, and nobody pays for another address.
//
//   Peer   address u32 · failures u32 · last_ms u64
import * as clock from '../clock';
import { Connection } from '../session/connection';
import { pauseAfter_ms } from '../session/throttle';
import * as output from './output';


@unmanaged
class Peer {
  address: u32;
  failures: u32;
  /** Time of the last failure. */
  last_ms: u64;
}

const PEERS: u32 = 64;
const peers = memory.data(offsetof<Peer>() * PEERS, 8);

/** Failures without consequence: an operator's own. */
const FREE_FAILURES: u32 = 8;
/** Longest that a refusal is held back: it holds a connection that others might want. */
const MAX_PAUSE_MS: u64 = 1000;
/** After so long without a failure they are forgotten. */
const WINDOW_MS: u64 = 60000;

/** The entry of the address, or the one that is longest ago. */
function find(address: u32): Peer {
  let oldest = changetype<Peer>(peers);
  for (let i: u32 = 0; i < PEERS; i++) {
    const peer = changetype<Peer>(peers + i * offsetof<Peer>());
    if (peer.address === address) return peer;
    if (peer.last_ms < oldest.last_ms) oldest = peer;
  }
  oldest.address = address;
  oldest.failures = 0;
  return oldest;
}

/** Counts a failure; returns for how long its answer is held back. */
function failed_ms(address: u32): u64 {
  const peer = find(address);
  const before: u32 = clock.now_ms - peer.last_ms >= WINDOW_MS ? 0 : peer.failures;
  peer.failures = before + 1;
  peer.last_ms = clock.now_ms;
  return before < FREE_FAILURES ? 0 : min(pauseAfter_ms(before - FREE_FAILURES), MAX_PAUSE_MS);
}

/** A guess was wrong: the refusal that is written next waits, if there were many. */
export function slowDown(c: Connection): void {
  const pause_ms = failed_ms(c.address);
  if (pause_ms > 0) output.holdNext(clock.now_ms + pause_ms);
}
