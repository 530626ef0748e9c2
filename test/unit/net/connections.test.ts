// SPDX-License-Identifier: Apache-2.0
// Connections of the net domain: what the console and NineDoor see of them, and what clients and servers that break the rules can do.
import { beforeAll, describe, expect, it } from 'vitest';
import { netModule, type NetModule } from './node.ts';
import { BY_PEER, DATA, ENDED, OPENED, RESET } from '../../sim/stream.ts';
import { CONSOLE_PORT, frame, line, pattern, scene, SECOND_US, SECURE9P_PORT, tversion } from './support.ts';

let built: NetModule;
beforeAll(async () => {
  built = await netModule();
}, 120_000);

describe('the first frame tells the protocol', () => {
  it.each([
    ['a line', CONSOLE_PORT, line('AUTH changeme'), 'console'],
    ['an empty line', CONSOLE_PORT, line(''), 'console'],
    ['a line of two bytes', CONSOLE_PORT, line('dd'), 'console'],
    ['a line that begins as Tversion', CONSOLE_PORT, line('dabc'), 'console'],
    ['Tversion', CONSOLE_PORT, tversion(), 'ninedoor'],
    ['Tversion with a tag, as clients of the older codec send it', CONSOLE_PORT, tversion(1), 'ninedoor'],
    ['Tversion with a tag of two letters', CONSOLE_PORT, tversion(0x6161), 'ninedoor'],
    ['Tversion with a tag, too short', CONSOLE_PORT, frame(100, 1, Buffer.from('xx')), 'console'],
    ['a line that begins as Tversion, and is as long', CONSOLE_PORT, line('daa234567890123456789'), 'console'],
    [
      'Tversion with a tag, of another length',
      CONSOLE_PORT,
      Buffer.concat([tversion(1), Buffer.of(0)]).fill(22, 0, 1),
      'console',
    ],
    ['Tversion with a tag, of another protocol', CONSOLE_PORT, tversion(1, 'HTTP/1.1'), 'console'],
    ['Tversion on the other port', SECURE9P_PORT, tversion(), 'ninedoor'],
    ['a line on the port of 9P', SECURE9P_PORT, line('AUTH changeme'), 'ninedoor'],
  ] as const)('%s', (_name, port, data, server) => {
    const { node, wire, client } = scene(built);
    const peer = client(port, data);
    expect(wire.run(() => peer.receivedBytes === data.length, 2n * SECOND_US)).toBe(true);
    expect(peer.text).toEqual(data);
    const other = server === 'console' ? node.ninedoor : node.console;
    expect(other.seen.map(({ kind }) => kind)).toEqual([RESET]);
    const [opened] = node[server].of(OPENED);
    expect([...(opened?.data.subarray(0, 8) ?? [])]).toEqual([10, 0, 2, 2, peer.port & 0xff, peer.port >> 8, 0, 0]);
    peer.finish();
    expect(wire.run(() => peer.state === 'closed', 5n * SECOND_US)).toBe(true);
    expect(node[server].seen.map(({ kind, detail }) => [kind, detail])).toEqual([
      [RESET, 0],
      [OPENED, 0],
      [DATA, 0],
      [ENDED, BY_PEER],
    ]);
  });
});

describe('in turn', () => {
  it.each([
    ['lines', CONSOLE_PORT, line('PING'), line('x'.repeat(40)), 40],
    ['frames', SECURE9P_PORT, tversion(), frame(118, 1, Buffer.alloc(40)), 200],
  ] as const)('%s of one that has many wait for those of all others', (name, port, first, one, many) => {
    const { node, wire, client, wait } = scene(built);
    const peers = Array.from({ length: 6 }, () => client(port, first));
    expect(wire.run(() => peers.every((peer) => peer.receivedBytes > 0), SECOND_US)).toBe(true);
    const server = name === 'lines' ? node.console : node.ninedoor;
    const before = server.of(DATA).length;
    peers.forEach((peer, n) => peer.write(n === 0 ? Buffer.concat(Array.from({ length: many }, () => one)) : one));
    wait(SECOND_US / 2n);
    const served = server.of(DATA).slice(before);
    const busiest = server.of(OPENED).find((r) => r.data.readUInt16LE(4) === peers[0]?.port)?.connection;
    expect(served).toHaveLength(many + 5);
    // Each of the others is served before the busy one is served twice.
    expect(served.slice(0, 6).filter((r) => r.connection === busiest)).toHaveLength(1);
  });

  it('answers of a turn leave in one segment', () => {
    const { node, wire, client, wait } = scene(built);
    const peer = client(SECURE9P_PORT, tversion());
    wire.run(() => peer.receivedBytes > 0, SECOND_US);
    wait(SECOND_US / 10n);
    const before = node.counter('tx_pkts');
    peer.write(Buffer.concat(Array.from({ length: 12 }, (_, n) => frame(120, n, Buffer.alloc(4)))));
    wire.run(() => peer.receivedBytes === tversion().length + 12 * 11, SECOND_US);
    expect(node.counter('tx_pkts') - before).toBe(1);
  });
});

it('a server is signalled once for all that a turn wrote, and only then', () => {
  const { node, wire, client, wait } = scene(built);
  const peers = Array.from({ length: 3 }, () => client(CONSOLE_PORT));
  wait(SECOND_US / 10n);
  node.signals.length = 0;
  peers.forEach((peer, n) => peer.write(Buffer.concat([line(`first of ${n}`), line('second')])));
  expect(wire.run(() => peers.every((peer) => peer.receivedBytes > 0), SECOND_US)).toBe(true);
  wait(SECOND_US / 10n);
  // OPENED and two lines of each of three connections.
  expect(node.console.seen).toHaveLength(1 + 3 * 3);
  expect(node.signals).toEqual([node.slot('SLOT_SIGNAL_NET_CONSOLE')]);
});

describe('a peer that sends no more', () => {
  it.each([
    ['gets its answer a second later', 1n, true],
    ['is closed if there is no last word', 5n, false],
  ])('%s', (_name, answer_s, isAnswered) => {
    const { node, wire, client, wait } = scene(built);
    node.console.on = () => undefined;
    const peer = client(CONSOLE_PORT, line('PING'));
    peer.finish();
    wait(answer_s * SECOND_US);
    const [opened] = node.console.of(OPENED);
    if (opened === undefined) throw new Error('no connection');
    expect(peer.state === 'closed').toBe(!isAnswered);
    node.console.send(opened, DATA, Buffer.from('PONG'));
    node.console.send(opened, ENDED);
    node.poke();
    expect(wire.run(() => peer.state === 'closed', SECOND_US)).toBe(true);
    expect(peer.text).toEqual(isAnswered ? line('PONG') : Buffer.alloc(0));
    expect(node.counter('records_late')).toBe(isAnswered ? 0 : 2);
  });

  it('of Secure9P is closed when all that it asked for is answered', () => {
    const { node, wire, client, wait } = scene(built);
    node.ninedoor.on = () => undefined;
    const peer = client(SECURE9P_PORT, Buffer.concat([tversion(), frame(120, 1, Buffer.alloc(4))]));
    peer.finish();
    wait(SECOND_US);
    for (const request of node.ninedoor.of(DATA)) node.ninedoor.send(request, DATA, request.data);
    node.poke();
    expect(wire.run(() => peer.state === 'closed', SECOND_US / 10n)).toBe(true);
    expect(peer.receivedBytes).toBe(tversion().length + 11);
  });
});

describe('over wires', () => {
  it.each([
    ['a perfect wire', { loss: 0, duplicate: 0, jitter_us: 0 }, 1],
    ['5 % loss', { loss: 0.05, duplicate: 0, jitter_us: 0 }, 2],
    ['duplicates', { loss: 0, duplicate: 0.2, jitter_us: 0 }, 3],
    ['reordering', { loss: 0, duplicate: 0, jitter_us: 20_000 }, 4],
    ['all of it', { loss: 0.03, duplicate: 0.1, jitter_us: 10_000 }, 5],
  ] as const)('lines and frames come through %s', (_name, faults, seed) => {
    const { wire, client } = scene(built, faults, seed);
    const lines = Buffer.concat(
      Array.from({ length: 200 }, (_, n) =>
        line(
          pattern(n + 30, n)
            .toString('hex')
            .slice(0, 256),
        ),
      ),
    );
    const frames = Buffer.concat([
      tversion(),
      ...Array.from({ length: 100 }, (_, n) => frame(118, n, pattern(n * 11, n))),
    ]);
    const console = client(CONSOLE_PORT, lines);
    const secure9P = client(SECURE9P_PORT, frames);
    const isDone = (): boolean => console.receivedBytes === lines.length && secure9P.receivedBytes === frames.length;
    expect(wire.run(isDone, 300n * SECOND_US)).toBe(true);
    expect(console.text.equals(lines)).toBe(true);
    expect(secure9P.text.equals(frames)).toBe(true);
  });
});
