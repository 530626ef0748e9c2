// SPDX-License-Identifier: Apache-2.0
/** /proc/net and /proc/domains: what they show of the numbers that the net domain and the root task give. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { nineDoorModule, ROOT } from './build.ts';
import { Client } from './client.ts';
import { Machine } from './machine.ts';
import { KEYS, mint } from './tickets.ts';

/** The numbers and names of net's table, read from their only place. */
const SOURCE = readFileSync(join(ROOT, 'lib/protocol/net-counters.ts'), 'utf8');
const words = Object.fromEntries(
  [...SOURCE.matchAll(/^export const (\w+): u\d+ = (\d+);$/gm)].map(([, name = '', value]) => [name, Number(value)]),
);
const names = [...SOURCE.matchAll(/^ {2}'(\w+)',$/gm)].map(([, name = '']) => name);
const index = (name: string): number => words[name] ?? -1;

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await nineDoorModule();
});

const ADDRESS = (text: string): bigint => BigInt(Buffer.from(text.split('.').map(Number)).readUInt32LE());

describe('/proc/net', () => {
  /** Every word has its own index as its value, unless told otherwise. */
  function machineWith(changes: Readonly<Record<string, bigint>> = {}): Client {
    const machine = new Machine(module);
    for (let i = 0; i < index('COUNT'); i++) machine.netCounters.set(i, BigInt(i));
    for (const [name, value] of Object.entries(changes)) machine.netCounters.set(index(name), value);
    return new Client(machine).attach();
  }

  it('interface tells the facts', () => {
    const facts = {
      CARD_STATE: 1n,
      CARD_SLOT: 13n,
      CARD_LEGACY: 0n,
      CARD_MAC: 0x01_55_d1_00_55_52n,
      ADDRESS: ADDRESS('10.0.2.15'),
      NETMASK: ADDRESS('255.255.255.0'),
      GATEWAY: ADDRESS('10.0.2.2'),
      DHCP_STATE: 0n,
      DHCP_LEASE_S: 0n,
    };
    expect(machineWith(facts).read('/proc/net/interface').split('\n')).toEqual([
      'card=running',
      'slot=13',
      'virtio=modern',
      'mac=52:55:00:d1:55:01',
      'mode=static',
      'address=10.0.2.15',
      'netmask=255.255.255.0',
      'gateway=10.0.2.2',
      'dhcp=off',
      'dhcp_lease_s=0',
      '',
    ]);
  });

  it.each([
    [{ CARD_STATE: 0n }, 'card=absent'],
    [{ CARD_STATE: 2n }, 'card=failed'],
    [{ CARD_STATE: 99n }, 'card=failed'],
    [{ CARD_LEGACY: 1n }, 'virtio=legacy'],
    [{ DHCP_STATE: 1n }, 'dhcp=asking'],
    [{ DHCP_STATE: 2n }, 'dhcp=bound'],
    [{ DHCP_STATE: 3n }, 'dhcp=renewing'],
    [{ ADDRESS: (1n << 64n) - 1n }, 'address=255.255.255.255'],
    [{ CARD_MAC: (1n << 64n) - 1n }, 'mac=ff:ff:ff:ff:ff:ff'],
  ])('interface, case %#', (changes, line) => {
    expect(machineWith(changes).read('/proc/net/interface').split('\n')).toContain(line);
  });

  it('shows every word under its name, once', () => {
    const client = machineWith();
    const shown = ['counters', 'connections', 'refusals', 'drops']
      .flatMap((file) => client.read(`/proc/net/${file}`).split('\n'))
      .filter((line) => line === 'rx_pkts=0' || !/^$|=0$/.test(line));
    const elsewhere = new Set(
      [
        ...['NETTEST_ENABLED', 'NETTEST_RUNNING', 'NETTEST_LAST'],
        ...['CARD_STATE', 'CARD_SLOT', 'CARD_LEGACY', 'CARD_MAC'],
        ...['ADDRESS', 'NETMASK', 'GATEWAY', 'DHCP_STATE', 'DHCP_LEASE_S'],
      ].map(index),
    );
    const expected = names.map((name, i) => `${name}=${i}`).filter((_, i) => !elsewhere.has(i));
    expect(shown.sort()).toEqual(expected.sort());
  });

  it('belongs to the queen', () => {
    const machine = new Machine(module, { keys: KEYS });
    const queen = new Client(machine).attach();
    queen.write('/queen/ctl', '{"spawn":"heartbeat","ticks":1}');
    const worker = new Client(machine).attach('worker-heartbeat', mint({ role: 1, subject: 'worker-1' }));
    expect(worker.list('/proc')).toEqual(['boot']);
    for (const path of ['/proc/net', '/proc/net/counters', '/proc/domains', '/proc/domains/uart'])
      expect(worker.refusal((c) => c.walk(path))).toBe(`Permission access to ${path} denied`);
    expect(queen.list('/proc/net')).toEqual(['connections', 'counters', 'drops', 'interface', 'refusals']);
  });
});

describe('/proc/domains', () => {
  const DOMAINS = [
    { name: 'uart', words: [1n, 1n, 0n, 0n, 22n, 65536n, 4096n, 1024n, 8192n, 0n] },
    { name: 'net', words: [2n, 7n, 9n, 8n, 0n, 0n, 0n, 0n, 16384n, 0n], lastFault: '[fault] domain=net kind=divide' },
    { name: 'a-domain-whose-name-has-thirty-2', words: [3n, 1n, 6n, 5n, 0n, 0n, 0n, 0n, 1n, 0n] },
  ];

  it('has a file for each, in byte order', () => {
    const queen = new Client(new Machine(module, { domains: DOMAINS })).attach();
    expect(queen.list('/proc/domains')).toEqual(['a-domain-whose-name-has-thirty-2', 'net', 'uart']);
    expect(queen.refusal((c) => c.walk('/proc/domains/ne'))).toBe('NotFound path /proc/domains/ne not found');
    expect(queen.refusal((c) => c.write('/proc/domains/net', 'x'))).toContain('Permission');
  });

  it('tells of each what the supervisor knows', () => {
    const queen = new Client(new Machine(module, { domains: DOMAINS })).attach();
    expect(queen.read('/proc/domains/uart').split('\n')).toEqual([
      'state=running',
      'generation=1',
      'faults=0',
      'restarts=0',
      'objects=22',
      'memory_bytes=65536',
      'heap_high_water_bytes=4096',
      'stack_high_water_bytes=1024',
      'stack_bytes=8192',
      'last_fault=none',
      '',
    ]);
    const net = queen.read('/proc/domains/net');
    expect(net).toMatch(/^state=backoff\ngeneration=7\nfaults=9\nrestarts=8\n/);
    expect(net).toMatch(/\nlast_fault=\[fault\] domain=net kind=divide\n$/);
    expect(queen.read('/proc/domains/a-domain-whose-name-has-thirty-2')).toMatch(/^state=given-up\n/);
  });

  it('may have none, or as many as a manifest may have', () => {
    expect(new Client(new Machine(module, { domains: [] })).attach().list('/proc/domains')).toEqual([]);
    const most = Array.from({ length: 512 }, (_, i) => ({ name: `domain-${i}`, words: [1n] }));
    expect(new Client(new Machine(module, { domains: most })).attach().list('/proc/domains')).toHaveLength(512);
    const more = [...most, { name: 'one-more', words: [1n] }];
    expect(() => new Client(new Machine(module, { domains: more }))).toThrow('unreachable');
  });
});
