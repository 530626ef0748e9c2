// SPDX-License-Identifier: Apache-2.0
// Workers that ended by themselves, for those who may spawn (NineDoor): a bounded queue of what has not been asked for yet.
//
//   Ending   worker u64 · reason u32 (lib/protocol/endings.ts)
import * as table from '../../generated/layout';
import * as sel4 from '../../lib/machine/sel4';
import * as construct from './construct';
import * as states from '../../lib/protocol/states';
import * as instances from './instances';
import * as protocol from '../../lib/protocol/supervisor';


@unmanaged
class Ending {
  worker: u64;
  reason: u32;
}

/** As many as there can be workers: each place ends once before its next worker is spawned by the one who reads this. */
const MAX: u32 = table.INSTANCE_COUNT;
const queue = memory.data(offsetof<Ending>() * MAX, 8);
let first: u32 = 0;
let count: u32 = 0;
/** Endings that were lost because nobody asked for too long. */
export let dropped: u64 = 0;

/** The `n`-th that has not been asked for. */
function waiting(n: u32): Ending {
  return changetype<Ending>(queue + ((first + n) % MAX) * offsetof<Ending>());
}

export function add(worker: u64, reason: u32): void {
  if (count === MAX) {
    first = (first + 1) % MAX;
    count--;
    dropped++;
  }
  const ending = waiting(count++);
  ending.worker = worker;
  ending.reason = reason;
  tell();
}

/** Pokes every running instance that may spawn. */
function tell(): void {
  for (let n: u32 = 0; n < table.INSTANCE_COUNT; n++) {
    const i = instances.at(n);
    if (i.isWorker || i.state !== states.RUNNING) continue;
    if (i.column(table.DOMAINS_RPC_MASK) & protocol.MAY_SPAWN) construct.poke(i);
  }
}

/** Moves up to ENDED_MAX entries into the message registers; returns how many words the reply has. */
export function take(): u32 {
  const taken = min(count, protocol.ENDED_MAX);
  sel4.setMr(0, taken);
  for (let n: u32 = 0; n < taken; n++) {
    sel4.setMr(1 + 2 * n, waiting(n).worker);
    sel4.setMr(2 + 2 * n, waiting(n).reason);
  }
  first = (first + taken) % MAX;
  count -= taken;
  return 1 + 2 * taken;
}
