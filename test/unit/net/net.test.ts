// The net domain's wasm in Node: driver and lwIP behind a card and a wire of the tests'.
import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { ACK, arp, NODE, ping, RST, tcp } from './frames.ts';
import { netModule, type NetModule, NetNode } from './node.ts';
import { Peer } from './peer.ts';
import { Wire } from './wire.ts';

const ECHO_PORT = 7;
const SMOKE_PORT = 31339;
const SECOND_US = 1_000_000n;
const PERFECT = { loss: 0, duplicate: 0, jitter_us: 0 };
const MODERN = { version: 2, slot: 0 } as const;
const RUNNING = 1;
const FAILED = 2;

let built: NetModule;
beforeAll(async () => {
  built = await netModule();
}, 120_000);

/** Bytes that do not repeat early. */
function pattern(bytes: number, seed: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(bytes / 32) }, (_, n) =>
    createHash('sha256').update(`${seed} ${n}`).digest(),
  );
  return Buffer.concat(blocks).subarray(0, bytes);
}

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
    expect(node.exports.cardState()).toBe(RUNNING);
    const [reply] = exchange(node, arp(1)).slice(-1);
    expect([...(reply ?? new Uint8Array()).subarray(20, 32)]).toEqual([0, 2, ...NODE.mac, ...NODE.ip]);
    const data = pattern(1000, 1);
    const [pong] = exchange(node, ping(77, data)).slice(-1);
    expect(pong?.[34]).toBe(0);
    expect(Buffer.from(pong ?? []).subarray(42)).toEqual(data);
  });

  it('a machine without a card', () => {
    const node = new NetNode(built, { version: 2, slot: 99 });
    expect(node.exports.cardState()).toBe(0);
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
    expect(node.exports.cardState()).toBe(FAILED);
    expect(node.exports.failures()).toBe(1n);
    // It must not touch memory any more.
    expect(node.card.resets).toBe(2);
    node.card.lie = honest;
    node.now_us += SECOND_US + SECOND_US / 2n;
    node.poke();
    expect(node.exports.cardState()).toBe(RUNNING);
    expect(exchange(node, arp(1))).toHaveLength(1);
  });

  it('a buffer that it does not have', () => {
    const node = new NetNode(built, MODERN);
    // Only frames that were sent are used with length 0; the driver has given one of 64 buffers.
    node.card.lie = (id, length) => ({ id: length === 0 ? 63 : id, length, step: 1 });
    exchange(node, arp(1), arp(1));
    expect(node.exports.cardState()).toBe(FAILED);
  });

  it.each([0, 11, 25, 2048])('a used length of %i bytes is a bad frame, no more', (length) => {
    const node = new NetNode(built, MODERN);
    const honest = node.card.lie;
    node.card.lie = (id) => ({ id, length, step: 1 });
    for (let n = 0; n < 100; n++) exchange(node, arp(1));
    expect(node.exports.badFrames()).toBe(100n);
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

  it.each([
    ['a perfect wire', PERFECT, 1],
    ['5 % loss', { loss: 0.05, duplicate: 0, jitter_us: 0 }, 2],
    ['duplicates', { loss: 0, duplicate: 0.2, jitter_us: 0 }, 3],
    ['reordering', { loss: 0, duplicate: 0, jitter_us: 20_000 }, 4],
    ['all of it', { loss: 0.03, duplicate: 0.1, jitter_us: 10_000 }, 5],
  ] as const)('echo over %s', (_name, faults, seed) => {
    const node = new NetNode(built, MODERN);
    const wire = new Wire(node, faults, seed);
    const data = pattern(60_000, seed);
    const peer = new Peer(5000, ECHO_PORT, data, wire.send);
    wire.listeners.push(peer);
    expect(wire.run(() => peer.state === 'closed', 300n * SECOND_US)).toBe(true);
    expect(Buffer.concat(peer.received).equals(data)).toBe(true);
  });

  it('32 clients at once', () => {
    const node = new NetNode(built, MODERN);
    const wire = new Wire(node, { loss: 0.01, duplicate: 0.01, jitter_us: 2000 }, 9);
    const peers = Array.from({ length: 32 }, (_, n) => new Peer(5000 + n, ECHO_PORT, pattern(8000, n), wire.send));
    wire.listeners.push(...peers);
    expect(wire.run(() => peers.every(({ state }) => state === 'closed'), 300n * SECOND_US)).toBe(true);
    peers.forEach((peer, n) => expect(Buffer.concat(peer.received).equals(pattern(8000, n)), `peer ${n}`).toBe(true));
  });

  it('a flood of SYNs delays nobody for long', () => {
    const node = new NetNode(built, MODERN);
    const wire = new Wire(node, PERFECT);
    for (let n = 0; n < 2000; n++) {
      const to = n % 2 === 0 ? ECHO_PORT : SMOKE_PORT;
      const empty = { acknowledgement: 0, window: 1000, data: Buffer.alloc(0) };
      node.card.deliver(tcp({ from: 10_000 + n, to, sequence: n, flags: 2, ...empty }));
      node.run();
    }
    const peer = new Peer(5000, ECHO_PORT, pattern(1000, 1), wire.send);
    wire.listeners.push(peer);
    expect(wire.run(() => peer.state === 'closed', 120n * SECOND_US)).toBe(true);
  });

  it('a reset in the middle frees the connection', () => {
    const node = new NetNode(built, MODERN);
    const wire = new Wire(node, PERFECT);
    for (let n = 0; n < 100; n++) {
      const peer = new Peer(5000 + n, ECHO_PORT, pattern(30_000, n), wire.send);
      wire.listeners.splice(0, wire.listeners.length, peer);
      expect(
        wire.run(() => peer.receivedBytes > 2000, 10n * SECOND_US),
        `peer ${n}`,
      ).toBe(true);
      wire.listeners.splice(0);
      wire.run(() => false, 5000n);
      const rest = { acknowledgement: 0, window: 0, data: Buffer.alloc(0) };
      wire.send(tcp({ from: 5000 + n, to: ECHO_PORT, sequence: peer.sequence, flags: RST | ACK, ...rest }));
      wire.run(() => false, 5000n);
    }
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
