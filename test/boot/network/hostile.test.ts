// SPDX-License-Identifier: Apache-2.0
/**
 * Clients that break the rules, or only take up room: each is refused, and clients that keep the rules are served all the time.
 * A second round finds the memory where the first one left it. With `SEL4_PREFIX` set, on a genuine kernel too.
 */
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUILD_TIMEOUT_MS, kernels } from '../domains/image.ts';
import { Actor, consoleOperations, nineOperations } from './actor.ts';
import { ConsoleClient, lineFrame } from './clients/console.ts';
import { frame, NineClient, NO_TAG, T, text, u16, u32, u64 } from './clients/nine.ts';
import { Reader } from './clients/reader.ts';
import { CONSOLE_PORT, Network, networkImage, NINE_PORT, retry, ticketFor } from './system.ts';

const LIFE_MS = 400_000;
const ATTACK_MS = 60_000;
/** More than there are connections. */
const STORM = 80;

/** Sends bytes and waits until the other side ends the connection. */
async function untilClosed(port: number, bytes: Buffer): Promise<void> {
  const reader = await Reader.connect(port);
  reader.socket.write(bytes);
  await reader.end();
  reader.close();
}

/** Opens a connection that nobody listens to; the server may well end it. */
async function open(port: number): Promise<Socket> {
  return (await Reader.connect(port)).socket;
}

async function inParallel(count: number, attack: (n: number) => Promise<unknown>): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, n) => attack(n).catch(() => undefined)));
}

const version = frame(T.version, NO_TAG, u32(8192), text('9P2000.L'));
function sized(size: number, type: number, tag: number): Buffer {
  const bytes = frame(type, tag);
  bytes.writeUInt32LE(size, 0);
  return bytes;
}

interface Attack {
  name: string;
  run: (network: Network) => Promise<void>;
}

const ATTACKS: Attack[] = [
  {
    name: 'frames of 9P with impossible lengths',
    run: async (network) => {
      for (const size of [0, 1, 6, 8193, 0x7fffffff, 0xffffffff]) {
        await untilClosed(network.port(NINE_PORT), sized(size, T.version, NO_TAG));
        await untilClosed(network.port(NINE_PORT), Buffer.concat([version, sized(size, T.walk, 1)]));
      }
    },
  },
  {
    name: 'half frames, and then nothing',
    run: async (network) => {
      const halves = [lineFrame('AUTH changeme').subarray(0, 9), version.subarray(0, 11), version.subarray(0, 3)];
      const readers = await Promise.all(
        halves.flatMap((half) =>
          [CONSOLE_PORT, NINE_PORT].map(async (port) => {
            const reader = await Reader.connect(network.port(port));
            reader.socket.write(half);
            return reader;
          }),
        ),
      );
      // Whoever has not said who it is in time is put out.
      for (const reader of readers) await reader.end();
    },
  },
  {
    name: 'one byte at a time',
    run: (network) =>
      inParallel(4, async () => {
        const client = await ConsoleClient.connect(network.port(CONSOLE_PORT));
        for (const byte of lineFrame('AUTH changeme')) {
          client.sendRaw(Buffer.from([byte]));
          await sleep(100);
        }
        if ((await client.next()) !== 'OK AUTH') throw new Error('a slow client is a client');
        client.close();
      }),
  },
  {
    name: 'resets in the middle of frames',
    run: (network) =>
      inParallel(STORM, async (n) => {
        const reader = await Reader.connect(network.port(n % 2 === 0 ? CONSOLE_PORT : NINE_PORT));
        reader.socket.write((n % 2 === 0 ? lineFrame('AUTH changeme') : version).subarray(0, 1 + (n % 15)));
        await sleep(n % 7);
        reader.socket.resetAndDestroy();
      }),
  },
  {
    name: 'resets in the middle of answers',
    run: (network) =>
      inParallel(16, async (n) => {
        const client = await network.queen();
        client.send(...Array.from({ length: 8 }, () => 'ls /shard'));
        await sleep(n * 3);
        client.reader.socket.resetAndDestroy();
      }),
  },
  {
    name: 'invalid UTF-8',
    run: (network) =>
      inParallel(16, async (n) => {
        const client = n % 2 === 0 ? await network.console() : await ConsoleClient.connect(network.port(CONSOLE_PORT));
        client.send(Buffer.from([0x41, 0xc0, 0x80, 0xf5, n]));
        await client.rest();
      }),
  },
  {
    name: 'random bytes',
    run: (network) =>
      inParallel(32, async (n) => {
        const bytes = Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 2654435761 * (n + 1)) >>> 24));
        const socket = await open(network.port(n % 2 === 0 ? CONSOLE_PORT : NINE_PORT));
        socket.write(n % 4 < 2 ? bytes : Buffer.concat([lineFrame('AUTH changeme'), bytes]));
        await sleep(300);
        socket.destroy();
      }),
  },
  {
    name: 'a storm of wrong tokens',
    run: (network) =>
      inParallel(STORM, async (n) => {
        const client = await ConsoleClient.connect(network.port(CONSOLE_PORT));
        client.send(`AUTH ${String(n).padStart(8, 'x')}`);
        const { lines } = await client.rest();
        if (lines.some((line) => line.startsWith('OK'))) throw new Error('a wrong token was taken');
      }),
  },
  {
    name: 'a storm of forged tickets',
    run: (network) =>
      inParallel(24, async (n) => {
        const forged = ticketFor('queen', { secret: `not it ${n}` });
        const client = await NineClient.connect(network.port(NINE_PORT));
        await client.version();
        for (let attempt = 0; attempt < 10; attempt++) {
          const attached = await client.attach('queen', forged).then(
            () => true,
            () => false,
          );
          if (attached) throw new Error('a forged ticket was taken');
        }
      }),
  },
  {
    name: 'a storm of connections that say nothing',
    run: async (network) => {
      const sockets = await Promise.all(
        Array.from({ length: STORM }, (_, n) => open(network.port(n % 2 === 0 ? CONSOLE_PORT : NINE_PORT))),
      );
      await sleep(2000);
      for (const socket of sockets) socket.destroy();
    },
  },
  {
    name: 'connections that come and go',
    run: async (network) => {
      for (let n = 0; n < 300; n++) {
        const socket = await open(network.port(NINE_PORT));
        await sleep(n % 3);
        if (n % 2 === 0) socket.resetAndDestroy();
        else socket.destroy();
      }
    },
  },
  {
    name: 'clients that do not read',
    run: async (network) => {
      const stalled = await Promise.all(
        Array.from({ length: 4 }, async () => {
          const client = await network.queen();
          client.reader.socket.pause();
          for (let n = 0; n < 200; n++) client.send('ls /shard');
          return client;
        }),
      );
      const nines = await Promise.all(
        Array.from({ length: 4 }, async () => {
          const client = await network.nine();
          const fid = await client.open('/proc/boot');
          client.reader.socket.pause();
          for (let n = 0; n < 400; n++) client.reader.socket.write(frame(T.read, n, u32(fid), u64(0), u32(8000)));
          return client;
        }),
      );
      await sleep(3000);
      for (const client of [...stalled, ...nines]) client.close();
    },
  },
  {
    name: 'requests that make no sense',
    run: async (network) => {
      const client = await network.nine();
      const requests: Buffer[] = [];
      for (let type = 0; type < 256; type++)
        requests.push(type % 2 === 0 ? sized(7, type, type) : frame(type, type, u32(0), u16(1)));
      client.close();
      for (const request of requests) {
        const socket = await open(network.port(NINE_PORT));
        socket.end(Buffer.concat([version, request, request]));
        await sleep(2);
        socket.destroy();
      }
    },
  },
];

describe.each(kernels())('hostile clients, $name', (kernel) => {
  let network: Network;
  let good: Actor[] = [];
  const high = new Map<number, string>();
  beforeAll(async () => {
    const machine = await networkImage(kernel);
    network = await Network.start(`network/${kernel.name}/hostile`, { ...machine, timeout_ms: LIFE_MS });
    const [a, b] = await network.segments(2);
    good = [
      new Actor('good console', consoleOperations(await network.queen()), a?.path),
      new Actor('good 9p', nineOperations(await network.nine()), b?.path),
    ];
  }, BUILD_TIMEOUT_MS);
  afterAll(() => network.stop());

  /** Runs the attack while the good clients work; each of their answers must come, and be right. */
  async function under(attack: Attack): Promise<void> {
    let over = false;
    const served = good.map(async (actor) => {
      const before = actor.operations_done;
      while (!over || actor.operations_done < before + 5) {
        await actor.step();
        await sleep(10);
      }
    });
    try {
      await attack.run(network);
    } finally {
      over = true;
    }
    await Promise.all(served);
  }

  /** The heaps of the domains, as `mem` says it. The stack's mark is only looked at now and then, so it says nothing about growth. */
  async function memory(): Promise<string> {
    const log = await network.serialCommand('mem', /OK MEM/);
    return [...log.matchAll(/domain=(?:net|console|ninedoor) .*heap_used=\d+/g)].map(([line]) => line).join('\n');
  }

  describe.each([1, 2])('round %i', (round) => {
    it.each(ATTACKS)('$name', { timeout: ATTACK_MS }, (attack) => under(attack));

    it('leaves room for as many clients as before', { timeout: ATTACK_MS }, async () => {
      const clients = await retry('all connections are free again', 20_000, async () => {
        const entered = await Promise.allSettled(
          Array.from({ length: 28 }, (_, n) => (n % 2 === 0 ? network.queen() : network.nine())),
        );
        const made = entered.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
        if (made.length === entered.length) return made;
        for (const client of made) client.close();
        throw entered.find((result) => result.status === 'rejected')?.reason;
      });
      for (const client of clients) client.close();
      await network.serialCommand('ping', /OK PING reply=pong/);
      high.set(round, await memory());
    });
  });

  it('has used no more memory in the second round', () => {
    expect(high.get(1)).toMatch(/domain=net .*\n.*domain=ninedoor .*\n.*domain=console /);
    expect(high.get(2)).toBe(high.get(1));
  });

  it('never faulted', () => {
    expect(network.machine.text).not.toMatch(/\[fault\]/);
  });
});
