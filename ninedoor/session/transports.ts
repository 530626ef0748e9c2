// SPDX-License-Identifier: Apache-2.0
// How clients reach the server, and what follows from it. The numbers are those of sessionOpen (index.ts).

/** A test or a tool in Node. */
export const HOST: u32 = 0;
/** A channel between protection domains. */
export const CHANNEL: u32 = 1;
/** The network. */
export const TCP: u32 = 2;

/** Whether everybody must show a ticket: the manifest's `auth.queen_ticket` is about consoles only. */
export function alwaysNeedsTicket(transport: u32): bool {
  return transport === TCP;
}
