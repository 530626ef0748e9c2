// SPDX-License-Identifier: Apache-2.0
// The net domain as it ships, except that it faults when it is about to send data from the port of the self-test's probe: whoever
// connects to that port ends it in the middle of what it does for all other connections.
import * as manifest from '../../../../../generated/manifest';
import * as net from '../../../../../domains/net/index';

/** Source port and flags in a frame with TCP over IPv4 without options. */
const SOURCE_PORT_AT: u32 = 34;
const FLAGS_AT: u32 = 47;
const PUSH: u8 = 8;

let buffer: u32 = 0;

export function transmit_buffer(size: u32): u32 {
  buffer = net.transmit_buffer(size);
  return buffer;
}

export function transmit_commit(size: u32): void {
  if (size > FLAGS_AT && (load<u8>(buffer, FLAGS_AT) & PUSH) !== 0) {
    if (bswap<u16>(load<u16>(buffer, SOURCE_PORT_AT)) === manifest.NETWORK_TCP_SMOKE_PORT) unreachable();
  }
  net.transmit_commit(size);
}

export function start(): void {
  net.start();
}

export function turn(): void {
  net.turn();
}
