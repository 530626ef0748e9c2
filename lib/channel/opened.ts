// SPDX-License-Identifier: Apache-2.0
// What net tells of a connection that it passes on: the data of OPENED (stream.ts).
//
//   Opened   +0 address u32 · +4 port u16 · +8 ageMs u32      address: lowest byte first

@unmanaged
export class Opened {
  address: u32;
  port: u16;
  /** Since the connection was accepted. */
  ageMs: u32;
}
