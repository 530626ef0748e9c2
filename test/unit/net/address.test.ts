// The address of the node: from the manifest, or from a DHCP server.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../../support/build.ts';
import { DhcpServer } from './dhcp.ts';
import { netModule, type NetModule, NetNode } from './node.ts';
import { MODERN, PERFECT, SECOND_US } from './support.ts';
import { Wire } from './wire.ts';

const OFF = 0;
const ASKING = 1;
const BOUND = 2;

/** The component for the manifest of the image with another table [network]. */
async function moduleWith(name: string, network: string): Promise<NetModule> {
  const folder = join(ROOT, 'out/test', name);
  mkdirSync(folder, { recursive: true });
  const base = readFileSync(join(ROOT, 'configs/root_task_domains.toml'), 'utf8');
  const path = join(folder, 'manifest.toml');
  writeFileSync(path, `${base}\n[network]\n${network}\n`);
  return netModule(path, name);
}

/** Four numbers as a word of the table. */
function word(a: number, b: number, c: number, d: number): number {
  return a + b * 2 ** 8 + c * 2 ** 16 + d * 2 ** 24;
}

describe('static', () => {
  it.each([
    ['10.0.2.15', 24, '10.0.2.2', [255, 255, 255, 0]],
    ['192.168.200.254', 30, '192.168.200.253', [255, 255, 255, 252]],
    ['172.16.255.1', 12, '', [255, 240, 0, 0]],
    ['100.0.0.9', 1, '101.2.3.4', [128, 0, 0, 0]],
  ] as const)('%s/%i by "%s"', async (address, prefix, gateway, mask) => {
    const text = `address = "${address}"\nprefix_len = ${prefix}\ngateway = "${gateway}"`;
    const node = new NetNode(await moduleWith('net-static', text), MODERN);
    const numbers = (dotted: string): number => {
      const [a = 0, b = 0, c = 0, d = 0] = dotted.split('.').map(Number);
      return word(a, b, c, d);
    };
    expect(node.counter('address')).toBe(numbers(address));
    expect(node.counter('netmask')).toBe(word(...mask));
    expect(node.counter('gateway')).toBe(numbers(gateway));
    expect(node.counter('dhcp_state')).toBe(OFF);
  });
});

describe('DHCP', () => {
  let built: NetModule;
  beforeAll(async () => {
    built = await moduleWith('net-dhcp', 'mode = "dhcp"');
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
