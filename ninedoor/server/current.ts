// SPDX-License-Identifier: Apache-2.0
// The request at hand: which session sent it, and where its reply goes.

/** Record of the session (session/session.ts). */
export let session: usize = 0;
export let tag: u32 = 0;
/** Message type of the request. */
export let type: u32 = 0;

export function set(s: usize, messageType: u32, messageTag: u32): void {
  session = s;
  type = messageType;
  tag = messageTag;
}
