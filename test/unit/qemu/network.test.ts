// SPDX-License-Identifier: Apache-2.0
// What `make boot` opens on the host: the guest's ports by its manifest, the host's by choice or by what is free.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  DEFAULT_9P_HOST_PORT,
  MACHINE_FILE,
  machineFile,
  networkAdvice,
  planNetwork,
  type GuestNetwork,
} from '../../../qemu/src/network.ts';
import { machineFile as writtenFor } from '../../../compiler/src/build/machine-file.ts';
import { compileManifest } from '../../../compiler/src/manifest/compile.ts';
import { freePort, portIsFree } from '../../../qemu/src/ports.ts';

const DEFAULTS: GuestNetwork = {
  console_port: 31337,
  secure9p_port: 564,
  udp_echo_port: 31338,
  tcp_smoke_port: 31339,
};
const QUIET: GuestNetwork = { ...DEFAULTS, udp_echo_port: 0, tcp_smoke_port: 0 };

let folder: string;
let server: Server | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cohesix-network-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
  server?.close();
  server = undefined;
});

function imageWith(content: string): string {
  writeFileSync(join(folder, MACHINE_FILE), content);
  return join(folder, 'image.elf');
}

/** A port that somebody listens on until the test ends. */
function takenPort(): Promise<number> {
  return new Promise((resolve) => {
    server = createServer().listen(0, '127.0.0.1', () => resolve((server?.address() as AddressInfo).port));
  });
}

describe("the guest's network", () => {
  const network = {
    mode: 'static',
    address: '10.0.2.15',
    prefix_len: 24,
    gateway: '10.0.2.2',
    console_port: 1,
    secure9p_port: 2,
    udp_echo_port: 0,
    tcp_smoke_port: 0,
  };
  const ports = { console_port: 1, secure9p_port: 2, udp_echo_port: 0, tcp_smoke_port: 0 };

  const plain = { ...ports };
  const clients = ['a', 'b'];

  it.each([
    ['is what the file says', { network, clients }, { network: plain, clients }],
    ['is not there where the file says so', { network: null, clients: [] }, { clients: [] }],
    [
      'has its own addresses',
      { network: { ...network, address: '192.168.7.5', gateway: '' }, clients },
      { network: { ...plain, subnet: { guest: '192.168.7.5', prefix_len: 24, host: '' } }, clients },
    ],
    [
      'has addresses by DHCP',
      { network: { ...network, mode: 'dhcp', address: '192.168.7.5' }, clients },
      { network: plain, clients },
    ],
  ])('%s', (_name, file, expected) => {
    expect(machineFile(imageWith(JSON.stringify(file)))).toEqual(expected);
  });

  it('is unknown without the file', () => {
    expect(machineFile(join(folder, 'image.elf'))).toBeUndefined();
  });

  it.each([
    ['no JSON', '{', /machine\.json: .*JSON/],
    ['no list of commands', '{"network":null}', 'machine.json: clients is no list of texts'],
    ['no number', '{"network":{},"clients":[]}', 'machine.json: network.console_port is no whole number up to 65535'],
    ['too long', ' '.repeat(70_000), 'machine.json: more than 65536 bytes'],
  ])('is refused when the file is damaged: %s', (_name, content, message) => {
    expect(() => machineFile(imageWith(content))).toThrow(message);
  });

  it('is written by the compiler as it is read here', async () => {
    const root = join(import.meta.dirname, '../../..');
    const written = writtenFor(await compileManifest(join(root, 'configs/root_task.toml')));
    const { network: read, clients: commands } = machineFile(imageWith(written)) ?? {};
    expect(read).toEqual(DEFAULTS);
    expect(commands).toHaveLength(2);
  });
});

describe('the ports of the host', () => {
  it('are those that were asked for', async () => {
    const [port, port_9p] = [await freePort('tcp'), await freePort('tcp')];
    const { net, notes } = await planNetwork(QUIET, { port, port_9p, outbound: false });
    expect(notes).toEqual([]);
    expect(net).toEqual({
      outbound: false,
      forwards: [
        { guest_port: 31337, host_port: port, protocol: 'tcp' },
        { guest_port: 564, host_port: port_9p, protocol: 'tcp' },
      ],
    });
  });

  it('are never the same twice', async () => {
    const port = await freePort('tcp');
    const plan = planNetwork(QUIET, { port, port_9p: port, outbound: false });
    await expect(plan).rejects.toThrow(`--port-9p ${port} is taken`);
  });

  it.each(['--port', '--port-9p'])('%s is refused where somebody listens', async (option) => {
    const taken = await takenPort();
    expect(await portIsFree(taken, 'tcp')).toBe(false);
    const choice = option === '--port' ? { port: taken } : { port: await freePort('tcp'), port_9p: taken };
    await expect(planNetwork(QUIET, { ...choice, outbound: false })).rejects.toThrow(`${option} ${taken} is taken`);
  });

  it('are others, with a note, where somebody listens and none was asked for', async () => {
    const taken = await takenPort();
    const guest = { ...QUIET, console_port: taken };
    const { forwards, notes } = await planNetwork(guest, { port_9p: await freePort('tcp'), outbound: false });
    expect(forwards[0]?.host_port).not.toBe(taken);
    expect(notes).toEqual([`port ${taken} of this host is taken: the console is on ${forwards[0]?.host_port}`]);
  });

  it('include the self-test: TCP always, UDP where its answers can come back', async () => {
    const guest = { ...QUIET, udp_echo_port: await freePort('udp'), tcp_smoke_port: await freePort('tcp') };
    const choice = { port: await freePort('tcp'), port_9p: await freePort('tcp') };
    const shape = async (outbound: boolean): Promise<string[]> =>
      (await planNetwork(guest, { ...choice, outbound })).forwards.map((f) => `${f.protocol}:${f.guest_port}`);
    expect(await shape(false)).toEqual(['tcp:31337', 'tcp:564', `tcp:${guest.tcp_smoke_port}`]);
    expect(await shape(true)).toEqual([...(await shape(false)), `udp:${guest.udp_echo_port}`]);
  });

  it('leave Secure9P out where the image does not serve it', async () => {
    const guest = { ...QUIET, secure9p_port: 0 };
    const port = await freePort('tcp');
    expect((await planNetwork(guest, { port, outbound: false })).forwards).toHaveLength(1);
    const plan = planNetwork(guest, { port, port_9p: DEFAULT_9P_HOST_PORT, outbound: false });
    await expect(plan).rejects.toThrow('--port-9p, but the image has no port for Secure9P');
  });
});

describe('the advice', () => {
  const forward = (guest_port: number, host_port: number) => ({ guest_port, host_port, protocol: 'tcp' }) as const;

  it.each([
    [
      'names ports of the host',
      { network: DEFAULTS, clients: ['shell {console_port}', 'mount {secure9p_port} {secure9p_port}'] },
      ['  shell 4000', '  mount 4001 4001'],
    ],
    ['is empty without a network', { clients: ['shell'] }, []],
    ['is empty without commands', { network: DEFAULTS, clients: [] }, []],
  ])('%s', (_name, known, expected) => {
    expect(networkAdvice(known, [forward(31337, 4000), forward(564, 4001)]).slice(1)).toEqual(expected);
  });
});
