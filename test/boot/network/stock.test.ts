// SPDX-License-Identifier: Apache-2.0
/**
 * Clients that we did not write: diod's `diodls` and `diodcat` read the tree, and tshark dissects what passes over the card. Set-up
 * unpacks diod's package into node_modules/.cache. With `SEL4_PREFIX` set, on a genuine kernel too.
 */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../../support/build.ts';
import { BUILD_TIMEOUT_MS, kernels } from '../domains/image.ts';
import { NINE_PORT, Network, networkImage, ticketFor } from './system.ts';

const LIFE_MS = 180_000;
const TEST_MS = 60_000;
const COMMAND_MS = 20_000;
const DIOD = join(ROOT, 'node_modules/.cache/diod');

const execute = promisify(execFile);

/** Directories of the libraries that came with diod. */
function libraries(): string {
  const lib = join(DIOD, 'usr/lib');
  const folders = existsSync(lib) ? readdirSync(lib).map((name) => join(lib, name)) : [];
  return [lib, ...folders].join(':');
}

async function diod(program: 'diodls' | 'diodcat', ...args: readonly string[]): Promise<string> {
  const env = { ...process.env, LD_LIBRARY_PATH: libraries() };
  const { stdout } = await execute(join(DIOD, 'usr/sbin', program), args, { env, timeout: COMMAND_MS });
  return stdout;
}

describe.each(kernels())('stock clients, $name', (kernel) => {
  let network: Network;
  let capture: string;
  beforeAll(async () => {
    const machine = await networkImage(kernel);
    const name = `network/${kernel.name}/stock`;
    capture = join(ROOT, `out/test/network-${kernel.name}.pcap`);
    rmSync(capture, { force: true });
    network = await Network.start(name, { ...machine, net: { capture }, timeout_ms: LIFE_MS });
  }, BUILD_TIMEOUT_MS);
  afterAll(() => network.stop());

  const server = (ticket = network.ticket): string[] => ['-s', `127.0.0.1:${network.port(NINE_PORT)}`, '-a', ticket];

  it('diodls lists the tree', { timeout: TEST_MS }, async () => {
    const client = await network.nine();
    for (const path of ['/', '/proc', '/proc/lifecycle', '/shard']) {
      const names = (await diod('diodls', ...server(), path)).trim().split('\n').sort();
      expect(names, path).toEqual((await client.list(path)).sort());
    }
    expect(await diod('diodls', '-l', ...server(), '/proc')).toMatch(/^-r--r--r--\. +1 root +root +\d+ .* boot$/m);
    client.close();
  });

  it('diodcat reads files, the largest messages too', { timeout: TEST_MS }, async () => {
    const [segment] = await network.segments(1);
    const path = segment?.path ?? '';
    const client = await network.nine();
    for (let n = 0; n < 7; n++) await client.append(path, `${`record ${n} `.repeat(450)}\n`);
    for (const file of ['/proc/boot', '/proc/lifecycle/state', path]) {
      expect(await diod('diodcat', ...server(), file), file).toBe((await client.read(file)).toString());
    }
    client.close();
  });

  it.each([
    ['no ticket', () => ''],
    ['a forged ticket', () => ticketFor('queen', { secret: 'not the secret' })],
    ['a ticket that has expired', () => ticketFor('queen', { now_ms: 0n, budget: { ttl_s: 1n } })],
    ['text that is no ticket', () => 'ctl'],
  ])('is refused with %s', { timeout: TEST_MS }, async (_name, ticket) => {
    await expect(diod('diodls', ...server(ticket()), '/')).rejects.toThrow(/error attaching|Permission denied/);
  });

  it('sends nothing that tshark finds malformed', { timeout: TEST_MS }, async () => {
    const client = await network.nine();
    await client.list('/shard');
    await client.read('/proc/boot');
    await client.append('/log/queen.log', 'for the capture\n');
    await client.read('/nothing').catch(() => undefined);
    client.close();
    await network.stop();
    const dissect = async (...args: readonly string[]): Promise<string[]> => {
      const port = `tcp.port==${NINE_PORT},9p`;
      const options = { timeout: COMMAND_MS, maxBuffer: 64 << 20 };
      const { stdout } = await execute('tshark', ['-n', '-r', capture, '-d', port, ...args], options);
      return stdout.split('\n').filter((line) => line !== '');
    };
    const types = await dissect('-Y', '9p', '-T', 'fields', '-e', '9p.msgtype');
    // Tversion, Rversion, Tattach, Rattach, Twalk, Rlerror, Rreaddir, Rread, Rwrite, Rclunk: the dissector has seen them.
    const seen = new Set(types.flatMap((line) => line.split(',')));
    for (const type of ['100', '101', '104', '105', '110', '7', '41', '117', '119', '121'])
      expect(seen).toContain(type);
    // 0x00800000 is Error, 0x00600000 Warning.
    expect(await dissect('-Y', '_ws.malformed || (9p && _ws.expert.severity >= 0x600000)')).toEqual([]);
  });
});
