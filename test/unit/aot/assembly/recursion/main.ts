// Two functions that call each other.
@external("host", "acquire") declare function acquire(offset: u32): u32;

function even(n: u32): u32 {
  if (n == 0) return acquire(4);
  return odd(acquire(n) - 1) + 1;
}

function odd(n: u32): u32 {
  if (n == 0) return acquire(8);
  return even(acquire(n) - 1) + 2;
}

export function run(which: u32): u64 {
  return even(which);
}
