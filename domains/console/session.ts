// SPDX-License-Identifier: Apache-2.0
// The session with NineDoor that somebody at a console has, or has not: in one role, with fids of its own. It ends when its ticket
// does, when NineDoor is started again, at `quit`, or with the connection.
//
//   part of the record   +0 handle u64, 0: none · +8 serial number u64 · +16 last fid u32 · +20 role u8 · +21 with a ticket u8
import * as protocol from '../../lib/protocol/supervisor';
import * as ack from './ack';
import * as audit from './audit';
import * as failure from './failure';
import * as link from './link';
import * as client from './p9/client';
import * as roles from './roles';
import * as table from './table';

const HANDLE: u32 = table.SESSION;
const SERIAL_NUMBER: u32 = table.SESSION + 8;
const LAST_FID: u32 = table.SESSION + 16;
const ROLE: u32 = table.SESSION + 20;
const HAS_TICKET: u32 = table.SESSION + 21;

// Why a session ends.
export const QUIT: u32 = 0;
export const EOF: u32 = 1;
export const ERROR: u32 = 2;

/** Serial number of the youngest session. */
let lastNumber: u64 = 0;


@inline
export function handle(): u64 {
  return load<u64>(table.s, HANDLE);
}

/** It was attached with a ticket: scopes and quotas may apply. */
export function hasTicket(): bool {
  return load<u8>(table.s, HAS_TICKET) !== 0;
}

/** A fid that was never used in this session: in the dialect of the older codec none is ever used again. */
export function nextFid(): u32 {
  const fid = load<u32>(table.s, LAST_FID) + 1;
  store<u32>(table.s, fid, LAST_FID);
  return fid;
}

function reasonName(reason: u32): string {
  switch (reason) {
    case QUIT:
      return 'quit';
    case EOF:
      return 'eof';
    default:
      return 'error';
  }
}

/** Takes the place of the session that was. */
export function begin(session: u64, role: u32, ticket: bool): void {
  end(QUIT);
  store<u64>(table.s, session, HANDLE);
  store<u64>(table.s, ++lastNumber, SERIAL_NUMBER);
  store<u32>(table.s, 0, LAST_FID);
  store<u8>(table.s, <u8>role, ROLE);
  store<u8>(table.s, ticket ? 1 : 0, HAS_TICKET);
  if (!table.isSerial()) audit.attached(lastNumber, roles.label(role));
}

/** The session is no more. */
export function drop(reason: u32): void {
  if (handle() !== 0 && !table.isSerial()) {
    audit.detached(load<u64>(table.s, SERIAL_NUMBER), reasonName(reason));
  }
  store<u64>(table.s, 0, HANDLE);
}

export function end(reason: u32): void {
  if (handle() !== 0) client.close(handle());
  drop(reason);
}

function refuse(label: string): bool {
  audit.say('unauthenticated command', protocol.REFUSED_POLICY);
  ack.error(label, 'policy', 'unauthenticated');
  return false;
}

/** Whether the verb may go on; else it has been refused. */
export function require(label: string): bool {
  if (handle() === 0) return refuse(label);
  if (link.isUp()) return true;
  failure.unavailable(label);
  return false;
}

export function requireQueen(label: string): bool {
  if (handle() !== 0 && load<u8>(table.s, ROLE) !== <u8>roles.QUEEN) return refuse(label);
  return require(label);
}
