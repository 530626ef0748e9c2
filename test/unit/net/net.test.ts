// SPDX-License-Identifier: Apache-2.0
// The net domain's wasm in Node: driver and lwIP behind a card and a wire of the tests'.
import { beforeAll, describe, expect, it } from 'vitest';
import { arp, NODE, ping, SYN, tcp } from './frames.ts';
import { netModule, type NetModule, NetNode } from './node.ts';
import { Peer } from './peer.ts';
import {
  CONSOLE_PORT,
  line,
  MODERN,
  pattern,
  PERFECT,
  scene,
  SECOND_US,
  SECURE9P_PORT,
  SMOKE_PORT,
} from './support.ts';
import { Wire } from './wire.ts';

const RUNNING = 1;
const FAILED = 2;

let built: NetModule;
beforeAll(async () => {
  built = await netModule();
}, 120_000);

/** Frames that the node sends while `send` arrives and a little later. */
function exchange(node: NetNode, ...send: Uint8Array[]): Uint8Array[] {
  const sent: Uint8Array[] = [];
  node.card.onFrame = (frame) => sent.push(frame);
  for (const frame of send) {
    node.card.deliver(frame);
    node.run();
  }
  return sent;
}

describe('the card', () => {
  it.each([
    ['modern', { version: 2, slot: 0 }],
    ['modern in the last slot', { version: 2, slot: 31 }],
    ['legacy', { version: 1, slot: 31 }],
    ['legacy in the middle', { version: 1, slot: 13 }],
  ] as const)('%s: ARP and ping are answered', (_name, options) => {
    const node = new NetNode(built, options);
    expect(node.counter('card_state')).toBe(RUNNING);
    const [reply] = exchange(node, arp(1)).slice(-1);
    expect([...(reply ?? new Uint8Array()).subarray(20, 32)]).toEqual([0, 2, ...NODE.mac, ...NODE.ip]);
    const data = pattern(1000, 1);
    const [pong] = exchange(node, ping(77, data)).slice(-1);
    expect(pong?.[34]).toBe(0);
    expect(Buffer.from(pong ?? []).subarray(42)).toEqual(data);
  });

  it('a machine without a card', () => {
    const node = new NetNode(built, { version: 2, slot: 99 });
    expect(node.counter('card_state')).toBe(0);
    node.poke();
  });

  it.each([
    ['a descriptor that does not exist', (id: number, length: number) => ({ id: id + 64, length, step: 1 })],
    ['a huge descriptor', (_id: number, length: number) => ({ id: 0xffff_ffff, length, step: 1 })],
    ['a length beyond the buffer', (id: number) => ({ id, length: 2049, step: 1 })],
    ['the largest length', (id: number) => ({ id, length: 0xffff_ffff, step: 1 })],
    ['an index far ahead', (id: number, length: number) => ({ id, length, step: 65 })],
    ['an index far behind', (id: number, length: number) => ({ id, length, step: 0xffff })],
  ])('%s: the card is reset, and works again a second later', (_name, lie) => {
    const node = new NetNode(built, MODERN);
    const honest = node.card.lie;
    node.card.lie = lie;
    exchange(node, arp(1));
    expect(node.counter('card_state')).toBe(FAILED);
    expect(node.counter('card_failures')).toBe(1);
    // It must not touch memory any more.
    expect(node.card.resets).toBe(2);
    node.card.lie = honest;
    node.now_us += SECOND_US + SECOND_US / 2n;
    node.poke();
    expect(node.counter('card_state')).toBe(RUNNING);
    expect(exchange(node, arp(1))).toHaveLength(1);
  });

  it('a buffer that it does not have', () => {
    const node = new NetNode(built, MODERN);
    // Only frames that were sent are used with length 0; the driver has given one of 64 buffers.
    node.card.lie = (id, length) => ({ id: length === 0 ? 63 : id, length, step: 1 });
    exchange(node, arp(1), arp(1));
    expect(node.counter('card_state')).toBe(FAILED);
  });

  it.each([0, 11, 25, 2048])('a used length of %i bytes is a bad frame, no more', (length) => {
    const node = new NetNode(built, MODERN);
    const honest = node.card.lie;
    node.card.lie = (id) => ({ id, length, step: 1 });
    for (let n = 0; n < 100; n++) exchange(node, arp(1));
    expect(node.counter('dropped_bad_frame')).toBe(100);
    node.card.lie = honest;
    expect(exchange(node, arp(1))).toHaveLength(1);
  });
});

describe('TCP', () => {
  it('the smoke port says ok and closes', () => {
    const node = new NetNode(built, MODERN);
    const wire = new Wire(node, PERFECT);
    const peer = new Peer(5000, SMOKE_PORT, Buffer.alloc(0), wire.send);
    wire.listeners.push(peer);
    expect(wire.run(() => peer.state === 'closed', 5n * SECOND_US)).toBe(true);
    expect(Buffer.concat(peer.received).toString()).toBe('ok\n');
  });

  it('a flood of SYNs keeps nobody out', () => {
    const { node, wire, client } = scene(built);
    // Two thousand a second for five seconds, to all ports; clients come meanwhile.
    const peers: Peer[] = [];
    for (let n = 0; n < 10_000; n++) {
      const to = [CONSOLE_PORT, SECURE9P_PORT, SMOKE_PORT][n % 3] ?? 0;
      const empty = { acknowledgement: 0, window: 1000, data: Buffer.alloc(0) };
      wire.send(tcp({ from: 10_000 + n, to, sequence: n, flags: SYN, ...empty }));
      if (n % 2 === 0) continue;
      wire.run(() => false, 1000n);
      if (n % 1000 === 1) peers.push(client(CONSOLE_PORT, line(`PING ${n}`)));
    }
    expect(wire.run(() => peers.every((peer) => peer.receivedBytes > 0), SECOND_US / 10n)).toBe(true);
    expect(node.counter('dropped_half_open')).toBeGreaterThan(9000);
    // Each of them needed its SYN only once.
    expect(peers.map((peer) => peer.tries)).toEqual(peers.map(() => 1));
  });

  it('first sequence numbers differ from connection to connection and from start to start', () => {
    const numbers = new Set<number>();
    for (let n = 0; n < 20; n++) {
      const node = new NetNode(built, MODERN, BigInt(n));
      const wire = new Wire(node, PERFECT);
      const peers = [5000, 5001].map((port) => new Peer(port, SMOKE_PORT, Buffer.alloc(0), wire.send));
      wire.listeners.push(...peers);
      wire.run(() => peers.every(({ state }) => state === 'closed'), SECOND_US);
      for (const { isn } of peers) numbers.add(isn);
    }
    expect(numbers.size).toBe(40);
  });
});
