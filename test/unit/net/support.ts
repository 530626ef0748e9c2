// SPDX-License-Identifier: Apache-2.0
/** What the tests of connections share: bytes, frames of both protocols, and a node with a wire and echoing servers. */
import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import type { CardOptions } from './card.ts';
import { type NetModule, NetNode } from './node.ts';
import { Peer } from './peer.ts';
import { echoFrames, echoLines } from './server.ts';
import { type Faults, Wire } from './wire.ts';

export const CONSOLE_PORT = 31337;
export const SECURE9P_PORT = 564;
export const SMOKE_PORT = 31339;
export const SECOND_US = 1_000_000n;
export const PERFECT: Faults = { loss: 0, duplicate: 0, jitter_us: 0 };
export const MODERN = { version: 2, slot: 0 } as const;

/** Bytes that do not repeat early. */
export function pattern(bytes: number, seed: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(bytes / 32) }, (_, n) =>
    createHash('sha256').update(`${seed} ${n}`).digest(),
  );
  return Buffer.concat(blocks).subarray(0, bytes);
}

/** A console frame: length field and line. */
export function line(text: string | Buffer): Buffer {
  const body = Buffer.from(text);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(4 + body.length);
  return Buffer.concat([length, body]);
}

/** A 9P frame of any type. */
export function frame(type: number, tag: number, body: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(7);
  head.writeUInt32LE(7 + body.length, 0);
  head.writeUInt8(type, 4);
  head.writeUInt16LE(tag, 5);
  return Buffer.concat([head, body]);
}

export function tversion(tag = 0xffff, text = '9P2000.L'): Buffer {
  const version = Buffer.from(text);
  const body = Buffer.alloc(6);
  body.writeUInt32LE(8192, 0);
  body.writeUInt16LE(version.length, 4);
  return frame(100, tag, Buffer.concat([body, version]));
}

export function tread(tag: number, count: number): Buffer {
  const body = Buffer.alloc(16);
  body.writeUInt32LE(count, 12);
  return frame(116, tag, body);
}

export interface Scene {
  node: NetNode;
  wire: Wire;
  /** A client that is on the wire. */
  client: (port: number, data?: Buffer, from?: number) => Peer;
  /** Lets time pass. */
  wait: (us: bigint) => void;
}

export function scene(built: NetModule, faults: Faults = PERFECT, seed = 1, options: CardOptions = MODERN): Scene {
  const node = new NetNode(built, options);
  echoLines(node.console);
  echoFrames(node.ninedoor);
  const wire = new Wire(node, faults, seed);
  let nextPort = 5000;
  return {
    node,
    wire,
    client: (port, data = Buffer.alloc(0), from = nextPort++) => {
      const peer = new Peer(from, port, data, wire.send).hold();
      wire.listeners.push(peer);
      return peer;
    },
    wait: (us) => {
      wire.run(() => false, us);
    },
  };
}

/** A length field alone. */
export function length(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** A client is still served as if nothing else were. */
export function expectServed({ wire, client }: Scene): void {
  const ping = line('PING');
  for (const [port, data] of [
    [CONSOLE_PORT, ping],
    [SECURE9P_PORT, tversion()],
  ] as const) {
    const good = client(port, data);
    expect(wire.run(() => good.receivedBytes === data.length, SECOND_US)).toBe(true);
    expect(good.text).toEqual(data);
    good.finish();
    expect(wire.run(() => good.state === 'closed', 5n * SECOND_US)).toBe(true);
  }
}
