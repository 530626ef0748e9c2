// A component that allocates while it starts, which it may, and afterwards, which it may not.
const table = new StaticArray<u32>(16);
const list: u32[] = [1, 2, 3];

export function start(): void {
  for (let i: u32 = 0; i < 16; i++) table[i] = i;
  list.push(4);
}

class Point {
  constructor(
    public x: u32,
    public y: u32,
  ) {}
}

/** Which kind of allocation; 0: none. */
export function run(which: u32): u32 {
  if (which === 0) start();
  if (which === 1) return new Point(which, 2).y; // trap: 1
  if (which === 2) return (<i32>which).toString().length; // trap: 2
  if (which === 3) return <u32>heap.alloc(which); // trap: 3
  return table[which & 15] + list[0];
}
