// SPDX-License-Identifier: Apache-2.0
// The request at hand: which session sent it, and where its reply goes.

import { NO_SESSION, Session } from '../session/session';

export let session: Session = NO_SESSION;
export let tag: u32 = 0;
/** Message type of the request. */
export let type: u32 = 0;

export function set(s: Session, messageType: u32, messageTag: u32): void {
  session = s;
  type = messageType;
  tag = messageTag;
}
