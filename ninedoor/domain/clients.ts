// SPDX-License-Identifier: Apache-2.0
// Whose session is whose: clients are instances of other domains, told apart by the badge of their calls. A session ends with
// the generation of the client that opened it, and is named by a handle that is good for one generation of this domain.
//
//   Owner    sessionId u32 · instance u32 · generation u64     by slot of the session
//   handle   generation of this domain << 32 | session id
//
//   sessionId: 0: no client's session · instance, generation: of the client
import * as self from '../../lib/machine/domain';
import { MAX_SESSIONS } from '../limits';
import * as server from '../index';
import { NO_SESSION } from '../session/session';
import * as sessions from '../session/sessions';
import * as transports from '../session/transports';


@unmanaged
class Owner {
  sessionId: u32;
  instance: u32;
  generation: u64;

  /** The client is still the one that opened the session. */
  get isAlive(): bool {
    return self.peerGeneration(this.instance) === this.generation;
  }

  start(sessionId: u32, instance: u32): void {
    this.sessionId = sessionId;
    this.instance = instance;
    this.generation = self.peerGeneration(instance);
  }

  /** Ends the session. */
  drop(): void {
    server.sessionClose(this.sessionId);
    this.sessionId = 0;
  }
}

const NO_OWNER = changetype<Owner>(0);

const owners = memory.data(MAX_SESSIONS * offsetof<Owner>(), 8);

function at(index: u32): Owner {
  return changetype<Owner>(owners + index * offsetof<Owner>());
}

/** Ends the sessions of clients that were started again since. */
function sweep(): void {
  for (let i: u32 = 0; i < MAX_SESSIONS; i++) {
    if (at(i).sessionId !== 0 && !at(i).isAlive) at(i).drop();
  }
}

/** Opens a session for a client; returns its handle, or 0 if there is no room. */
export function open(instance: u32): u64 {
  sweep();
  const id = server.sessionOpen(transports.CHANNEL);
  if (id === 0) return 0;
  at(sessions.indexOf(sessions.find(id))).start(id, instance);
  return (self.generation() << 32) | id;
}

/** The owner of a client's own session, or NO_OWNER. */
function find(instance: u32, handle: u64): Owner {
  if (handle >> 32 !== self.generation()) return NO_OWNER;
  const s = sessions.find(<u32>handle);
  if (s === NO_SESSION) return NO_OWNER;
  const owner = at(sessions.indexOf(s));
  if (owner.sessionId !== <u32>handle || owner.instance !== instance) return NO_OWNER;
  if (owner.isAlive) return owner;
  owner.drop();
  return NO_OWNER;
}

/** Id of a client's own session, or 0 if it has none of this handle. */
export function sessionId(instance: u32, handle: u64): u32 {
  const owner = find(instance, handle);
  return owner === NO_OWNER ? 0 : owner.sessionId;
}

/** Closes a client's session; false: it has none of this handle. */
export function close(instance: u32, handle: u64): bool {
  const owner = find(instance, handle);
  if (owner === NO_OWNER) return false;
  owner.drop();
  return true;
}
