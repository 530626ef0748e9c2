// SPDX-License-Identifier: Apache-2.0
// Checksums that the card takes over, in both directions and both interfaces, and what it may not take over.
import { beforeAll, describe, expect, it } from 'vitest';
import { type CardOptions, CSUM, DATA_VALID, GUEST_CSUM, NEEDS_CSUM } from './card.ts';
import { arp, checksum, ipv4, openChecksum, ping, readUdp, udp } from './frames.ts';
import { netModule, type NetModule, NetNode } from './node.ts';
import { CONSOLE_PORT, expectServed, line, pattern, PERFECT, scene, SECOND_US } from './support.ts';

const UDP_ECHO_PORT = 31338;
const BOTH = CSUM | GUEST_CSUM;
const INTERFACES = [
  ['modern', 2],
  ['legacy', 1],
] as const;

let built: NetModule;
beforeAll(async () => {
  built = await netModule();
}, 120_000);

const isIpv4 = (frame: Uint8Array): boolean => frame[12] === 8 && frame[13] === 0;

/** A node that has the peer's address, and what it answers to frames with these flags. */
function talk(options: CardOptions): { node: NetNode; ask: (flags: number, ...frames: Uint8Array[]) => Uint8Array[] } {
  const node = new NetNode(built, options);
  node.card.deliver(arp(1));
  node.run();
  const ask = (flags: number, ...frames: Uint8Array[]): Uint8Array[] => {
    const sent: Uint8Array[] = [];
    node.card.onFrame = (frame) => sent.push(frame);
    node.card.flags = () => flags;
    for (const frame of frames) {
      node.card.deliver(frame);
      node.run();
    }
    return sent;
  };
  return { node, ask };
}

function damaged(frame: Uint8Array, at: number): Buffer {
  const copy = Buffer.from(frame);
  copy.writeUInt8(copy.readUInt8(at) ^ 0x55, at);
  return copy;
}

const datagram = (data: Buffer): Buffer => udp({ from: 4000, to: UDP_ECHO_PORT, data });

describe.each(INTERFACES)('%s', (_name, version) => {
  const options = { version, slot: 3 };

  it.each([0, CSUM, GUEST_CSUM, BOTH])('offered %i: no more is agreed on, and both servers serve', (features) => {
    // The peer verifies every checksum that it reads.
    const all = scene(built, PERFECT, 1, { ...options, features: features | 0xffff_ffc0 });
    expect(all.node.card.agreed & ~0x20).toBe(features);
    expectServed(all);
    const sent = all.node.counter('tx_csum_offloaded');
    expect(sent).toBe(all.node.card.completed);
    if (features & CSUM) expect(sent).toBeGreaterThan(5);
    else expect(sent).toBe(0);
    expect(all.node.counter('rx_csum_offloaded')).toBe(0);
    expect(all.node.counter('bad_checksums')).toBe(0);
  });

  it('frames that never were on a wire, both ways, with loss', () => {
    const faults = { loss: 0.05, duplicate: 0.05, jitter_us: 3000 };
    const { node, wire, client } = scene(built, faults, 7, { ...options, features: BOTH });
    const deliver = node.card.deliver.bind(node.card);
    node.card.deliver = (frame) => deliver(isIpv4(frame) ? openChecksum(frame) : frame);
    node.card.flags = (frame) => (isIpv4(frame) ? NEEDS_CSUM : 0);
    const data = Buffer.concat(
      Array.from({ length: 200 }, (_, n) =>
        line(
          pattern(n + 1, n)
            .toString('latin1')
            .replace(/[^a-z]/g, 'x'),
        ),
      ),
    );
    const peer = client(CONSOLE_PORT, data);
    expect(wire.run(() => peer.receivedBytes === data.length, 60n * SECOND_US)).toBe(true);
    expect(peer.text).toEqual(data);
    expect(node.counter('bad_checksums')).toBe(0);
    expect(node.counter('rx_csum_offloaded')).toBeGreaterThan(50);
  });

  it.each([0, 1, 2, 3, 511, 512])('UDP of %i bytes', (size) => {
    const { node, ask } = talk({ ...options, features: BOTH });
    const data = pattern(size, size);
    const [answer] = ask(0, datagram(data)).map(readUdp);
    expect(answer?.data).toEqual(Buffer.concat([Buffer.from('ECHO:'), data]));
    expect(node.counter('tx_csum_offloaded')).toBe(1);
  });

  it.each([
    ['verified', GUEST_CSUM, DATA_VALID, 1],
    ['open', GUEST_CSUM, NEEDS_CSUM, 1],
    ['both', GUEST_CSUM, NEEDS_CSUM | DATA_VALID, 1],
    ['no flag', GUEST_CSUM, 0, 0],
    ['flags that mean something else', GUEST_CSUM, 0xfc, 0],
    ['verified, not agreed on', 0, DATA_VALID, 0],
    ['open, not agreed on', CSUM, NEEDS_CSUM, 0],
  ])('a wrong checksum, %s', (_case, features, flags, accepted) => {
    const { node, ask } = talk({ ...options, features });
    const wrong = damaged(datagram(Buffer.from('hello')), 40);
    expect(ask(flags, wrong)).toHaveLength(accepted);
    expect(node.counter('rx_csum_offloaded')).toBe(accepted);
    expect(node.counter('bad_checksums')).toBe(1 - accepted);
    // For that frame only.
    expect(ask(0, wrong)).toHaveLength(0);
    expect(node.counter('bad_checksums')).toBe(2 - accepted);
  });

  it('ICMP and IP headers are checked whatever the card says, and left to nobody', () => {
    const { node, ask } = talk({ ...options, features: BOTH });
    const request = ping(9, pattern(100, 9));
    expect(ask(DATA_VALID, damaged(request, 50), damaged(request, 24))).toHaveLength(0);
    expect(ask(DATA_VALID, damaged(datagram(Buffer.from('x')), 24))).toHaveLength(0);
    expect(node.counter('bad_checksums')).toBe(3);
    const [pong] = ask(0, request);
    expect(checksum(Buffer.from(pong ?? []).subarray(34, 14 + 20 + 108))).toBe(0);
    // The datagram's own checksum was the card's.
    expect([node.counter('rx_csum_offloaded'), node.counter('tx_csum_offloaded')]).toEqual([1, 0]);
  });
});

describe('what is not a whole segment', () => {
  const options = { version: 2, slot: 0, features: BOTH } as const;

  /** A datagram in two fragments. */
  function fragments(whole: Buffer): Buffer[] {
    const payload = whole.subarray(34, 14 + whole.readUInt16BE(16));
    return [payload.subarray(0, 64), payload.subarray(64)].map((part, n) => {
      const frame = ipv4(17, part);
      frame.writeUInt16BE(n === 0 ? 0x2000 : 8, 20);
      frame.writeUInt16BE(0, 24);
      frame.writeUInt16BE(checksum(frame.subarray(14, 34)), 24);
      return frame;
    });
  }

  it('is checked when it is put together from fragments, whatever flags they have', () => {
    const { node, ask } = talk(options);
    const whole = datagram(pattern(200, 3));
    expect(ask(DATA_VALID, ...fragments(whole))).toHaveLength(1);
    expect(ask(DATA_VALID, ...fragments(damaged(whole, 150)))).toHaveLength(0);
    expect(node.counter('rx_csum_offloaded')).toBe(0);
    expect(node.counter('bad_checksums')).toBe(1);
  });

  it.each([
    ['an IP header that is too short', 14, 0x44],
    ['an IP header beyond the frame', 14, 0x4f],
    ['version 6', 14, 0x65],
    ['a length beyond the frame', 16, 0x40],
    ['a length without a segment', 17, 21],
    ['another type', 12, 0x86],
    ['another protocol', 23, 99],
  ])('%s: is not verified', (_case, at, value) => {
    const { node, ask } = talk(options);
    const frame = datagram(Buffer.from('hello'));
    frame.writeUInt8(value, at);
    expect(ask(DATA_VALID, frame).filter((answer) => readUdp(answer) !== undefined)).toEqual([]);
    expect(node.counter('rx_csum_offloaded')).toBe(0);
  });
});

it('a card that completes nothing any more after a reset: the driver does', () => {
  const all = scene(built, PERFECT, 1, { version: 2, slot: 0, features: CSUM });
  const { card } = all.node;
  const honest = card.lie;
  card.lie = (id, length) => ({ id: id + 64, length, step: 1 });
  card.deliver(arp(1));
  all.node.run();
  card.lie = honest;
  card.features = 0;
  all.wait(2n * SECOND_US);
  expect(card.agreed).toBe(0x20);
  const before = card.completed;
  expectServed(all);
  const sent: Buffer[] = [];
  card.onFrame = (frame) => sent.push(Buffer.from(frame));
  const send = (data: Buffer): void => {
    card.deliver(datagram(data));
    all.node.run();
  };
  for (const size of [0, 7, 8, 3]) send(size === 3 ? Buffer.alloc(3) : pattern(size, 1));
  expect(sent.map((frame) => readUdp(frame)?.data.length)).toEqual([5, 12, 13, 8]);
  // With its own complement in the data a checksum is zero, which UDP writes as 0xffff.
  const field = sent[3]?.subarray(40, 42) ?? Buffer.alloc(2);
  send(Buffer.concat([Buffer.alloc(1), field]));
  expect(sent[4]?.readUInt16BE(40)).toBe(0xffff);
  expect(card.completed).toBe(before);
});
