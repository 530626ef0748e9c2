// Uses an import that its whitelist lacks.
@external("mmio", "write32")
declare function write32(address: usize, value: u32): void;

// Reads with acquire order.
@external("host", "acquire")
declare function acquire(offset: u32): u32;

export function run(which: u32): u64 {
  const value = acquire(which);
  if (value > 3) {
    write32(0x9000000, value);
  }
  return value;
}
