// SPDX-License-Identifier: Apache-2.0
// A signed load whose value is widened without its sign. Each function stores -5 and reads it back.
const CELL = memory.data(8, 8);

export function i8Zero(): u64 {
  store<i8>(CELL, -5);
  return <u64>(<u32>load<i8>(CELL));
}

export function i16Zero(): u64 {
  store<i16>(CELL, -5);
  return <u64>(<u32>load<i16>(CELL));
}

export function i32Zero(): u64 {
  store<i32>(CELL, -5);
  return <u64>(<u32>load<i32>(CELL));
}


@unmanaged
class Record {
  value: i32;
}

export function fieldZero(): u64 {
  const record = changetype<Record>(CELL);
  record.value = -5;
  return <u64>(<u32>record.value);
}

const ARRAY: StaticArray<i32> = [0];

export function elementZero(): u64 {
  ARRAY[0] = -5;
  return <u64>(<u32>unchecked(ARRAY[0]));
}

export function i8Sign(): u64 {
  store<i8>(CELL, -5);
  return <u64>(<i64>load<i8>(CELL));
}

export function i16Sign(): u64 {
  store<i16>(CELL, -5);
  return <u64>(<i64>load<i16>(CELL));
}

export function i32Sign(): u64 {
  store<i32>(CELL, -5);
  return <u64>(<i64>load<i32>(CELL));
}

export function u32Zero(): u64 {
  store<u32>(CELL, 0xfffffffb);
  return <u64>load<u32>(CELL);
}

export function i64Load32(): u64 {
  store<i32>(CELL, -5);
  return <u64>load<i32>(CELL);
}
