// SPDX-License-Identifier: Apache-2.0
// The TCP connection of a session, for tcp/.
//
//   Connection   state u8 · flags u8 · generation u16 · address u32 · port u16 · detail u8
//                credit u32 · owed u32
//                id u64 · active_ms u64 · deadline_ms u64
//                read u64 · written u64

// States.
export const FREE: u8 = 0;
/** Nothing but AUTH is listened to. */
export const GREETING: u8 = 1;
export const OPEN: u8 = 2;
/** Over, but net has not been told. */
export const ENDING: u8 = 3;

// Flags.
/** Half-closed: the peer sends nothing more. */
export const HALF_CLOSED: u8 = 1;
/** To be closed when what is being shown is out. */
export const CLOSING: u8 = 2;
/** The operator has said `quit`. */
export const QUITTING: u8 = 4;
/** A line of an answer did not fit: half an answer is worse than none. */
export const BROKEN: u8 = 8;


@unmanaged
export class Connection {
  state: u8;
  flags: u8;
  /** Which use of its number it is. */
  generation: u16;
  /** Of the peer, as it stands in memory. */
  address: u32;
  port: u16;
  /** How net is to close it. */
  detail: u8;
  /** Bytes that may still be sent. */
  credit: u32;
  /** Bytes of input that were taken, and not granted again yet. */
  owed: u32;
  /** Serial number, for the log. */
  id: u64;
  /** When something last moved. */
  active_ms: u64;
  /** By when AUTH must have come, or, once half-closed, all answers be out. */
  deadline_ms: u64;
  /** Bytes of frames, their length fields included. */
  read: u64;
  written: u64;

  get isLive(): bool {
    return this.state === GREETING || this.state === OPEN;
  }

  has(flag: u8): bool {
    return (this.flags & flag) !== 0;
  }
}
