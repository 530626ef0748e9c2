// SPDX-License-Identifier: Apache-2.0
// Deliberate faults, each at a known line: a comment `fault: NAME` marks the lines at which NAME may be reported, and the
// test reads the marks. Which one happens is decided at run time, so that nothing can be folded.
import { loadAcquire32 } from '../../../../../lib/machine/memory';

export const OUT_OF_BOUNDS: u32 = 1;
export const DIVIDE: u32 = 2;
export const OVERFLOW: u32 = 3;
export const UNREACHABLE: u32 = 4;
export const TABLE: u32 = 5;
export const SIGNATURE: u32 = 6;
export const STACK: u32 = 7;
export const HANG: u32 = 8;

/** What came out, so that nothing is left out. */
export let result: u64 = 0;

function two(a: i32, b: i32): i32 {
  return a * b + 1;
}

function one(a: i32): i32 {
  return a + 7;
}

// Both in the table: of a type that nothing in it has, the compiler knows that a call cannot succeed.
const first: (a: i32, b: i32) => i32 = two;
const second: (a: i32) => i32 = one;

function outOfBounds(address: usize): void {
  result = load<u64>(address); // fault: out-of-bounds
}

function divide(a: i32, b: i32): void {
  result = a / b; // fault: divide
}

// Not the same as `divide`: of two equal functions the compiler keeps one.
function overflow(a: i32, b: i32): void {
  result = a / b + 1; // fault: overflow
}

function beyondTable(index: u32): void {
  result = call_indirect<i32>(index, 1, 2); // fault: table
}

function wrongSignature(index: u32): void {
  result = call_indirect<i32>(index, 1); // fault: signature
}

function endless(depth: u32): u32 {
  if (depth === u32.MAX_VALUE) return depth; // fault: stack
  return endless(depth + 1) + loadAcquire32(depth & 0xfc); // fault: stack
}

function hang(): void {
  while (loadAcquire32(0) !== 0x5a5a5a5a) result++; // fault: hang
}

/** Makes the fault happen; comes back only if `kind` is none of the above. */
export function provoke(kind: u32): void {
  switch (kind) {
    case OUT_OF_BOUNDS:
      outOfBounds(<usize>kind * 0xf0000000);
      break;
    case DIVIDE:
      divide(<i32>kind, <i32>(kind - DIVIDE));
      break;
    case OVERFLOW:
      overflow(i32.MIN_VALUE + <i32>(kind - OVERFLOW), <i32>(2 - kind));
      break;
    case UNREACHABLE:
      unreachable(); // fault: unreachable
      break;
    case TABLE:
      beyondTable(kind + 1000);
      break;
    case SIGNATURE:
      // Too many arguments for the one, too few for the other.
      wrongSignature(load<u32>(changetype<usize>(first)));
      result = call_indirect<i32>(load<u32>(changetype<usize>(second)), 1, 2);
      break;
    case STACK:
      result = endless(kind);
      break;
    case HANG:
      hang();
      break;
    default:
  }
}
