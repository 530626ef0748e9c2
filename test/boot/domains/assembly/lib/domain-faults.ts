// SPDX-License-Identifier: Apache-2.0
// The faults of a domain: those of every component, and those that need the kernel or C (helpers.c). A request stands in the
// control word of the domain's status page, where only a test root task writes it.
import { control } from '../../../../../lib/machine/domain';
import * as faults from './faults';

/** A system call that there is none of. */
@external("domain", "test_unknown_system_call")
declare function unknownSystemCall(): void;

/** A load from an address where nothing is mapped, outside of linear memory. */
@external("domain", "test_load_from")
declare function loadFrom(address: u64): u64;

/** A capability fault: the component provokes it with a call that it has. */
export const CAPABILITY: u32 = 9;
export const SYSTEM_CALL: u32 = 10;
export const NULL_POINTER: u32 = 11;
/** Flag: not now, but while a client waits for an answer. */
export const IN_CALL: u32 = 256;

/** No domain has this slot. */
export const EMPTY_SLOT: u64 = 1000;

/** The request of the test, 0 if there is none. */
export function request(): u32 {
  return <u32>control();
}

/** Provokes the fault; comes back if there is none, or if it is CAPABILITY. */
export function provoke(kind: u32): void {
  if (kind === SYSTEM_CALL) unknownSystemCall(); // fault: system-call
  if (kind === NULL_POINTER) loadFrom(kind - NULL_POINTER); // fault: null
  faults.provoke(kind);
}
