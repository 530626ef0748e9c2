// SPDX-License-Identifier: Apache-2.0
/** A DHCP server of the tests, on the wire. */
import { checksum, ethernet, NODE, PEER } from './frames.ts';

const COOKIE = [0x63, 0x82, 0x53, 0x63];
const OFFER = 2;
const ACK = 5;
const NAK = 6;
const TYPE_NAMES: Readonly<Record<number, string>> = { 1: 'discover', 3: 'request', 4: 'decline', 7: 'release' };

export class DhcpServer {
  readonly asked: string[] = [];
  address = [10, 0, 2, 77];
  lease_s = 120;
  /** What it does instead of answering as it should. */
  mood: 'helpful' | 'silent' | 'refusing' | 'garbling' = 'helpful';
  private readonly send: (frame: Uint8Array) => void;

  constructor(send: (frame: Uint8Array) => void) {
    this.send = send;
  }

  tick(): void {
    return undefined;
  }

  frame(bytes: Uint8Array): void {
    const packet = Buffer.from(bytes);
    if (packet.readUInt16BE(12) !== 0x800 || packet[23] !== 17 || packet.readUInt16BE(36) !== 67) return;
    const message = packet.subarray(42);
    const type = optionsOf(message).get(53)?.[0] ?? 0;
    this.asked.push(TYPE_NAMES[type] ?? String(type));
    if (this.mood === 'silent') return;
    if (type === 1) this.reply(message, OFFER);
    else if (type === 3) this.reply(message, this.mood === 'refusing' ? NAK : ACK);
  }

  private reply(request: Buffer, type: number): void {
    const lease = Buffer.alloc(4);
    lease.writeUInt32BE(this.lease_s);
    const options = [
      [53, 1, type],
      [54, 4, ...PEER.ip],
      [51, 4, ...lease],
      [1, 4, 255, 255, 255, 0],
      [3, 4, ...PEER.ip],
      [255],
    ];
    const head = Buffer.alloc(236);
    head.set([2, 1, 6, 0]);
    request.copy(head, 4, 4, 8);
    head.set(this.address, 16);
    head.set(PEER.ip, 20);
    head.set(NODE.mac, 28);
    let message = Buffer.concat([head, Buffer.from(COOKIE), Buffer.from(options.flat())]);
    if (this.mood === 'garbling') {
      message = Buffer.from(message);
      // A lease option that goes beyond the end of the message.
      message[240 + 3 + 6 + 1] = 250;
    }
    this.send(datagram(message));
  }
}

function optionsOf(message: Buffer): Map<number, Buffer> {
  const options = new Map<number, Buffer>();
  for (let at = 240; at + 1 < message.length && message[at] !== 255;) {
    if (message[at] === 0) {
      at += 1;
      continue;
    }
    const size = message[at + 1] ?? 0;
    options.set(message[at] ?? 0, message.subarray(at + 2, at + 2 + size));
    at += 2 + size;
  }
  return options;
}

/** From the server's port to the client's, to all. */
function datagram(message: Uint8Array): Uint8Array {
  const udp = Buffer.alloc(8);
  udp.writeUInt16BE(67, 0);
  udp.writeUInt16BE(68, 2);
  udp.writeUInt16BE(8 + message.length, 4);
  const ip = Buffer.from([0x45, 0, 0, 0, 0, 1, 0, 0, 64, 17, 0, 0, ...PEER.ip, 255, 255, 255, 255]);
  ip.writeUInt16BE(28 + message.length, 2);
  ip.writeUInt16BE(checksum(ip), 10);
  return ethernet(0x800, Buffer.concat([ip, udp, message]), [255, 255, 255, 255, 255, 255]);
}
