// SPDX-License-Identifier: Apache-2.0
// Whom the roles other than the queen's stand for: providers say how an identity of a role is found, and what a session
// that speaks for it gets.
//
//   Identity   find u32 · enter u32 · gate u32        one for each role
//
//   find    (role, name, bytes) → number, or 0 with a refusal in errors
//   enter   (session, number)      the session has attached as that one
import { ROLES } from '../../lib/protocol/roles';
import { Session } from './session';


@unmanaged
class Identity {
  findFunction: u32;
  enterFunction: u32;
  gate: u32;
}

const table = memory.data(ROLES * offsetof<Identity>(), 4);

function identityOf(role: u32): Identity {
  return changetype<Identity>(table + role * offsetof<Identity>());
}

/** `gate`: what must be open for sessions of the role to attach (namespace/gates.ts). */
export function define(role: u32, find: u32, enter: u32, gate: u32): void {
  const identity = identityOf(role);
  identity.findFunction = find;
  identity.enterFunction = enter;
  identity.gate = gate;
}

export function gate(role: u32): u32 {
  return identityOf(role).gate;
}

export function find(role: u32, name: usize, bytes: u32): u32 {
  return call_indirect<u32>(identityOf(role).findFunction, role, name, bytes);
}

export function enter(role: u32, s: Session, number: u32): void {
  call_indirect<void>(identityOf(role).enterFunction, s, number);
}
