// SPDX-License-Identifier: Apache-2.0
// What the root task tells of the system: the static domains, their last faults, and what the boot verified.
import * as domain from '../../generated/domains/ninedoor';
import { call, getMr, setMr } from '../../lib/machine/sel4';
import * as info from '../../lib/protocol/info';
import * as protocol from '../../lib/protocol/supervisor';

/** Of INFO_DOMAIN, up to the name: what ../platform.ts wants. */
export const INFO_BYTES: u32 = 8 * (info.DOMAIN_NAME + info.NAME_WORDS);

/** Instances of the static domains, in the order of the layout. */
const instances = memory.data(4 * protocol.MAX_INSTANCES, 4);
let count: u32 = 0;
let verifiedCaps: u64 = 0;

/** Asks once which domains there are. */
export function start(): void {
  if (call(domain.SLOT_SUPERVISOR, protocol.INFO_SYSTEM, 0) !== protocol.OK) return;
  const all = <u32>getMr(info.SYSTEM_BEFORE_WORKERS);
  if (all > protocol.MAX_INSTANCES) unreachable();
  verifiedCaps = getMr(info.SYSTEM_VERIFIED);
  for (let i: u32 = 0; i < all; i++) {
    if (!ask(i) || getMr(info.DOMAIN_IS_WORKER) !== 0) continue;
    store<u32>(instances + 4 * count, i);
    count++;
  }
}

function ask(instance: u32): bool {
  setMr(0, instance);
  return call(domain.SLOT_SUPERVISOR, protocol.INFO_DOMAIN, 1) === protocol.OK;
}

export function capabilities(): u64 {
  return verifiedCaps;
}

export function domainCount(): u32 {
  return count;
}

export function domainInfo(index: u32, at: usize): bool {
  if (index >= count || !ask(load<u32>(instances + 4 * index))) return false;
  for (let word: u32 = 0; word < INFO_BYTES / 8; word++) store<u64>(at + 8 * word, getMr(word));
  return true;
}

export function lastFault(index: u32, at: usize, capacity: u32): u32 {
  if (index >= count) return 0;
  setMr(0, load<u32>(instances + 4 * index));
  if (call(domain.SLOT_SUPERVISOR, protocol.LAST_FAULT, 1) !== protocol.OK) return 0;
  const bytes = <u32>min<u64>(getMr(0), min(capacity, protocol.FAULT_BYTES));
  for (let i: u32 = 0; i < bytes; i++) store<u8>(at + i, <u8>(getMr(1 + i / 8) >> (8 * (i & 7))));
  return bytes;
}
