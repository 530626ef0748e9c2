// SPDX-License-Identifier: Apache-2.0
// The session with NineDoor that somebody at a console has, or has not: in one role, with fids of its own. login.ts
// begins and ends it.
//
//   Attachment   handle u64, 0: none · number u64 · lastFid u32 · role u8 · hasTicket bool

@unmanaged
export class Attachment {
  /** NineDoor's, 0: nobody has attached. */
  handle: u64;
  /** Serial number, for the log. */
  number: u64;
  private lastFid: u32;
  role: u8;
  /** Scopes and quotas may apply. */
  hasTicket: bool;

  begin(handle: u64, number: u64, role: u32, hasTicket: bool): void {
    this.handle = handle;
    this.number = number;
    this.lastFid = 0;
    this.role = <u8>role;
    this.hasTicket = hasTicket;
  }

  /** A fid that was never used in this session: in the dialect of the older codec none is ever used again. */
  nextFid(): u32 {
    return ++this.lastFid;
  }
}
