// SPDX-License-Identifier: Apache-2.0
// Compound assignments: the numbered lines have an effect in their target, the others have none.
@unmanaged
class Cell {
  count: i32;
  next: Cell;
}

const CELLS = memory.data(64, 8);
const NUMBERS: StaticArray<i32> = [0, 0, 0, 0];
let v: i32 = 0;

function take(): Cell {
  v += 1;
  return changetype<Cell>(CELLS);
}

export function refused(): void {
  NUMBERS[v++] |= 1; // 1
  NUMBERS[--v]++; // 2
  take().count += 1; // 3
  take().count--; // 4
  NUMBERS[(v = 2)] <<= 1; // 5
  take().next.count /* why not */ -= 1; // 6
  NUMBERS[(v += 1)] ^= 1; // 7
  ++take().count; // 8
}

export function allowed(cell: Cell, i: i32): void {
  NUMBERS[i + 1] |= 1;
  NUMBERS[i]++;
  cell.next.count += take().count;
  changetype<Cell>(CELLS + <usize>i).count += 1;
  v += i == 1 ? 2 : 3;
  NUMBERS[i] = v++;
  take().count = 1;
  unchecked((NUMBERS[i] += 1));
  if (take().count <= 1 && v != 2) v >>= 1;
}
