// SPDX-License-Identifier: Apache-2.0
// The address of the node: from the manifest, or from a DHCP server.
import { beforeAll, describe, expect, it } from 'vitest';
import { DhcpServer } from './dhcp.ts';
import { moduleWithNetwork, type NetModule, NetNode } from './node.ts';
import { MODERN, PERFECT, SECOND_US } from './support.ts';
import { Wire } from './wire.ts';

const OFF = 0;
const ASKING = 1;
const BOUND = 2;

/** Four numbers as a word of the table. */
function word(...parts: readonly number[]): number {
  return parts.reduce((sum, part, n) => sum + part * 2 ** (8 * n), 0);
}

describe('static', () => {
  it.each([
    ['192.168.200.254', 30, '192.168.200.253', [255, 255, 255, 252]],
    ['172.16.255.1', 12, '', [255, 240, 0, 0]],
  ] as const)('%s/%i by "%s"', async (address, prefix, gateway, mask) => {
    const text = `address = "${address}"\nprefix_len = ${prefix}\ngateway = "${gateway}"`;
    const node = new NetNode(await moduleWithNetwork('net-static', text), MODERN);
    const numbers = (dotted: string): number => word(...dotted.split('.').map(Number));
    expect(node.counter('address')).toBe(numbers(address));
    expect(node.counter('netmask')).toBe(word(...mask));
    expect(node.counter('gateway')).toBe(numbers(gateway));
    expect(node.counter('dhcp_state')).toBe(OFF);
  });
});

describe('DHCP', () => {
  let built: NetModule;
  beforeAll(async () => {
    built = await moduleWithNetwork('net-dhcp', 'mode = "dhcp"');
  }, 120_000);

  function start(mood: DhcpServer['mood'] = 'helpful'): { node: NetNode; wire: Wire; server: DhcpServer } {
    const node = new NetNode(built, MODERN);
    const wire = new Wire(node, PERFECT);
    // It asked before the wire was there.
    const server = new DhcpServer(wire.send);
    server.mood = mood;
    wire.listeners.push(server);
    return { node, wire, server };
  }

  const wait = (wire: Wire, seconds: number): boolean => wire.run(() => false, BigInt(seconds) * SECOND_US);

  it('asks, takes what is offered, and renews it', () => {
    const { node, wire, server } = start();
    expect(node.counter('dhcp_state')).toBe(ASKING);
    expect(wire.run(() => node.counter('dhcp_state') === BOUND, 30n * SECOND_US)).toBe(true);
    expect(node.counter('address')).toBe(word(10, 0, 2, 77));
    expect(node.counter('netmask')).toBe(word(255, 255, 255, 0));
    expect(node.counter('gateway')).toBe(word(10, 0, 2, 2));
    expect(node.counter('dhcp_lease_s')).toBe(120);
    const requests = server.asked.filter((what) => what === 'request').length;
    wait(wire, 200);
    expect(server.asked.filter((what) => what === 'request').length).toBeGreaterThan(requests);
    expect(node.counter('dhcp_state')).toBe(BOUND);
  });

  it('goes on asking while nobody answers', () => {
    const { node, wire, server } = start('silent');
    wait(wire, 60);
    expect(server.asked.length).toBeGreaterThan(3);
    expect(new Set(server.asked)).toEqual(new Set(['discover']));
    expect(node.counter('address')).toBe(0);
    server.mood = 'helpful';
    expect(wire.run(() => node.counter('dhcp_state') === BOUND, 120n * SECOND_US)).toBe(true);
  });

  it('gives up an address that the server takes back', () => {
    const { node, wire, server } = start();
    wire.run(() => node.counter('dhcp_state') === BOUND, 30n * SECOND_US);
    server.mood = 'refusing';
    expect(wire.run(() => node.counter('address') === 0, 200n * SECOND_US)).toBe(true);
    expect(node.counter('dhcp_state')).toBe(ASKING);
    server.mood = 'helpful';
    server.address = [10, 0, 2, 99];
    expect(wire.run(() => node.counter('address') === word(10, 0, 2, 99), 60n * SECOND_US)).toBe(true);
  });

  it('takes nothing from a message that makes no sense', () => {
    const { node, wire } = start('garbling');
    wait(wire, 20);
    expect(node.counter('address')).toBe(0);
    expect(node.counter('dhcp_state')).toBe(ASKING);
  });
});
