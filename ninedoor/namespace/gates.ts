// SPDX-License-Identifier: Apache-2.0
// Gates: numbers that a declaration gives for what must be open before a write. Whoever keeps them says what they mean.

/** Always open. */
export const NONE: u32 = 0;

/** (gate) → refusal; 0: nobody keeps the gates. */
let keeper: u32 = 0;

export function keepWith(pass: u32): void {
  keeper = pass;
}

/** 0 when the gate is open, else a refusal. */
export function pass(gate: u32): u32 {
  return gate === NONE || keeper === 0 ? 0 : call_indirect<u32>(keeper, gate);
}
