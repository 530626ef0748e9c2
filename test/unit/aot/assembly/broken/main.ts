// Does not compile.
export function run(which: u32): u64 {
  return which + missing;
}
