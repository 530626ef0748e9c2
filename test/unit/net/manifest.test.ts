// SPDX-License-Identifier: Apache-2.0
// What the manifest says of the network: ports that are off, how many connections, no network at all.
import { expect, it } from 'vitest';
import { moduleWithNetwork, type NetModule, NetNode } from './node.ts';
import { RESET } from '../../sim/stream.ts';
import { CONSOLE_PORT, line, MODERN, scene, SECOND_US, SECURE9P_PORT, SMOKE_PORT, tversion } from './support.ts';

const BUILD_TIMEOUT_MS = 180_000;

/** As many clients as there may be are served, one more is refused, and the next one comes when one has gone. */
function expectAtMost(most: number, port: number, built: NetModule): void {
  const { node, wire, client, wait } = scene(built);
  const peers = Array.from({ length: most }, (_, n) => {
    // The card has buffers for 64 frames.
    wait(1000n);
    return client(port, line(`PING ${n}`));
  });
  expect(wire.run(() => peers.every((peer) => peer.receivedBytes > 0), 5n * SECOND_US)).toBe(true);
  peers.forEach((peer, n) => expect(peer.text).toEqual(line(`PING ${n}`)));
  const late = client(port, line('PING'));
  expect(wire.run(() => late.state === 'reset', SECOND_US)).toBe(true);
  expect(node.counter('open_console')).toBe(most);
  expect(node.counter('open_limit')).toBe(most);
  peers.at(-1)?.finish();
  wire.run(() => peers.at(-1)?.state === 'closed', 5n * SECOND_US);
  const next = client(port, line('PING'));
  expect(wire.run(() => next.receivedBytes > 0, SECOND_US)).toBe(true);
}

it(
  'two connections, and ports that are off',
  async () => {
    const ports = 'console_port = 2000\nsecure9p_port = 0\nudp_echo_port = 0\ntcp_smoke_port = 0';
    const built = await moduleWithNetwork(
      'net-ports',
      `${ports}\nmax_connections = 2\n[sessions]\nreserved_for_queen = 1`,
    );
    const { wire, client } = scene(built);
    for (const port of [CONSOLE_PORT, SECURE9P_PORT, SMOKE_PORT]) {
      const peer = client(port, line('PING'));
      expect(wire.run(() => peer.state === 'reset', SECOND_US)).toBe(true);
    }
    const frames = client(2000, tversion());
    expect(wire.run(() => frames.receivedBytes > 0, SECOND_US)).toBe(true);
    expectAtMost(2, 2000, built);
  },
  BUILD_TIMEOUT_MS,
);

it(
  'more connections than a word has bits',
  async () => {
    const memory_bytes = 9 * 1024 * 1024;
    expectAtMost(130, CONSOLE_PORT, await moduleWithNetwork('net-many', 'max_connections = 130', { memory_bytes }));
  },
  BUILD_TIMEOUT_MS,
);

it(
  'without a network, the card is left alone and the servers are not held up',
  async () => {
    const node = new NetNode(await moduleWithNetwork('net-none', '', { net_console: false }), MODERN);
    expect(node.card.resets).toBe(0);
    expect(node.counter('card_state')).toBe(0);
    node.poke();
    expect(node.console.of(RESET)).toHaveLength(1);
    for (let n = 0; n < 20; n++) {
      while (node.console.send({ connection: 0, generation: 0 }, 2, Buffer.alloc(200)));
      node.poke();
    }
    expect(node.counter('records_late')).toBeGreaterThan(5000);
  },
  BUILD_TIMEOUT_MS,
);
