// SPDX-License-Identifier: Apache-2.0
/**
 * The network as a client on the host sees it: operations one after another over the console, pipelined messages and bulk reads over
 * Secure9P, the idle system with clients connected, and the time from power-on to the first client that is let in.
 *
 * The older system's image, in the same emulator, does 650–860 PING, 460–510 CAT, 210–400 LS and 580–660 ECHO a second one after
 * another; the goals are three times the upper numbers.
 */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuPercent, Machine, median, type StartOptions } from 'qemu-wasm-runner';
import { lineFrame, type ConsoleClient } from '../boot/network/clients/console.ts';
import { frame, T, u32, u64, type NineClient } from '../boot/network/clients/nine.ts';
import { CONSOLE_PORT, Network, networkImage } from '../boot/network/system.ts';

export interface Result {
  name: string;
  value: number;
  unit: string;
  /** What it must not exceed, or must reach, where there is such a goal. */
  limit?: number;
  atLeast?: number;
}

const LIFE_MS = 180_000;
const WARM_UP = 200;
const OPERATIONS = 3000;
const PIPELINED = 30_000;
/** Requests under way in a session; the server takes 64 of a connection. */
const DEPTH = 48;
const SEGMENT_BYTES = 32_000;
const BULK_ROUNDS = 100;
const READ_BYTES = 8192 - 11;

const CONSOLE_OPERATIONS = [
  { name: 'ping', line: 'PING', last: 'PONG', goal: 2580 },
  { name: 'cat', line: 'CAT /proc/lifecycle/state', last: 'END', goal: 1530 },
  { name: 'ls', line: 'LS /', last: 'END', goal: 1200 },
  { name: 'echo', line: 'ECHO /log/queen.log bench', last: 'OK ECHO path=/log/queen.log bytes=5', goal: 1980 },
] as const;

/** Value below which a part of the sorted values lies. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}

/** Times of `count` operations in ms. An answer is complete when its last line is: only that is looked at. */
export async function oneAfterAnother(
  client: ConsoleClient,
  line: string,
  last: string,
  count: number,
): Promise<number[]> {
  const [request, end] = [lineFrame(line), lineFrame(last)];
  const { socket } = client.reader;
  // The reader would keep all that comes.
  socket.removeAllListeners('data');
  const times: number[] = [];
  await new Promise<void>((resolve, reject) => {
    let tail: Buffer = Buffer.alloc(0);
    let sent_ms = performance.now();
    const timer = setTimeout(() => reject(new Error(`${line}: no end to ${count} answers`)), LIFE_MS / 3);
    socket.on('data', (chunk: Buffer) => {
      tail = chunk.length >= end.length ? chunk : Buffer.concat([tail, chunk]);
      tail = tail.subarray(-end.length);
      if (!tail.equals(end)) return;
      times.push(performance.now() - sent_ms);
      tail = Buffer.alloc(0);
      if (times.length === count) {
        clearTimeout(timer);
        resolve();
        return;
      }
      sent_ms = performance.now();
      socket.write(request);
    });
    socket.once('close', () => reject(new Error(`${line}: the connection ended`)));
    socket.write(request);
  });
  return times;
}

async function consoleSpeeds(network: Network): Promise<Result[]> {
  const results: Result[] = [];
  for (const { name, line, last, goal } of CONSOLE_OPERATIONS) {
    const client = await network.queen();
    const check = await client.command(line);
    if (!check.ack.startsWith('OK')) throw new Error(check.ack);
    await oneAfterAnother(client, line, last, WARM_UP);
    const times = await oneAfterAnother(client, line, last, OPERATIONS);
    client.close();
    const total_s = times.reduce((sum, ms) => sum + ms, 0) / 1000;
    results.push(
      { name: `net.console.${name}`, value: times.length / total_s, unit: 'operations/s', atLeast: goal },
      { name: `net.console.${name}.p50`, value: percentile(times, 0.5) * 1000, unit: 'us' },
      { name: `net.console.${name}.p95`, value: percentile(times, 0.95) * 1000, unit: 'us' },
    );
  }
  return results;
}

/**
 * Sends `count` requests with DEPTH under way; returns messages and bytes a second. Replies are only counted, after the first one of
 * each kind was checked by `expected`.
 */
export async function pipelined(
  client: NineClient,
  request: (tag: number, n: number) => Buffer,
  type: number,
  count: number,
): Promise<{ messages_per_s: number; bytes_per_s: number }> {
  const { socket } = client.reader;
  socket.removeAllListeners('data');
  const started_ms = performance.now();
  let bytes = 0;
  await new Promise<void>((resolve, reject) => {
    let [sent, received] = [0, 0];
    let waiting: Buffer = Buffer.alloc(0);
    const timer = setTimeout(() => reject(new Error(`no end to ${count} replies`)), LIFE_MS / 3);
    const fill = (): void => {
      const batch: Buffer[] = [];
      for (; sent < count && sent - received < DEPTH; sent++) batch.push(request(sent % DEPTH, sent));
      if (batch.length > 0) socket.write(batch.length === 1 ? (batch[0] ?? '') : Buffer.concat(batch));
    };
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      waiting = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk]);
      while (waiting.length >= 4 && waiting.length >= waiting.readUInt32LE(0)) {
        if (waiting[4] !== type + 1) return reject(new Error(`a reply of type ${waiting[4]} to ${type}`));
        waiting = waiting.subarray(waiting.readUInt32LE(0));
        received += 1;
      }
      if (received < count) return fill();
      clearTimeout(timer);
      resolve();
    });
    socket.on('close', () => reject(new Error('the connection ended')));
    fill();
  });
  const elapsed_s = (performance.now() - started_ms) / 1000;
  return { messages_per_s: count / elapsed_s, bytes_per_s: bytes / elapsed_s };
}

export const getattr = (tag: number): Buffer => frame(T.getattr, tag, u32(0), u64(0x7ff));
export const read =
  (fid: number, count: number, offset: (n: number) => number = () => 0) =>
  (tag: number, n: number): Buffer =>
    frame(T.read, tag, u32(fid), u64(offset(n)), u32(count));

async function nineSpeeds(network: Network): Promise<Result[]> {
  const warm = await network.nine();
  await pipelined(warm, getattr, T.getattr, PIPELINED / 10);
  warm.close();
  const first = await network.nine();
  const attributes = await pipelined(first, getattr, T.getattr, PIPELINED);
  first.close();
  const second = await network.nine();
  const reads = await pipelined(second, read(await second.open('/proc/lifecycle/state'), 512), T.read, PIPELINED);
  second.close();
  return [
    { name: 'net.9p.pipelined.getattr', value: attributes.messages_per_s, unit: 'messages/s', atLeast: 10_000 },
    { name: 'net.9p.pipelined.read', value: reads.messages_per_s, unit: 'messages/s', atLeast: 10_000 },
  ];
}

/** Reads a segment that is full, in the largest messages, again and again. */
async function bulk(network: Network): Promise<Result[]> {
  const [segment] = await network.segments(1);
  const path = segment?.path ?? '';
  const client = await network.nine();
  for (let left = SEGMENT_BYTES; left > 0; left -= 4000) await client.append(path, 'x'.repeat(Math.min(left, 4000)));
  const fid = await client.open(path);
  const messages = Math.ceil(SEGMENT_BYTES / READ_BYTES);
  const request = read(fid, READ_BYTES, (n) => (n % messages) * READ_BYTES);
  const { bytes_per_s } = await pipelined(client, request, T.read, BULK_ROUNDS * messages);
  client.close();
  return [{ name: 'net.9p.bulk_read', value: bytes_per_s / 1e6, unit: 'MB/s' }];
}

/** Ten clients that are connected and say nothing. */
async function idle(network: Network): Promise<Result[]> {
  const clients = await Promise.all(
    Array.from({ length: 10 }, (_, n) => (n % 2 === 0 ? network.queen() : network.nine())),
  );
  await sleep(2000);
  const value = await cpuPercent(network.machine, 10_000);
  for (const client of clients) client.close();
  return [{ name: 'net.idle.cpu', value, unit: '% of a core', limit: 3 }];
}

/** Connects again and again until one connection gets its OK AUTH; the time of that. */
export function firstClient(port: number, within_ms: number): Promise<number> {
  const expected = lineFrame('OK AUTH');
  return new Promise((resolve, reject) => {
    const sockets: ReturnType<typeof connect>[] = [];
    const end = (act: () => void) => (): void => {
      clearInterval(attempts);
      clearTimeout(limit);
      for (const socket of sockets) socket.destroy();
      act();
    };
    const attempt = (): void => {
      const socket = connect({ host: '127.0.0.1', port, noDelay: true });
      sockets.push(socket);
      socket.on('error', () => undefined);
      socket.once('connect', () => socket.write(lineFrame('AUTH changeme')));
      socket.once('data', (chunk: Buffer) => {
        const now_ms = performance.now();
        if (chunk.subarray(0, expected.length).equals(expected)) end(() => resolve(now_ms))();
      });
    };
    const limit = setTimeout(
      end(() => reject(new Error(`no OK AUTH in ${within_ms} ms`))),
      within_ms,
    );
    const attempts = setInterval(attempt, 40);
    attempt();
  });
}

async function powerOn(options: StartOptions, runs = 5): Promise<Result[]> {
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    const machine = await Machine.start({
      ...options,
      net: { forwards: [{ guest_port: CONSOLE_PORT }] },
      timeout_ms: 30_000,
    });
    try {
      times.push((await firstClient(machine.forwards[0]?.host_port ?? 0, 20_000)) - machine.spawned_at_ms);
    } finally {
      await machine.stop();
    }
  }
  return [{ name: 'net.power_on_to_auth', value: median(times), unit: 'ms', limit: 1000 }];
}

/** All of it, on the image that is built for it. */
export async function networkSpeeds(): Promise<Result[]> {
  const options = await networkImage({ name: 'devkernel' });
  const results = await powerOn(options);
  const network = await Network.start('bench/network', { ...options, timeout_ms: LIFE_MS });
  try {
    for (const part of [idle, consoleSpeeds, nineSpeeds, bulk]) results.push(...(await part(network)));
  } finally {
    await network.stop();
  }
  return results;
}
