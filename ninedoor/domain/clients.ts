// SPDX-License-Identifier: Apache-2.0
// Whose session is whose: clients are instances of other domains, told apart by the badge of their calls. A session ends with
// the generation of the client that opened it, and is named by a handle that is good for one generation of this domain.
//
//   owner (16 bytes)   +0 session id, 0: no client's   +4 instance of the client   +8 its generation      by slot of the session
//   handle             generation of this domain << 32 | session id
import * as self from '../../lib/machine/domain';
import { MAX_SESSIONS } from '../limits';
import * as server from '../index';
import { NO_SESSION } from '../session/session';
import * as sessions from '../session/sessions';
import * as transports from '../session/transports';

const OWNER: u32 = 16;
const owners = memory.data(16 * MAX_SESSIONS, 8);


@inline
function at(index: u32): usize {
  return owners + index * OWNER;
}

function drop(owner: usize): void {
  server.sessionClose(load<u32>(owner));
  store<u32>(owner, 0);
}

/** Ends the sessions of clients that were started again since. */
function sweep(): void {
  for (let i: u32 = 0; i < MAX_SESSIONS; i++) {
    const owner = at(i);
    if (load<u32>(owner) === 0) continue;
    if (self.peerGeneration(load<u32>(owner, 4)) !== load<u64>(owner, 8)) drop(owner);
  }
}

/** Opens a session for a client; returns its handle, or 0 if there is no room. */
export function open(instance: u32): u64 {
  sweep();
  const id = server.sessionOpen(transports.CHANNEL);
  if (id === 0) return 0;
  const owner = at(sessions.indexOf(sessions.find(id)));
  store<u32>(owner, id);
  store<u32>(owner, instance, 4);
  store<u64>(owner, self.peerGeneration(instance), 8);
  return (self.generation() << 32) | id;
}

/** The owner record of a client's own session, or 0. */
function find(instance: u32, handle: u64): usize {
  if (handle >> 32 !== self.generation()) return 0;
  const s = sessions.find(<u32>handle);
  if (s === NO_SESSION) return 0;
  const owner = at(sessions.indexOf(s));
  if (load<u32>(owner) !== <u32>handle || load<u32>(owner, 4) !== instance) return 0;
  if (self.peerGeneration(instance) === load<u64>(owner, 8)) return owner;
  drop(owner);
  return 0;
}

/** Id of a client's own session, or 0 if it has none of this handle. */
export function sessionId(instance: u32, handle: u64): u32 {
  const owner = find(instance, handle);
  return owner === 0 ? 0 : load<u32>(owner);
}

/** Closes a client's session; false: it has none of this handle. */
export function close(instance: u32, handle: u64): bool {
  const owner = find(instance, handle);
  if (owner === 0) return false;
  drop(owner);
  return true;
}
