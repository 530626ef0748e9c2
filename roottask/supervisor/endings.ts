// SPDX-License-Identifier: Apache-2.0
// Workers that ended by themselves, for those who may spawn (NineDoor): a bounded queue of what has not been asked for yet.
//
//   entry (16 bytes)   +0 worker id   +8 reason ENDED_*
import { INSTANCE_COUNT } from '../../generated/layout';
import * as sel4 from '../../lib/machine/sel4';
import * as construct from './construct';
import * as instances from './instances';
import * as layout from './layout';
import * as protocol from '../../lib/protocol/supervisor';

const ENTRY: u32 = 16;
/** As many as there can be workers: each place ends once before its next worker is spawned by the one who reads this. */
const MAX: u32 = 512;
const queue = memory.data(8192); // MAX * ENTRY
let first: u32 = 0;
let count: u32 = 0;
/** Endings that were lost because nobody asked for too long. */
export let dropped: u64 = 0;

export function add(worker: u64, reason: u64): void {
  if (count === MAX) {
    first = (first + 1) % MAX;
    count--;
    dropped++;
  }
  const e = queue + ((first + count) % MAX) * ENTRY;
  store<u64>(e, worker);
  store<u64>(e, reason, 8);
  count++;
  tell();
}

/** Pokes every running instance that may spawn. */
function tell(): void {
  for (let i: u32 = 0; i < INSTANCE_COUNT && !instances.isWorker(i); i++) {
    if (instances.state(i) !== instances.RUNNING) continue;
    if (instances.column(i, layout.RPC_MASK) & protocol.MAY_SPAWN) construct.poke(i);
  }
}

/** Moves up to ENDED_MAX entries into the message registers; returns how many words the reply has. */
export function take(): u32 {
  const taken = min(count, protocol.ENDED_MAX);
  sel4.setMr(0, taken);
  for (let n: u32 = 0; n < taken; n++) {
    const e = queue + first * ENTRY;
    sel4.setMr(1 + 2 * n, load<u64>(e));
    sel4.setMr(2 + 2 * n, load<u64>(e, 8));
    first = (first + 1) % MAX;
  }
  count -= taken;
  return 1 + 2 * taken;
}
