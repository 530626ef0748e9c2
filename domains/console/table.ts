// SPDX-License-Identifier: Apache-2.0
// The sessions of the console: one on the serial line, one for each connection that net may hand over. A record is all that the console
// keeps of a session; each part belongs to the module that is named beside it. One session is selected while it is worked for, and
// everything that is done then is done for that one.
//
//   record   +0     connection  tcp/connections.ts
//            +64    session     session.ts
//            +96    throttle    throttle.ts
//            +144   journal     audit.ts
//            +176   payload     payload.ts
//            +240   input       tcp/input.ts
//            +256   lines       tcp/input.ts      what the peer sent and nobody took yet
//            +2304  buffer      payload.ts        a piece of what is being shown
import { NETWORK_MAX_CONNECTIONS } from '../../generated/manifest';

export const CONNECTIONS: u32 = NETWORK_MAX_CONNECTIONS;
/** The serial line is the first. */
export const SESSIONS: u32 = 1 + CONNECTIONS;

export const SESSION: u32 = 64;
export const THROTTLE: u32 = 96;
export const JOURNAL: u32 = 144;
export const PAYLOAD: u32 = 176;
export const INPUT: u32 = 240;
export const LINES: u32 = 256;
export const LINES_BYTES: u32 = 2048;
export const BUFFER: u32 = 2304;
/** A multiple of what makes a line of base64. */
export const BUFFER_BYTES: u32 = 4032;
const RECORD_BYTES: u32 = 6336;

const records = memory.data(RECORD_BYTES * SESSIONS, 8);

/** The selected session, and its number. */
export let s: usize = records;
export let index: u32 = 0;

export function select(number: u32): void {
  index = number;
  s = records + number * RECORD_BYTES;
}


@inline
export function isSerial(): bool {
  return index === 0;
}

/** A new session: nothing of the one before. */
export function clear(): void {
  memory.fill(s, 0, LINES);
}
