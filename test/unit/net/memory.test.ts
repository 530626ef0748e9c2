// SPDX-License-Identifier: Apache-2.0
// Memory of the stack: whatever came and went, its pools are back where they were.
import { beforeAll, expect, it } from 'vitest';
import { tcp } from './frames.ts';
import { netModule, type NetModule } from './node.ts';
import {
  CONSOLE_PORT,
  frame,
  line,
  pattern,
  scene,
  SECOND_US,
  SECURE9P_PORT,
  SMOKE_PORT,
  tversion,
} from './support.ts';

let built: NetModule;
beforeAll(async () => {
  built = await netModule();
}, 120_000);

it('is flat after a thousand connections over a bad wire', () => {
  const all = scene(built, { loss: 0.02, duplicate: 0.05, jitter_us: 5000 }, 11);
  const { node, wire, client, wait } = all;
  const first = client(CONSOLE_PORT, line('PING'));
  wire.run(() => first.receivedBytes > 0, 10n * SECOND_US);
  first.finish();
  wait(60n * SECOND_US);
  const atRest = node.exports.stack_pools();
  for (let round = 0; round < 25; round++) {
    wire.listeners.splice(0);
    const peers = Array.from({ length: 40 }, (_, n) => {
      const data =
        n % 3 === 0 ? tversion() : Buffer.concat([line(pattern(100, n).toString('hex')), line('x').subarray(0, n % 5)]);
      const port = n % 3 === 0 ? SECURE9P_PORT : n % 7 === 0 ? SMOKE_PORT : CONSOLE_PORT;
      return client(port, data, 2000 + round * 40 + n);
    });
    wait(SECOND_US / 2n);
    peers.forEach((peer, n) => {
      if (n % 4 === 0) peer.reset();
      else if (n % 4 === 1) peer.finish();
      else if (n % 4 === 2) peer.window = 0;
    });
    if (round % 5 === 0) {
      // Half-open ones, and data out of order that is never completed.
      for (let n = 0; n < 30; n++) {
        const empty = { acknowledgement: 0, window: 1000, data: Buffer.alloc(0) };
        wire.send(tcp({ from: 40_000 + n, to: CONSOLE_PORT, sequence: n, flags: 2, ...empty }));
      }
      const gap = { acknowledgement: 1, flags: 16, window: 1000, data: pattern(500, round) };
      for (const peer of peers) wire.send(tcp({ from: peer.port, to: CONSOLE_PORT, sequence: 1_000_000, ...gap }));
      client(SECURE9P_PORT, Buffer.concat([tversion(), frame(118, 1, pattern(8000, round))]), 60_000 + round);
    }
    wait(SECOND_US);
    for (const peer of peers) if (peer.state !== 'closed') peer.reset();
    wait(SECOND_US / 10n);
  }
  wire.listeners.splice(0);
  // Keep-alive, stalls and time-wait are over, and the retransmissions of a last FIN that nobody acknowledges.
  wait(840n * SECOND_US);
  expect(node.exports.stack_pools()).toBe(atRest);
  expect(node.counter('open_console') + node.counter('open_secure9p') + node.counter('open_other')).toBe(0);
  expect(node.counter('tcp_accepts')).toBeGreaterThan(500);
  const good = client(CONSOLE_PORT, line('PING'), 65_000);
  expect(wire.run(() => good.receivedBytes > 0, 10n * SECOND_US)).toBe(true);
}, 120_000);
