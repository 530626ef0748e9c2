// SPDX-License-Identifier: Apache-2.0
// Who may use a node: the classes that declarations name. A session sees, walks and lists exactly what its classes allow.
// Three classes are built in; providers define theirs, each by a predicate for sessions other than queens.
//
//   AccessClass   predicate u32 · argument u32
//
//   predicate     (session, key, argument) → whether the session may use a place with this key
import { Session } from '../session/session';

export const NOBODY: u32 = 0;
export const QUEEN: u32 = 1;
export const EVERYONE: u32 = 2;


@unmanaged
class AccessClass {
  predicate: u32;
  argument: u32;
}

/** Classes fit in a byte of the node. */
const MAX_CLASSES: u32 = 256;
const table = memory.data(MAX_CLASSES * offsetof<AccessClass>(), 4);
let count: u32 = EVERYONE + 1;

function at(access: u32): AccessClass {
  return changetype<AccessClass>(table + access * offsetof<AccessClass>());
}

/** A class for the queen and for whom the predicate allows. */
export function define(predicate: u32, argument: u32 = 0): u32 {
  if (count === MAX_CLASSES) unreachable(); // the manifest's rules allow far fewer
  const made = at(count);
  made.predicate = predicate;
  made.argument = argument;
  return count++;
}

export function allowed(s: Session, access: u32, key: u32): bool {
  if (access === NOBODY) return false;
  if (access === EVERYONE || s.isQueen) return true;
  if (access === QUEEN) return false;
  const wanted = at(access);
  return call_indirect<bool>(wanted.predicate, s, key, wanted.argument);
}
