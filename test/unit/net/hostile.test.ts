// SPDX-License-Identifier: Apache-2.0
// Clients that break the rules: what is refused and counted, and that nobody else notices.
import { beforeAll, describe, expect, it } from 'vitest';
import { netModule, type NetModule } from './node.ts';
import { BY_PEER, DATA, ENDED, LOST, MALFORMED, OPENED, REFUSED } from '../../sim/stream.ts';
import {
  CONSOLE_PORT,
  expectServed,
  frame,
  length,
  line,
  pattern,
  scene,
  SECOND_US,
  SECURE9P_PORT,
  SMOKE_PORT,
  tread,
  tversion,
} from './support.ts';

const CONNECTIONS = 40;
const AUTH_TIMEOUT_MS = 5000;
const TOO_SHORT = 1;
const TOO_LONG = 2;

let built: NetModule;
beforeAll(async () => {
  built = await netModule();
}, 120_000);

describe('clients', () => {
  it.each([
    ['half a length', CONSOLE_PORT, Buffer.from([9, 0])],
    ['half a line', CONSOLE_PORT, line('PING').subarray(0, 6)],
    ['half a 9P frame', CONSOLE_PORT, tversion().subarray(0, 12)],
    ['half a 9P frame on the port of 9P', SECURE9P_PORT, tversion().subarray(0, 6)],
    ['nothing', CONSOLE_PORT, Buffer.alloc(0)],
    ['nothing on the port of 9P', SECURE9P_PORT, Buffer.alloc(0)],
  ] as const)('%s, and silence', (name, port, data) => {
    const all = scene(built);
    const { node, wire, client, wait } = all;
    const peer = client(port, data);
    wait(SECOND_US / 2n);
    expectServed(all);
    const isConsoles = port === CONSOLE_PORT && !name.includes('9P');
    wire.run(() => peer.state === 'reset' || peer.state === 'closed', 6n * SECOND_US);
    if (isConsoles) {
      expect(peer.state).not.toBe('reset');
      const [opened] = node.console.of(OPENED).filter((r) => r.data.readUInt16LE(4) === peer.port);
      expect(opened?.data.readUInt32LE(8)).toBeGreaterThanOrEqual(AUTH_TIMEOUT_MS);
    } else expect(node.counter('refused_silent')).toBe(1);
  });

  it.each([
    ['zero', 0, TOO_SHORT],
    ['three', 3, TOO_SHORT],
    ['one more than a line may have', 261, TOO_LONG],
    ['8193', 8193, TOO_LONG],
    ['2^31', 2 ** 31, TOO_LONG],
    ['2^32 - 1', 2 ** 32 - 1, TOO_LONG],
  ])('a console length of %s', (_name, value, detail) => {
    const all = scene(built);
    const { node, wire, client, wait } = all;
    const peer = client(CONSOLE_PORT, Buffer.concat([line('AUTH x'), length(value)]));
    wait(SECOND_US / 10n);
    expect(node.console.of(MALFORMED).map((r) => r.detail)).toEqual([detail]);
    // What follows is swallowed, or never read.
    peer.write(Buffer.concat([Buffer.alloc(value === 261 ? 257 : 8189, 0x41), line('PING')]));
    wait(SECOND_US / 2n);
    const isBack = value === 261 || value === 8193;
    expect(node.console.of(DATA).map((r) => r.data.toString())).toEqual(isBack ? ['AUTH x', 'PING'] : ['AUTH x']);
    expect(node.counter(detail === TOO_SHORT ? 'refused_short' : 'refused_long')).toBe(1);
    expectServed(all);
    peer.reset();
    wire.run(() => false, SECOND_US / 10n);
    expect(node.console.of(ENDED).some((r) => r.detail === LOST)).toBe(true);
  });

  it.each([0, 6, 8193, 2 ** 32 - 1])('a 9P length of %i ends the connection', (value) => {
    const all = scene(built);
    const { node, wire, client } = all;
    const first = client(SECURE9P_PORT, Buffer.concat([length(value), Buffer.alloc(8)]));
    expect(wire.run(() => first.state === 'reset', SECOND_US)).toBe(true);
    expect(node.ninedoor.of(OPENED)).toHaveLength(0);
    const later = client(SECURE9P_PORT, Buffer.concat([tversion(), length(value), Buffer.alloc(8)]));
    expect(wire.run(() => later.state === 'reset', SECOND_US)).toBe(true);
    expect(node.ninedoor.of(ENDED).map((r) => r.detail)).toEqual([REFUSED]);
    expect(node.counter('refused_9p_length')).toBe(2);
    expectServed(all);
  });

  it('one byte a second is slow, no more', () => {
    const all = scene(built);
    const { wire, client, wait } = all;
    const data = line('PING slowly');
    const peer = client(CONSOLE_PORT, data.subarray(0, 7));
    for (let at = 7; at < data.length; at++) {
      wait(SECOND_US);
      peer.write(data.subarray(at, at + 1));
    }
    expect(wire.run(() => peer.receivedBytes === data.length, SECOND_US)).toBe(true);
    expectServed(all);
  });

  it('a flood of malformed frames is held back by credit', () => {
    const all = scene(built);
    all.node.console.on = () => undefined;
    const bad = Buffer.concat([length(261), Buffer.alloc(257)]);
    all.client(CONSOLE_PORT, Buffer.concat(Array.from({ length: 1000 }, () => bad)));
    all.wait(5n * SECOND_US);
    expect(all.node.console.of(MALFORMED)).toHaveLength(Math.floor(2048 / 12));
  });

  it.each([
    ['send nothing', Buffer.alloc(0)],
    ['send half a frame', tversion().subarray(0, 5)],
  ])('connections that %s make room for new ones, the oldest first', (_name, sent) => {
    const all = scene(built);
    const { node, wire, client, wait } = all;
    const good = client(SECURE9P_PORT, tversion());
    expect(wire.run(() => good.receivedBytes > 0, SECOND_US)).toBe(true);
    const silent = Array.from({ length: 100 }, (_, n) => {
      wait(1000n);
      return client(n % 2 === 0 ? CONSOLE_PORT : SECURE9P_PORT, sent);
    });
    wait(SECOND_US / 10n);
    const states = silent.map(({ state }) => state);
    const left = CONNECTIONS - 1;
    expect(states.slice(0, -left).every((state) => state === 'reset')).toBe(true);
    expect(states.slice(-left).includes('reset')).toBe(false);
    for (let n = 0; n < 5; n++) {
      const late = client(n % 2 === 0 ? CONSOLE_PORT : SECURE9P_PORT, n % 2 === 0 ? line('PING') : tversion());
      expect(wire.run(() => late.receivedBytes > 0, SECOND_US / 2n)).toBe(true);
    }
    expect(node.counter('refused_connections')).toBe(0);
    expect(node.counter('refused_silent')).toBe(100 - left + 5);
    good.write(tversion());
    expect(
      wire.run(() => good.receivedBytes === 2 * tversion().length, SECOND_US),
      'others go on',
    ).toBe(true);
  });

  it('more connections than there are', () => {
    const all = scene(built);
    const { node, wire, client } = all;
    const peers = Array.from({ length: CONNECTIONS }, (_, n) =>
      client(n % 2 === 0 ? CONSOLE_PORT : SECURE9P_PORT, n % 2 === 0 ? line(`PING ${n}`) : tversion()),
    );
    expect(wire.run(() => peers.every((p) => p.receivedBytes > 0), 5n * SECOND_US)).toBe(true);
    expect(node.counter('open_console') + node.counter('open_secure9p')).toBe(CONNECTIONS);
    for (const port of [CONSOLE_PORT, SECURE9P_PORT, SMOKE_PORT]) {
      const late = client(port, line('PING'));
      expect(wire.run(() => late.state === 'reset', SECOND_US)).toBe(true);
    }
    expect(node.counter('refused_connections')).toBe(3);
    peers.forEach((peer) => peer.finish());
    expect(wire.run(() => peers.every((p) => p.state === 'closed'), 10n * SECOND_US)).toBe(true);
    expectServed(all);
  });

  it('one that takes nothing holds up nobody, and is lost in the end', () => {
    const all = scene(built);
    const { node, wire, client, wait } = all;
    const lines = client(
      CONSOLE_PORT,
      Buffer.concat(Array.from({ length: 300 }, () => line(pattern(128, 1).toString('hex')))),
    );
    const frames = client(
      SECURE9P_PORT,
      Buffer.concat([tversion(), ...Array.from({ length: 100 }, (_, n) => tread(n, 8000))]),
    );
    node.ninedoor.on = (r) => {
      if (r.kind === DATA) node.ninedoor.send(r, DATA, frame(117, 1, pattern(r.data[4] === 116 ? 8000 : 8, 1)));
      else if (r.kind === ENDED && r.detail === BY_PEER) node.ninedoor.send(r, ENDED);
    };
    wire.run(() => lines.receivedBytes > 1000 && frames.receivedBytes > 1000, SECOND_US);
    for (const peer of [lines, frames]) peer.window = 0;
    wait(20n * SECOND_US);
    const good = client(CONSOLE_PORT, line('PING'));
    expect(wire.run(() => good.receivedBytes === 8, SECOND_US)).toBe(true);
    wait(70n * SECOND_US);
    expect(node.counter('refused_stalled')).toBe(2);
    expect(node.ninedoor.of(ENDED).map((r) => r.detail)).toEqual([LOST]);
    expect(good.state).toBe('open');
  });

  it('resets in the middle of frames: numbers are used again, generations are not', () => {
    const all = scene(built);
    const { node, client, wait } = all;
    for (let n = 0; n < 60; n++) {
      const port = n % 2 === 0 ? CONSOLE_PORT : SECURE9P_PORT;
      const data =
        n % 2 === 0
          ? Buffer.concat([line('PING'), line('half').subarray(0, 5)])
          : Buffer.concat([tversion(), tread(1, 10).subarray(0, 9)]);
      const peer = client(port, data);
      wait(20_000n);
      expect(peer.receivedBytes, `client ${n}`).toBeGreaterThan(0);
      peer.reset();
      wait(5000n);
    }
    const uses = [...node.console.of(OPENED), ...node.ninedoor.of(OPENED)].map(
      (r) => `${r.connection} ${r.generation}`,
    );
    expect(uses).toHaveLength(60);
    expect(new Set(uses).size).toBe(60);
    expect(new Set(uses.map((use) => use.split(' ')[0])).size).toBe(1);
    expectServed(all);
  });
});
