// SPDX-License-Identifier: Apache-2.0
// Checksums of TCP and UDP that a card takes over: which frames have one, and what is written for the card before and in a frame
// (virtio 1.2, section 5.1.6). The IP header's checksum and those of other protocols are the stack's.

const ETHERNET: u32 = 14;
const IPV4: u32 = 0x0800;
const IP_MIN: u32 = 20;
/** In the frame: fields of the IP header. */
const ETHERTYPE: u32 = 12;
const TOTAL_LENGTH: u32 = 16;
const FRAGMENT: u32 = 20;
const PROTOCOL: u32 = 23;
const ADDRESSES: u32 = 26;
const MORE_AND_OFFSET: u32 = 0x3fff;

const TCP: u32 = 6;
const TCP_MIN: u32 = 20;
const TCP_FIELD: u32 = 16;
const UDP: u32 = 17;
const UDP_MIN: u32 = 8;
const UDP_FIELD: u32 = 6;

/** In the header before a frame. */
const FLAGS: u32 = 0;
const START: u32 = 6;
const OFFSET: u32 = 8;
const NEEDS_CHECKSUM: u8 = 1;
const DATA_VALID: u8 = 2;

// Of the frame that find() found: where the segment begins and ends, its protocol, and the field in the segment.
let start: u32 = 0;
let end: u32 = 0;
let protocol: u32 = 0;
let field: u32 = 0;


@inline
function word(at: u32): u32 {
  return bswap<u16>(load<u16>(at));
}

/** Whether the frame is a whole TCP segment or UDP datagram in IPv4: no fragment, and nothing that ends too early. */
function find(frame: u32, size: u32): bool {
  if (size < ETHERNET + IP_MIN || word(frame + ETHERTYPE) !== IPV4) return false;
  const first = load<u8>(frame + ETHERNET);
  const headerBytes = <u32>(first & 15) * 4;
  const total = word(frame + TOTAL_LENGTH);
  if (first >> 4 !== 4 || headerBytes < IP_MIN || total > size - ETHERNET) return false;
  if ((word(frame + FRAGMENT) & MORE_AND_OFFSET) !== 0) return false;
  protocol = load<u8>(frame + PROTOCOL);
  if (protocol !== TCP && protocol !== UDP) return false;
  field = protocol === TCP ? TCP_FIELD : UDP_FIELD;
  start = ETHERNET + headerBytes;
  end = ETHERNET + total;
  return total >= headerBytes + (protocol === TCP ? TCP_MIN : UDP_MIN);
}

/** Sum of `size` bytes as words, the last one filled up with a zero; at most 64 KiB. */
function sum(from: u32, size: u32): u32 {
  let total: u32 = 0;
  let at = from;
  for (const last = from + (size & ~1); at < last; at += 2) total += word(at);
  return size & 1 ? total + ((<u32>load<u8>(at)) << 8) : total;
}

function fold(total: u32): u32 {
  const once = (total & 0xffff) + (total >> 16);
  return (once & 0xffff) + (once >> 16);
}


@inline
function write(at: u32, value: u32): void {
  store<u16>(at, bswap<u16>(<u16>value));
}

/**
 * The stack has left the frame's checksum open, if it has one. `byCard`: the card adds it; the header before the frame, which was zero,
 * tells it where. Returns whether it was left to the card.
 */
export function complete(header: u32, frame: u32, size: u32, byCard: bool): bool {
  if (!find(frame, size)) return false;
  const pseudo = sum(frame + ADDRESSES, 8) + protocol + (end - start);
  const at = frame + start + field;
  // The card would add what follows the segment.
  if (byCard && end === size) {
    write(at, fold(pseudo));
    store<u8>(header + FLAGS, NEEDS_CHECKSUM);
    store<u16>(header + START, <u16>start);
    store<u16>(header + OFFSET, <u16>field);
    return true;
  }
  store<u16>(at, 0);
  const value = ~fold(pseudo + sum(frame + start, end - start)) & 0xffff;
  write(at, value === 0 && protocol === UDP ? 0xffff : value);
  return false;
}

/**
 * Whether the card says of a received frame that its checksum was verified, or that it never left the machine and is not complete. It says
 * so of the one frame only: a fragment's checksum is that of all fragments. Nothing else of the header is used.
 */
export function isVerified(header: u32, frame: u32, size: u32): bool {
  return (load<u8>(header + FLAGS) & (NEEDS_CHECKSUM | DATA_VALID)) !== 0 && find(frame, size);
}
