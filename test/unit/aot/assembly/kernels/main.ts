// Small computations whose answers must be the same in Node, in guard mode and in bounds mode.
const SCRATCH = memory.data(4096);

function fill(seed: u32, length: u32): void {
  let x = seed | 1;
  for (let i: u32 = 0; i < length; i++) {
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    store<u8>(SCRATCH + i, <u8>x);
  }
}

function fnv(length: u32): u64 {
  let h: u64 = 0xcbf29ce484222325;
  for (let i: u32 = 0; i < length; i++) h = (h ^ load<u8>(SCRATCH + i)) * 0x100000001b3;
  return h;
}

function insertionSort(length: u32): void {
  for (let i: u32 = 1; i < length; i++) {
    const v = load<u8>(SCRATCH + i);
    let j = i;
    for (; j > 0 && load<u8>(SCRATCH + j - 1) > v; j--) store<u8>(SCRATCH + j, load<u8>(SCRATCH + j - 1));
    store<u8>(SCRATCH + j, v);
  }
}

function crc32(length: u32): u32 {
  let crc: u32 = 0xffffffff;
  for (let i: u32 = 0; i < length; i++) {
    crc ^= load<u8>(SCRATCH + i);
    for (let bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (0xedb88320 & (0 - (crc & 1)));
  }
  return ~crc;
}

function floats(n: u32): u64 {
  let sum: f64 = 0.5;
  for (let i: u32 = 1; i < 200; i++) {
    sum = Math.sqrt(Math.abs(sum * <f64>i + <f64>n)) + Math.floor(sum / 7.0) - Math.abs(<f64>(<i32>(i - 100))) / 3.0;
    sum = Math.max(Math.min(sum, 1e6), -1e6);
  }
  return reinterpret<u64>(sum) ^ (<u64>(<i64>nearest(sum * 1e9)));
}

function integers(n: u32): u64 {
  let a: i64 = <i64>n * -0x123456789abcdef;
  let b: u32 = n * 2654435761;
  for (let i = 0; i < 64; i++) {
    a = rotl<u64>(a, i) ^ (a / (<i64>i - 77)) ^ (a % (<i64>i + 3));
    b = rotr<u32>(b, i) + clz<u32>(b) + ctz<u32>(b) + popcnt<u32>(b) + <u32>((<i32>b) >> 3) + <u32>extend16(b);
  }
  return (<u64>a) ^ b;
}

function extend16(x: u32): i32 {
  return <i32>(<i16>x) + <i32>(<i8>x);
}

function copies(n: u32): u64 {
  fill(n, 2048);
  memory.copy(SCRATCH + 100 + (n & 63), SCRATCH, 1000);
  memory.copy(SCRATCH, SCRATCH + 3, 777);
  memory.fill(SCRATCH + 50, <u8>n, 33);
  return fnv(2048) + memory.compare(SCRATCH, SCRATCH + 512, 400);
}

let operation: (n: u32) => u64 = floats;

function indirect(n: u32): u64 {
  operation = n & 1 ? copies : integers;
  return operation(n);
}

export function run(which: u32): u64 {
  fill(which, 4096);
  switch (which % 7) {
    case 0:
      return fnv(4096);
    case 1:
      insertionSort(600);
      return fnv(600);
    case 2:
      return crc32(4096);
    case 3:
      return floats(which);
    case 4:
      return integers(which);
    case 5:
      return copies(which);
    default:
      return indirect(which);
  }
}
