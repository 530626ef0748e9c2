// SPDX-License-Identifier: Apache-2.0
// A component that allocates while it starts, which it may, and in run(), which it may not once start-up is over.
const table = new StaticArray<u32>(16);
const list = new Array<u32>(3);

class Point {
  constructor(
    public x: u32,
    public y: u32,
  ) {}
}

/** The size, the type and the contents of what was allocated at the start are what the library expects. */
function untouched(): u32 {
  let sum: u32 = table.length * 256 + list.length;
  for (let i = 0; i < table.length; i++) sum += table[i];
  for (let i = 0; i < list.length; i++) sum += list[i];
  return sum;
}

let kept: Point | null = null;

/** Which kind of allocation; 0: none. */
export function run(which: u32): u32 {
  if (which === 1) kept = new Point(which, 2); // trap: 1
  if (which === 2) return <u32>__alloc(which); // trap: 2
  if (which === 3) return <u32>__realloc(changetype<usize>(table) - 16, 4096); // trap: 3
  if (which === 4) return <u32>__renew(changetype<usize>(table), 4096); // trap: 4
  if (which === 5) return <u32>__new(1 << 29, 0); // trap: 5
  if (which === 6) return <u32>(list.length.toString() + 'x').length;
  const point = kept;
  return point === null ? untouched() : point.x;
}
