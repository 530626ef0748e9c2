// SPDX-License-Identifier: Apache-2.0
/** Ethernet, ARP, IPv4, ICMP and TCP as the tests' peer writes and reads them. */

export const NODE = { mac: [0x52, 0x55, 0x00, 0xd1, 0x55, 0x01], ip: [10, 0, 2, 15] };
export const PEER = { mac: [0x52, 0x55, 0x0a, 0x00, 0x02, 0x02], ip: [10, 0, 2, 2] };

export function checksum(...parts: Uint8Array[]): number {
  const bytes = Buffer.concat(parts);
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

export function ethernet(type: number, payload: Uint8Array, to: readonly number[] = NODE.mac): Buffer {
  const frame = Buffer.concat([Buffer.from([...to, ...PEER.mac, type >> 8, type & 0xff]), payload]);
  return frame.length >= 60 ? frame : Buffer.concat([frame, Buffer.alloc(60 - frame.length)]);
}

export function arp(operation: 1 | 2): Buffer {
  const head = [0, 1, 8, 0, 6, 4, 0, operation, ...PEER.mac, ...PEER.ip];
  const target = operation === 1 ? [0, 0, 0, 0, 0, 0] : NODE.mac;
  const to = operation === 1 ? [255, 255, 255, 255, 255, 255] : NODE.mac;
  return ethernet(0x806, Buffer.from([...head, ...target, ...NODE.ip]), to);
}

export function ipv4(protocol: number, payload: Uint8Array): Buffer {
  const head = Buffer.from([0x45, 0, 0, 0, 0, 1, 0, 0, 64, protocol, 0, 0, ...PEER.ip, ...NODE.ip]);
  head.writeUInt16BE(20 + payload.length, 2);
  head.writeUInt16BE(checksum(head), 10);
  return ethernet(0x800, Buffer.concat([head, payload]));
}

export function ping(id: number, data: Uint8Array): Buffer {
  const message = Buffer.concat([Buffer.from([8, 0, 0, 0, id >> 8, id & 0xff, 0, 1]), data]);
  message.writeUInt16BE(checksum(message), 2);
  return ipv4(1, message);
}

export interface Segment {
  from: number;
  to: number;
  sequence: number;
  acknowledgement: number;
  flags: number;
  window: number;
  data: Buffer;
}

export const FIN = 1;
export const SYN = 2;
export const RST = 4;
export const ACK = 16;

function pseudoHeader(length: number, from: readonly number[], to: readonly number[], protocol: number): Buffer {
  return Buffer.from([...from, ...to, 0, protocol, length >> 8, length & 0xff]);
}

export function tcp({ from, to, sequence, acknowledgement, flags, window, data }: Segment): Buffer {
  const head = Buffer.alloc(20);
  head.writeUInt16BE(from, 0);
  head.writeUInt16BE(to, 2);
  head.writeUInt32BE(sequence >>> 0, 4);
  head.writeUInt32BE(acknowledgement >>> 0, 8);
  head.writeUInt16BE(0x5000 | flags, 12);
  head.writeUInt16BE(window, 14);
  head.writeUInt16BE(checksum(pseudoHeader(20 + data.length, PEER.ip, NODE.ip, 6), head, data), 16);
  return ipv4(6, Buffer.concat([head, data]));
}

export interface Datagram {
  from: number;
  to: number;
  data: Buffer;
}

export function udp({ from, to, data }: Datagram): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16BE(from, 0);
  head.writeUInt16BE(to, 2);
  head.writeUInt16BE(8 + data.length, 4);
  head.writeUInt16BE(checksum(pseudoHeader(8 + data.length, PEER.ip, NODE.ip, 17), head, data) || 0xffff, 6);
  return ipv4(17, Buffer.concat([head, data]));
}

/** The UDP datagram in a frame of the node, with its checksums verified; undefined for other frames. */
export function readUdp(bytes: Uint8Array): Datagram | undefined {
  const frame = Buffer.from(bytes);
  if (frame.readUInt16BE(12) !== 0x800 || frame[23] !== 17) return undefined;
  const all = frame.subarray(34, 14 + frame.readUInt16BE(16));
  if (checksum(frame.subarray(14, 34)) !== 0) throw new Error('bad IP checksum');
  if (all.readUInt16BE(6) === 0) throw new Error('no UDP checksum');
  if (checksum(pseudoHeader(all.length, NODE.ip, PEER.ip, 17), all) !== 0) throw new Error('bad UDP checksum');
  return { from: all.readUInt16BE(0), to: all.readUInt16BE(2), data: all.subarray(8) };
}

/** Puts the sum of the pseudo-header in place of the checksum: what a frame has that never was on a wire. */
export function openChecksum(bytes: Uint8Array): Buffer {
  const frame = Buffer.from(bytes);
  const protocol = frame[23] ?? 0;
  const size = frame.readUInt16BE(16) - 20;
  const sum = ~checksum(pseudoHeader(size, [...frame.subarray(26, 30)], [...frame.subarray(30, 34)], protocol));
  frame.writeUInt16BE(sum & 0xffff, protocol === 6 ? 50 : 40);
  return frame;
}

/** The TCP segment in a frame of the node, with its checksums verified; undefined for other frames. */
export function readTcp(bytes: Uint8Array): Segment | undefined {
  const frame = Buffer.from(bytes);
  if (frame.readUInt16BE(12) !== 0x800 || frame[23] !== 6) return undefined;
  const total = frame.readUInt16BE(16);
  const segment = frame.subarray(34, 14 + total);
  if (checksum(frame.subarray(14, 34)) !== 0) throw new Error('bad IP checksum');
  if (checksum(pseudoHeader(segment.length, NODE.ip, PEER.ip, 6), segment) !== 0) throw new Error('bad TCP checksum');
  const offset = (segment.readUInt8(12) >> 4) * 4;
  return {
    from: segment.readUInt16BE(0),
    to: segment.readUInt16BE(2),
    sequence: segment.readUInt32BE(4),
    acknowledgement: segment.readUInt32BE(8),
    flags: segment.readUInt8(13),
    window: segment.readUInt16BE(14),
    data: segment.subarray(offset),
  };
}
