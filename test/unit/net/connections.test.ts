// Connections of the net domain: what the console and NineDoor see of them, and what clients and servers that break the rules can do.
import { beforeAll, describe, expect, it } from 'vitest';
import { netModule, type NetModule } from './node.ts';
import { BY_PEER, DATA, ENDED, OPENED, RESET } from './server.ts';
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
    ['Tversion with a tag', CONSOLE_PORT, frame(100, 1, Buffer.from('xx')), 'console'],
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
