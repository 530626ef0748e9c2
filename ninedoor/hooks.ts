// SPDX-License-Identifier: Apache-2.0
// What providers may hear of the server's work, beyond their own files: each list holds functions that they add when they
// declare themselves. Indirect calls are bounded by type, so each list has a type of its own.
//
//   batches       (session, nowMs)                      a batch of an attached session's frames came in
//   requests      (waitedMs)                            a frame is about to be served
//   refusals      (code)                                a frame was refused
//   attached      (session, isFirst, nowMs)             an attach succeeded; isFirst: it gave the session its role
//   denied        (session, role, code)                 an attach was refused; the text is in errors
//   written       (session, fid, bytes, code)           a write to a control file was done, or refused: code is not NONE
//   revoked       (session, reason)                     the session's budget is used up; it is about to be revoked
//   ended         (nowMs, session)                      a session was revoked, for whatever reason: its transport learns of it
//
//   Hooks         count u32 · MOST functions u32

const MOST: u32 = 4;


@unmanaged
export class Hooks {
  count: u32;

  add(f: u32): void {
    if (this.count === MOST) unreachable();
    store<u32>(this.slot(this.count++), f);
  }

  at(index: u32): u32 {
    return load<u32>(this.slot(index));
  }

  private slot(index: u32): usize {
    return changetype<usize>(this) + offsetof<Hooks>() + 4 * index;
  }
}

const HOOKS_BYTES: u32 = offsetof<Hooks>() + 4 * MOST;
export const batches = changetype<Hooks>(memory.data(HOOKS_BYTES, 4));
export const requests = changetype<Hooks>(memory.data(HOOKS_BYTES, 4));
export const refusals = changetype<Hooks>(memory.data(HOOKS_BYTES, 4));
export const attached = changetype<Hooks>(memory.data(HOOKS_BYTES, 4));
export const denied = changetype<Hooks>(memory.data(HOOKS_BYTES, 4));
export const written = changetype<Hooks>(memory.data(HOOKS_BYTES, 4));
export const revoked = changetype<Hooks>(memory.data(HOOKS_BYTES, 4));
export const ended = changetype<Hooks>(memory.data(HOOKS_BYTES, 4));
