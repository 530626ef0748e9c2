// A component with a C part: calls in both directions, and memory that both use.

@external("part", "sum")
declare function sum(from: usize, count: u32): u32;


@external("part", "fill")
declare function fill(value: u32): usize;


@external("part", "dive")
declare function dive(depth: u32): u32;

const own = memory.data<u8>([1, 2, 3, 4]);
const zeros = memory.data(4096);
let calls: u32 = 0;

/** Called by the C part. */
export function twice(value: u32): u32 {
  calls++;
  return value * 2;
}

export function run(which: u32): u32 {
  if (which === 0) return sum(own, 4); // each byte doubled by the function above
  if (which === 1) {
    // C's memory and this module's do not overlap.
    const theirs = fill(0xff);
    return load<u8>(theirs) + load<u8>(theirs + 65535) + load<u8>(own) + load<u8>(zeros) + load<u8>(zeros + 4095);
  }
  if (which === 2) return dive(64);
  return calls;
}
