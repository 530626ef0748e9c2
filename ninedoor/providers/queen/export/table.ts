// SPDX-License-Identifier: Apache-2.0
// The windows that are open.
//
//   State    count u32 · padding u32 · seq u64 (of the newest window) · MAX_WINDOWS Windows
//   Window   seq u64 · expires_ms u64 · idBytes u32 · padding u32 · id[ID_BYTES]
import { CONTROL_PLANE_EXPORT_MAX_WINDOWS } from '../../../../generated/manifest';
import { same } from '../../../../lib/text/slice';

export const MAX_WINDOWS: u32 = CONTROL_PLANE_EXPORT_MAX_WINDOWS;
export const ID_BYTES: u32 = 64;


@unmanaged
class Window {
  seq: u64;
  expires_ms: u64;
  idBytes: u32;
  private padding: u32;

  get id(): usize {
    return changetype<usize>(this) + offsetof<Window>();
  }
}

const WINDOW_BYTES: u32 = offsetof<Window>() + ID_BYTES;


@unmanaged
class State {
  count: u32;
  private padding: u32;
  seq: u64;

  at(index: u32): Window {
    return changetype<Window>(changetype<usize>(this) + offsetof<State>() + index * WINDOW_BYTES);
  }
}

export const STATE_BYTES: u32 = offsetof<State>() + MAX_WINDOWS * WINDOW_BYTES;
export const state = changetype<State>(memory.data(STATE_BYTES, 8));

/** Index of the window with this id, or `count`. */
export function find(id: usize, bytes: u32): u32 {
  let i: u32 = 0;
  while (i < state.count && !same(state.at(i).id, state.at(i).idBytes, id, bytes)) i++;
  return i;
}

/** Takes a window out; the last takes its place. */
export function remove(index: u32): void {
  state.count--;
  memory.copy(changetype<usize>(state.at(index)), changetype<usize>(state.at(state.count)), WINDOW_BYTES);
}
