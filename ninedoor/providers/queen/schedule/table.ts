// SPDX-License-Identifier: Apache-2.0
// What waits to be run, in the order in which it will be taken: highest priority first, first come first served within one.
//
//   State   count u32 · padding u32 · seq u64 (of the newest entry) · dequeued u64 · MAX_ENTRIES Entries
//   Entry   seq u64 · priority u32 · ticks u32 · budget_ms u32 · idBytes u8 · roleBytes u8 · id[ID_BYTES] · role[ROLE_BYTES]
import { CONTROL_PLANE_SCHEDULE_MAX_ENTRIES } from '../../../../generated/manifest';
import { same } from '../../../../lib/text/slice';

export const MAX_ENTRIES: u32 = CONTROL_PLANE_SCHEDULE_MAX_ENTRIES;
export const ID_BYTES: u32 = 64;
export const ROLE_BYTES: u32 = 16;


@unmanaged
export class Entry {
  seq: u64;
  priority: u32;
  ticks: u32;
  budget_ms: u32;
  idBytes: u8;
  roleBytes: u8;

  get id(): usize {
    return changetype<usize>(this) + offsetof<Entry>();
  }

  get role(): usize {
    return this.id + ID_BYTES;
  }
}

const ENTRY_BYTES: u32 = (offsetof<Entry>() + ID_BYTES + ROLE_BYTES + 7) & ~7;


@unmanaged
class State {
  count: u32;
  private padding: u32;
  seq: u64;
  dequeued: u64;

  at(index: u32): Entry {
    return changetype<Entry>(changetype<usize>(this) + offsetof<State>() + index * ENTRY_BYTES);
  }
}

export const STATE_BYTES: u32 = offsetof<State>() + MAX_ENTRIES * ENTRY_BYTES;
export const state = changetype<State>(memory.data(STATE_BYTES, 8));

/** Index of the entry with this id, or `count`. */
export function find(id: usize, bytes: u32): u32 {
  let i: u32 = 0;
  while (i < state.count && !same(state.at(i).id, state.at(i).idBytes, id, bytes)) i++;
  return i;
}

/** Adds an entry behind all of its priority; the caller fills it in. There is room. */
export function insert(priority: u32): Entry {
  let index = state.count;
  while (index > 0 && state.at(index - 1).priority < priority) index--;
  const made = state.at(index);
  const start = changetype<usize>(made);
  memory.copy(start + ENTRY_BYTES, start, (state.count - index) * ENTRY_BYTES);
  state.count++;
  memory.fill(start, 0, ENTRY_BYTES);
  made.seq = ++state.seq;
  made.priority = priority;
  return made;
}

/** Takes the head. */
export function take(): void {
  state.count--;
  state.dequeued++;
  memory.copy(changetype<usize>(state.at(0)), changetype<usize>(state.at(1)), state.count * ENTRY_BYTES);
}
