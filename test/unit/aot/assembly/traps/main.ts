@external("sel4", "call") declare function call(a: u32, b: u64): u64;
@external("mmio", "read32") declare function read32(a: usize): u32;
let counter: u32 = 0;
const TBL = memory.data<u32>([1,2,3,4]);
function add(a: i32, b: i32): i32 { return a + b; }
function sub(a: i32, b: i32): i32 { return a - b; }
let f: (a: i32, b: i32) => i32 = add;
export function choose(k: i32): void { f = k ? add : sub; }
export function div(a: i32, b: i32): i32 {
  const q = a / b;
  return f(q, 3);
}
export function oob(p: usize): u32 {
  return load<u32>(p) + load<u32>(TBL + (counter++ << 2));
}
export function main(): void {
  call(read32(8), 3);
  if (counter == 3) unreachable();
  memory.copy(8, 16, 32);
  memory.fill(8, 16, 32);
  const s = "hello";
  store<u32>(64, s.length);
  let d: f64 = load<f64>(8);
  store<i32>(68, <i32>d);
}
