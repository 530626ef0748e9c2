// SPDX-License-Identifier: Apache-2.0
// Servers that break the rules, or start again; and the self-test that the console asks for.
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { netModule, type NetModule, NetNode } from './node.ts';
import type { Peer } from './peer.ts';
import { ABORT, DATA, ENDED, GRANT, LOST, OPENED, REFUSED, RESET, SELF_TEST } from '../../sim/stream.ts';
import {
  CONSOLE_PORT,
  expectServed,
  frame,
  length,
  line,
  MODERN,
  pattern,
  scene,
  type Scene,
  SECOND_US,
  SECURE9P_PORT,
  tread,
  tversion,
} from './support.ts';

const CONNECTIONS = 40;

let built: NetModule;
beforeAll(async () => {
  built = await netModule();
}, 120_000);

describe('servers', () => {
  /** A client of each server, open. */
  function pair(all: Scene): { lines: Peer; frames: Peer } {
    const lines = all.client(CONSOLE_PORT, line('PING'));
    const frames = all.client(SECURE9P_PORT, tversion());
    expect(all.wire.run(() => lines.receivedBytes > 0 && frames.receivedBytes > 0, SECOND_US)).toBe(true);
    return { lines, frames };
  }

  it('a console beyond its credit loses that connection', () => {
    const all = scene(built);
    const { node, wire } = all;
    const { lines, frames } = pair(all);
    lines.window = 0;
    wire.run(() => false, SECOND_US / 100n);
    const [opened] = node.console.of(OPENED);
    if (opened === undefined) throw new Error('no connection');
    // No more than what may be written at all, whatever was granted meanwhile.
    for (let n = 0; n < 170; n++) node.console.send(opened, DATA, Buffer.alloc(256, 0x41));
    node.poke();
    expect(node.console.of(ENDED).map((r) => r.detail)).toEqual([REFUSED]);
    expect(node.counter('records_overrun')).toBe(1);
    wire.run(() => lines.state === 'reset', SECOND_US);
    expect(frames.state).toBe('open');
    expectServed(all);
  });

  it.each([
    ['a line that is too long', 'console', DATA, Buffer.alloc(257)],
    ['an answer that nobody asked for', 'ninedoor', DATA, frame(101, 1)],
    ['a grant to Secure9P', 'ninedoor', GRANT, length(1000)],
    ['a grant of no size', 'console', GRANT, Buffer.alloc(3)],
    ['a kind that is none', 'console', 99, Buffer.alloc(0)],
    ['OPENED the wrong way round', 'ninedoor', OPENED, Buffer.alloc(12)],
  ] as const)('%s ends that connection', (_name, server, kind, data) => {
    const all = scene(built);
    const { node, wire } = all;
    const peers = pair(all);
    const [opened] = node[server].of(OPENED);
    if (opened === undefined) throw new Error('no connection');
    node[server].send(opened, kind, data);
    node.poke();
    expect(node[server].of(ENDED).map((r) => r.detail)).toEqual([REFUSED]);
    expect(node.counter('records_overrun')).toBe(1);
    const [hurt, other] = server === 'console' ? [peers.lines, peers.frames] : [peers.frames, peers.lines];
    expect(wire.run(() => hurt.state === 'reset', SECOND_US)).toBe(true);
    expect(other.state).toBe('open');
    expectServed(all);
  });

  it('an answer that is longer than its request allows', () => {
    const all = scene(built);
    const { node, wire, client } = all;
    node.ninedoor.on = (r) => {
      if (r.kind === DATA) node.ninedoor.send(r, DATA, frame(117, 1, pattern(r.data[4] === 116 ? 2566 : 8, 1)));
    };
    const peer = client(SECURE9P_PORT, Buffer.concat([tversion(), tread(1, 2561)]));
    expect(wire.run(() => peer.state === 'reset', SECOND_US)).toBe(true);
    expect(node.counter('records_overrun')).toBe(1);
  });

  it('records for connections that are not, or of another generation', () => {
    const all = scene(built);
    const { node, wire, client } = all;
    const { lines } = pair(all);
    const [opened] = node.console.of(OPENED);
    if (opened === undefined) throw new Error('no connection');
    lines.reset();
    wire.run(() => false, SECOND_US / 10n);
    // The next one has the same number.
    const next = client(CONSOLE_PORT, line('PING'));
    wire.run(() => next.receivedBytes > 0, SECOND_US);
    expect(node.console.of(OPENED).at(-1)?.connection).toBe(opened.connection);
    const late = node.counter('records_late');
    node.console.send(opened, DATA, Buffer.from('secret of another'));
    node.console.send(opened, ENDED, Buffer.alloc(0), ABORT);
    for (const connection of [CONNECTIONS - 1, CONNECTIONS, 65535])
      node.console.send({ connection, generation: 1 }, DATA);
    // The one of the other server.
    node.ninedoor.send(node.console.of(OPENED).at(-1) ?? opened, ENDED);
    node.poke();
    wire.run(() => false, SECOND_US / 10n);
    expect(node.counter('records_late')).toBe(late + 6);
    expect(next.text).toEqual(line('PING'));
    expect(next.state).toBe('open');
  });

  it('RESET of one drops its connections, and tells it so', () => {
    const all = scene(built);
    const { node, wire } = all;
    const { lines, frames } = pair(all);
    node.console.send({ connection: 0, generation: 0 }, RESET, Buffer.alloc(8));
    node.poke();
    expect(wire.run(() => lines.state === 'reset', SECOND_US)).toBe(true);
    expect(node.console.of(ENDED).map((r) => r.detail)).toEqual([LOST]);
    expect(node.counter('ended_by_restart')).toBe(1);
    expect(frames.state).toBe('open');
    expectServed(all);
  });

  it('one that does not run delays nobody of the other', () => {
    const all = scene(built);
    const { node, wire, client } = all;
    const before = node.console.take.bind(node.console);
    node.console.take = () => 0;
    const lines = Array.from({ length: 20 }, (_, n) =>
      client(CONSOLE_PORT, Buffer.concat(Array.from({ length: 100 }, () => line(pattern(100, n).toString('hex'))))),
    );
    wire.run(() => false, 2n * SECOND_US);
    const frames = client(SECURE9P_PORT, tversion());
    expect(wire.run(() => frames.receivedBytes > 0, SECOND_US)).toBe(true);
    expect(node.counter('rings_full')).toBeGreaterThan(0);
    // When it is back, all is as if it had never been away.
    node.console.take = before;
    node.poke();
    const bytes = 100 * 204;
    expect(wire.run(() => lines.every((p) => p.receivedBytes === bytes), 20n * SECOND_US)).toBe(true);
  });

  it('garbage in the rings: no trap, no endless turn, and the other server goes on', () => {
    const record = fc.record({
      connection: fc.oneof(fc.nat({ max: 3 }), fc.nat({ max: 65535 })),
      kind: fc.nat({ max: 8 }),
      detail: fc.nat({ max: 5 }),
      data: fc.uint8Array({ maxLength: 300 }),
    });
    const garbage = fc.uint8Array({ maxLength: 200 });
    const index = fc.nat({ max: 2 ** 32 - 1 });
    const move = fc.oneof(record, garbage, fc.record({ tail: index, head: index }));
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom('console', 'ninedoor'), move), { maxLength: 30 }), (moves) => {
        const all = scene(built);
        const { node, wire, client } = all;
        client(CONSOLE_PORT, line('PING'));
        client(SECURE9P_PORT, tversion());
        wire.run(() => false, 20_000n);
        for (const [name, what] of moves) {
          const server = node[name];
          const generation = server.of(OPENED)[0]?.generation ?? 0;
          if (what instanceof Uint8Array) server.garble(what);
          else if ('tail' in what) server.setIndices(what.tail, what.head);
          else server.send({ connection: what.connection, generation }, what.kind, what.data, what.detail);
          node.poke();
        }
        wire.run(() => false, 20_000n);
        for (const server of [node.console, node.ninedoor]) {
          // What is left of a record may wait for its rest; a new instance begins with RESET.
          server.setIndices(0, 0);
          server.send({ connection: 0, generation: 0 }, RESET, Buffer.alloc(8));
        }
        node.poke();
        expectServed(all);
      }),
      { numRuns: 60, seed: 7 },
    );
  }, 60_000);
});

describe('restarts', () => {
  it('of net: RESET first, and nothing of before reaches anybody', () => {
    const all = scene(built);
    const { node, wire, client } = all;
    const lines = client(CONSOLE_PORT, line('PING'));
    wire.run(() => lines.receivedBytes > 0, SECOND_US);
    const [opened] = node.console.of(OPENED);
    if (opened === undefined) throw new Error('no connection');
    // What the console still says to the old instance lies in the ring when the new one starts.
    for (let n = 0; n < 5; n++) node.console.send(opened, DATA, Buffer.from('to nobody'));
    const next = new NetNode(built, MODERN, node.now_us, 2n, node);
    next.poke();
    expect(next.console.of(RESET).map((r) => r.data.readBigUInt64LE())).toEqual([2n]);
    expect(next.counter('records_late')).toBe(5);
    expect(next.counter('console_lines_out')).toBe(0);
  });

  it('of net while its ring is full: RESET comes as soon as there is room', () => {
    const all = scene(built);
    const { node, wire, client } = all;
    node.console.take = () => 0;
    for (let n = 0; n < 30; n++)
      client(CONSOLE_PORT, Buffer.concat(Array.from({ length: 20 }, () => line(pattern(120, n).toString('hex')))));
    wire.run(() => node.counter('rings_full') > 0, 5n * SECOND_US);
    const next = new NetNode(built, MODERN, node.now_us, 2n, node);
    next.poke();
    next.poke();
    const kinds = next.console.seen.map((r) => (r.kind === RESET ? r.data.readBigUInt64LE() : 0n));
    expect(kinds.filter((g) => g === 2n)).toHaveLength(1);
    expect(kinds.at(-1)).toBe(2n);
  });
});

describe('the self-test', () => {
  it('sends its beacons, and says what came of it', () => {
    const all = scene(built);
    const { node, wire } = all;
    const beacons: string[] = [];
    wire.listeners.push({
      tick: () => undefined,
      frame: (bytes) => {
        const packet = Buffer.from(bytes);
        if (packet.readUInt16BE(12) !== 0x800 || packet[23] !== 17) return;
        expect([packet.readUInt16BE(34), packet.readUInt16BE(36)]).toEqual([40_000, 31_338]);
        beacons.push(packet.subarray(42, 14 + packet.readUInt16BE(16)).toString());
      },
    });
    node.console.send({ connection: 0, generation: 0 }, SELF_TEST);
    node.poke();
    expect(node.counter('nettest_running')).toBe(1);
    wire.run(() => false, 16n * SECOND_US);
    expect(beacons).toEqual(Array.from({ length: 20 }, (_, n) => `COHESIX_NET_OK ${n}`));
    expect(node.counter('nettest_running')).toBe(0);
    // Done, and all beacons sent; nobody answered.
    expect(node.counter('nettest_last')).toBe(3);
    expect(node.counter('tcp_smoke_out_failures')).toBe(1);
  });
});
