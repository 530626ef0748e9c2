// SPDX-License-Identifier: Apache-2.0
/** A packet capture of a 9P conversation over TCP, for dissectors: raw IPv4, one segment a frame. */
import type { Exchange } from './exchanges.ts';

const PORT_9P = 564;
const CLIENT_PORT = 40_000;
const RAW_IP = 101;

function packet(fromClient: boolean, sequence: number, acknowledged: number, data: Buffer): Buffer {
  const ip = Buffer.alloc(20);
  ip.writeUInt8(0x45, 0);
  ip.writeUInt16BE(40 + data.length, 2);
  ip.writeUInt8(64, 8);
  ip.writeUInt8(6, 9);
  ip.writeUInt32BE(fromClient ? 0x0a00_0001 : 0x0a00_0002, 12);
  ip.writeUInt32BE(fromClient ? 0x0a00_0002 : 0x0a00_0001, 16);
  const tcp = Buffer.alloc(20);
  tcp.writeUInt16BE(fromClient ? CLIENT_PORT : PORT_9P, 0);
  tcp.writeUInt16BE(fromClient ? PORT_9P : CLIENT_PORT, 2);
  tcp.writeUInt32BE(sequence, 4);
  tcp.writeUInt32BE(acknowledged, 8);
  tcp.writeUInt8(0x50, 12);
  tcp.writeUInt8(0x18, 13);
  tcp.writeUInt16BE(0xffff, 14);
  const body = Buffer.concat([ip, tcp, data]);
  const head = Buffer.alloc(16);
  head.writeUInt32LE(body.length, 8);
  head.writeUInt32LE(body.length, 12);
  return Buffer.concat([head, body]);
}

export function capture(exchanges: readonly Exchange[]): Buffer {
  const head = Buffer.alloc(24);
  head.writeUInt32LE(0xa1b2_c3d4, 0);
  head.writeUInt16LE(2, 4);
  head.writeUInt16LE(4, 6);
  head.writeUInt32LE(262_144, 16);
  head.writeUInt32LE(RAW_IP, 20);
  const parts: Buffer[] = [head];
  let [client, server] = [1, 1];
  for (const { request, reply } of exchanges) {
    parts.push(packet(true, client, server, request));
    client += request.length;
    parts.push(packet(false, server, client, reply));
    server += reply.length;
  }
  return Buffer.concat(parts);
}
