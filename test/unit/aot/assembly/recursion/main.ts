// Two functions that call each other, large enough that neither is inlined into the other.
@external("host", "acquire")
declare function acquire(offset: u32): u32;

function even(n: u32): u32 {
  for (let i: u32 = 0; i < n; i++) store<u32>(i << 2, acquire(i) ^ load<u32>(i << 3) ^ rotl<u32>(n, i));
  if (n == 0) return acquire(4);
  return odd(acquire(n) - 1) + 1;
}

function odd(n: u32): u32 {
  for (let i: u32 = 0; i < n; i++) store<u32>(i << 3, acquire(i) + load<u32>(i << 2) + rotr<u32>(n, i));
  if (n == 0) return acquire(8);
  return even(acquire(n) - 1) + 2;
}

export function run(which: u32): u64 {
  return which & 1 ? odd(which) : even(which);
}
