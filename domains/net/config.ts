// SPDX-License-Identifier: Apache-2.0
// Addresses of the manifest as words whose first byte is the lowest. The compiler has checked what is written there.
import * as manifest from '../../generated/manifest';

const DOT: u32 = 0x2e;
const ZERO: u32 = 0x30;

/** An IPv4 address in dotted form; 0 for the empty text. */
function parse(text: string): u32 {
  let word: u32 = 0;
  let part: u32 = 0;
  let shift: u32 = 0;
  for (let i = 0; i < text.length; i++) {
    const c = <u32>text.charCodeAt(i);
    if (c === DOT) {
      word |= part << shift;
      part = 0;
      shift += 8;
    } else part = part * 10 + (c - ZERO);
  }
  return word | (part << shift);
}

export function isDynamic(): bool {
  return manifest.NETWORK_MODE === 'dhcp';
}

export function address(): u32 {
  return parse(manifest.NETWORK_ADDRESS);
}

export function netmask(): u32 {
  return bswap<u32>(u32.MAX_VALUE << (32 - <u32>manifest.NETWORK_PREFIX_LEN));
}

export function gateway(): u32 {
  return parse(manifest.NETWORK_GATEWAY);
}
