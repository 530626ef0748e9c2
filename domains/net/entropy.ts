// SPDX-License-Identifier: Apache-2.0
// Where the key for sequence numbers comes from. The board has no random-number generator that the domain may use, so it is
// gathered from what an attacker on the network cannot see: the counter at the start, and how its low bits jitter from one reading to
// the next, each mixed in by a multiplication and a rotation. That is some tens of bits at best: enough against blind
// guessing of sequence numbers, not for keys of any other kind.
import { counter } from '../../lib/machine/cpu';

const READINGS: u32 = 256;
const MULTIPLIER: u64 = 0x9e3779b97f4a7c15;

export let low: u64 = 0;
export let high: u64 = 0;

export function gather(address: u64, generation: u64): void {
  low = address ^ MULTIPLIER;
  high = generation + MULTIPLIER;
  for (let n: u32 = 0; n < READINGS; n++) {
    low = rotl<u64>((low ^ counter()) * MULTIPLIER, 29) + high;
    high = rotl<u64>(high ^ low, 17) * MULTIPLIER;
  }
}
