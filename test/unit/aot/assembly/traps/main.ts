// One trap of each kind, chosen at run time so that nothing can be folded. A comment `trap: N` marks the line that
// case N must be reported at; the test reads the marks.
@external("host", "acquire")
declare function acquire(offset: u32): u32;

// A release store.
@external("host", "release")
declare function release(offset: u32, value: u32): void;

function two(a: i32, b: i32): i32 {
  return a * b + 1;
}

function one(a: i32): i32 {
  return a + 7;
}

// Keeps both in the table.
let first: (a: i32, b: i32) => i32 = two;
let second: (a: i32) => i32 = one;

export function swap(): void {
  first = (a: i32, b: i32): i32 => second(a) + b;
  second = (a: i32): i32 => first(a, 2);
}

function endless(n: u32): u32 {
  if (n == 0xffffffff) return n; // trap: 11
  return endless(n + 1) + acquire(n & 0xfc); // trap: 11
}

function divide(a: i32, b: i32): i32 {
  if (a > 100) {
    return a / b; // trap: 1
  }
  const half = (a + 1) / b; // trap: 2
  return half;
}

function touch(p: usize): u32 {
  let sum = load<u32>(p); // trap: 3
  sum += load<u8>(p + 4);
  store<u32>(16, sum);
  return sum;
}

// Traps of one kind on neighbouring lines: the compiler must not fold them into one.
function neighbours(a: usize, b: usize, c: usize): u32 {
  const x = load<u32>(a); // trap: 19
  const y = load<u32>(b); // trap: 20
  const z = load<u32>(c); // trap: 21
  memory.fill(a, 1, x); // trap: 22
  memory.fill(b, 1, y); // trap: 23
  memory.copy(c, 64, z); // trap: 24
  return (x / y) ^ z; // trap: 25
}

export function run(which: u32): u64 {
  switch (which) {
    case 1:
      return divide(101, which - 1);
    case 2:
      return divide(7, which - 2);
    case 3:
      return touch(which * 0x50000000);
    case 4:
      unreachable(); // trap: 4
      return 0;
    case 5:
      return (i32.MIN_VALUE + <i32>which - 5) / (4 - <i32>which); // trap: 5
    case 6:
      return call_indirect<i32>(which + 100, 1, 2); // trap: 6
    case 7:
      return call_indirect<i32>(which - 7, 1, 2); // trap: 7
    case 8:
      return call_indirect<i32>(<u32>load<u32>(changetype<usize>(second)) + which - 8, 1, 2); // trap: 8
    case 9:
      return <u64>(<i64>(NaN * <f64>which)); // trap: 9
    case 10:
      return <u64>(<i32>(1e300 * <f64>which)); // trap: 10
    case 11:
      return endless(which);
    case 13:
      store<u64>(0xfffffff0, which); // trap: 13
      return 0;
    case 14:
      memory.fill((<usize>which) << 26, 0, 64); // trap: 14
      return 0;
    case 15:
      return memory.grow(1);
    case 16:
      release(64, which);
      return acquire(64);
    case 17:
      return acquire(which);
    case 18:
      return acquire(0x80000000 + which - 18);
    case 19:
      return neighbours(0x70000000 + which, 0, 0);
    case 20:
      return neighbours(64, 0x70000000 + which, 0);
    case 21:
      return neighbours(64, 64, 0x70000000 + which);
    case 22:
      store<u32>(64, 0x70000000 + which);
      return neighbours(64, 128, 192);
    case 23:
      store<u32>(128, 0x70000000 + which);
      return neighbours(64, 128, 192);
    case 24:
      store<u32>(192, 0x70000000 + which);
      return neighbours(64, 128, 192);
    case 25:
      return neighbours(64, 128, 192 * which);
    default:
      return 0x600d;
  }
}
