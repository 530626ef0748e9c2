// The smallest component that shows a marker, a load, a trap, an import and an indirect call in the generated C.
@external("host", "acquire")
declare function acquire(offset: u32): u32;

let operation: (a: u32, b: u32) => u32 = quotient;

function quotient(a: u32, b: u32): u32 {
  return a / b;
}

function sum(a: u32, b: u32): u32 {
  return a + b;
}

export function run(which: u32): u64 {
  operation = which > 3 ? sum : quotient;
  const left = load<u32>(which);
  return operation(left, acquire(which));
}
