// SPDX-License-Identifier: Apache-2.0
// How long the last requests waited before they were served.
//
//   samples   the last LATENCY_SAMPLES waiting times in ms, u32 each
import * as hooks from '../../../hooks';
import { LATENCY_SAMPLES } from '../../../limits';

const samples = memory.data(4 * LATENCY_SAMPLES, 4);
const sorted = memory.data(4 * LATENCY_SAMPLES, 4);
let sampleCount: u64 = 0;

/** Counts how long a request waited before it was served. */
function sample(ms: u64): void {
  store<u32>(samples + 4 * <u32>(sampleCount % LATENCY_SAMPLES), ms < u32.MAX_VALUE ? <u32>ms : u32.MAX_VALUE);
  sampleCount++;
}

/** The sample at floor((n − 1) · percent / 100) in ascending order; 0 without samples. */
export function percentile(percent: u32): u32 {
  const n: u32 = sampleCount < LATENCY_SAMPLES ? <u32>sampleCount : LATENCY_SAMPLES;
  if (n === 0) return 0;
  for (let i: u32 = 0; i < n; i++) {
    const value = load<u32>(samples + 4 * i);
    let at = i;
    for (; at > 0 && load<u32>(sorted + 4 * (at - 1)) > value; at--) {
      store<u32>(sorted + 4 * at, load<u32>(sorted + 4 * (at - 1)));
    }
    store<u32>(sorted + 4 * at, value);
  }
  return load<u32>(sorted + 4 * (((n - 1) * percent) / 100));
}

export function declare(): void {
  hooks.requests.add(sample.index);
}
