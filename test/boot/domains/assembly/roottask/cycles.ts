// SPDX-License-Identifier: Apache-2.0
// Spawn and kill, again and again, with the time of the pair by the generic counter.
//
//   samples   +0 ............ MAX_SAMPLES * 4
//             counter units of each pair, in the order of the pairs until `times` sorts them
import { counter, counterHz } from '../../../../../lib/machine/cpu';
import { setMr } from '../../../../../lib/machine/sel4';
import * as protocol from '../../../../../lib/protocol/supervisor';
import * as workers from '../../../../../roottask/supervisor/workers';

const MAX_SAMPLES: u32 = 10000;
const samples = memory.data(40000);
let count: u32 = 0;


@inline
function sample(index: u32): u32 {
  return load<u32>(samples + index * 4);
}


@inline
function setSample(index: u32, value: u32): void {
  store<u32>(samples + index * 4, value);
}

/** Returns how many spawns or kills did not succeed, or gave an id that is not new. */
export function run(role: u64, pairs: u32): u64 {
  let failures: u64 = 0;
  for (let n: u32 = 0; n < pairs; n++) {
    const before = workers.lastWorker();
    const start = counter();
    const spawned = workers.spawn(role, 0, 0, 0);
    const killed = workers.kill(workers.lastWorker());
    const elapsed = counter() - start;
    if (spawned !== protocol.OK || killed !== protocol.OK || workers.lastWorker() !== before + 1) failures++;
    if (count < MAX_SAMPLES) setSample(count++, <u32>elapsed);
  }
  return failures;
}

/** Shell sort: no memory, and fast enough for this. */
function sort(): void {
  for (let gap = count / 2; gap > 0; gap /= 2) {
    for (let i = gap; i < count; i++) {
      const value = sample(i);
      let j = i;
      for (; j >= gap && sample(j - gap) > value; j -= gap) setSample(j, sample(j - gap));
      setSample(j, value);
    }
  }
}

/** Puts the distribution in the message registers; returns their number. */
export function times(): u32 {
  sort();
  const last = count === 0 ? 0 : count - 1;
  setMr(0, count);
  setMr(1, sample(0));
  setMr(2, sample(last / 2));
  setMr(3, sample(<u32>((<u64>last * 99) / 100)));
  setMr(4, sample(last));
  setMr(5, counterHz());
  return 6;
}
