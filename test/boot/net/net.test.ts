// SPDX-License-Identifier: Apache-2.0
/**
 * The network card and the TCP/IP stack on the running system, from the host's side of QEMU's user network: the self-test's ports
 * through each interface of the card and in different slots, a machine without a card, the first words of both protocols, the self-test,
 * and an address from QEMU's DHCP server.
 */
import { createSocket } from 'node:dgram';
import { mkdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { chooseHostPort, type Conversation, type MachineOptions, withMachine } from 'qemu-wasm-runner';
import { writeIfChanged } from '../../../compiler/src/toolchain/files.ts';
import { ROOT, testImage } from '../../support/build.ts';
import { BUILD_TIMEOUT_MS, kernels } from '../domains/image.ts';

const RUN_TIMEOUT_MS = 60_000;
const ANSWER_TIMEOUT_MS = 10_000;
const CONSOLE_PORT = 31337;
const SECURE9P_PORT = 564;
const UDP_ECHO_PORT = 31338;
const TCP_SMOKE_PORT = 31339;
const PROMPT = 'cohesix>';
/** How often the interface is looked at before there must be an address, and the pause between. */
const LOOKS = 100;
const LOOK_MS = 200;

/** All that a TCP connection says before it ends in order. */
function conversation(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect({ host: '127.0.0.1', port });
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => socket.destroy(new Error('no answer')));
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('end', () => resolve(Buffer.concat(chunks).toString()));
    socket.on('error', reject);
  });
}

/** A console frame: length field and line. */
function line(text: string): Buffer {
  const frame = Buffer.alloc(4 + text.length);
  frame.writeUInt32LE(frame.length);
  frame.write(text, 4);
  return frame;
}

const TVERSION = Buffer.from('1500000064ffff0020000008003950323030302e4c', 'hex');

/** The first bytes that a connection answers. */
function answerOf(port: number, data: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => socket.destroy(new Error('no answer')));
    socket.on('data', (chunk) => {
      socket.destroy();
      resolve(chunk);
    });
    socket.on('end', () => reject(new Error('closed')));
    socket.on('error', reject);
    socket.write(data);
  });
}

/** The answer to a datagram. */
function answerTo(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    const timer = setTimeout(() => {
      socket.close();
      reject(new Error('no answer'));
    }, ANSWER_TIMEOUT_MS);
    socket.on('message', (message) => {
      clearTimeout(timer);
      socket.close();
      resolve(message.toString());
    });
    socket.on('error', reject);
    socket.send(text, port, '127.0.0.1');
  });
}

/** Looks at the interface until it has the address that QEMU gives. */
async function untilBound(console: Conversation): Promise<void> {
  for (let look = 0; look < LOOKS; look++) {
    console.send('cat /proc/net/interface\r');
    const [, address] = await console.expect(/^address=([\d.]+)\r?\n/);
    const [, state] = await console.expect(/^dhcp=(\w+)\r?\n/);
    await console.expect('END');
    if (state !== 'bound') {
      await sleep(LOOK_MS);
      continue;
    }
    expect(address).toBe('10.0.2.15');
    return;
  }
  throw new Error('no address');
}

describe.each(kernels())('the network on $name', ({ name, prefix }) => {
  const gic = prefix?.gicVersion === undefined ? {} : { gic: prefix.gicVersion };
  let image: string;
  beforeAll(async () => {
    image = (await testImage(`system/${name}`, prefix === undefined ? {} : { prefix })).output;
  }, BUILD_TIMEOUT_MS);

  /** The card by hand, where the harness's own line does not do. */
  async function cardWith(legacy: 'on' | 'off', device: string): Promise<{ ports: number[]; machine: MachineOptions }> {
    const udp = await chooseHostPort({ guest_port: UDP_ECHO_PORT, protocol: 'udp' });
    const tcp = await chooseHostPort({ guest_port: TCP_SMOKE_PORT });
    const forwards = [udp, tcp].map((f) => `,hostfwd=${f.protocol}:127.0.0.1:${f.host_port}-:${f.guest_port}`);
    const extra_args = ['-global', `virtio-mmio.force-legacy=${legacy}`, '-netdev', `user,id=n0${forwards.join('')}`];
    return {
      ports: [udp.host_port, tcp.host_port],
      machine: { extra_args: [...extra_args, '-device', `virtio-net-device,netdev=n0${device}`] },
    };
  }

  it.each([
    ['modern, first slot', 'off', ',bus=virtio-mmio-bus.0'],
    ['modern, slot 13', 'off', ',bus=virtio-mmio-bus.13'],
    ['legacy, last slot', 'on', ''],
  ] as const)(
    '%s',
    async (label, legacy, device) => {
      const { ports, machine } = await cardWith(legacy, device);
      const options = { ...machine, ...gic, image, name: `net/${name}/${label}`, timeout_ms: RUN_TIMEOUT_MS };
      await withMachine(options, async ({ console }) => {
        await console.expect(PROMPT);
        const [udp = 0, tcp = 0] = ports;
        expect(await answerTo(udp, 'hello')).toBe('ECHO:hello');
        // One after the other: QEMU listens with a backlog of one, and the host may drop what comes beyond.
        for (let n = 0; n < 16; n++) expect(await conversation(tcp), `connection ${n}`).toBe('ok\n');
      });
    },
    RUN_TIMEOUT_MS + 10_000,
  );

  it(
    'the device line of the harness, many connections',
    async () => {
      const net = { forwards: [{ guest_port: TCP_SMOKE_PORT }] };
      const options = { ...gic, image, net, name: `net/${name}/many`, timeout_ms: RUN_TIMEOUT_MS };
      await withMachine(options, async ({ machine, console }) => {
        await console.expect(PROMPT);
        const port = machine.forwards[0]?.host_port ?? 0;
        for (let n = 0; n < 200; n++) expect(await conversation(port), `connection ${n}`).toBe('ok\n');
      });
    },
    RUN_TIMEOUT_MS + 10_000,
  );

  it(
    'both protocols on the port of the console, 9P on its own, and the self-test',
    async () => {
      const net = { forwards: [{ guest_port: CONSOLE_PORT }, { guest_port: SECURE9P_PORT }] };
      const options = { ...gic, image, net, name: `net/${name}/protocols`, timeout_ms: RUN_TIMEOUT_MS };
      await withMachine(options, async ({ machine, console }) => {
        await console.expect(PROMPT);
        const [lines = 0, frames = 0] = machine.forwards.map((forward) => forward.host_port);
        expect((await answerOf(lines, line('AUTH changeme'))).subarray(4).toString()).toBe('OK AUTH');
        for (const port of [lines, frames]) {
          const answer = await answerOf(port, TVERSION);
          expect([answer[4], answer.subarray(13).toString()]).toEqual([101, '9P2000.L']);
        }
        console.send('nettest\r');
        await console.expect('OK NETTEST');
        console.send('netstats\r');
        // The first line of counters, and the self-test that runs.
        await console.expect(/netstats: rx_pkts=[1-9]/);
        await console.expect('enabled=true running=true');
        await console.expect('OK NETSTATS');
      });
    },
    RUN_TIMEOUT_MS + 10_000,
  );

  it(
    'an address by DHCP',
    async () => {
      const folder = join(ROOT, `out/test/boot-net-dhcp/${name}`);
      mkdirSync(folder, { recursive: true });
      const manifest = join(folder, 'manifest.toml');
      const base = readFileSync(join(ROOT, 'configs/root_task_domains.toml'), 'utf8');
      writeIfChanged(manifest, `${base}\n[network]\nmode = "dhcp"\n`);
      const built = await testImage(`boot-net-dhcp/${name}`, { manifest, ...(prefix === undefined ? {} : { prefix }) });
      const net = { forwards: [{ guest_port: CONSOLE_PORT }] };
      const options = { ...gic, image: built.output, net, name: `net/${name}/dhcp`, timeout_ms: RUN_TIMEOUT_MS };
      await withMachine(options, async ({ machine, console }) => {
        await console.expect(PROMPT);
        console.send('attach queen\r');
        await console.expect('OK ATTACH');
        await untilBound(console);
        const answer = await answerOf(machine.forwards[0]?.host_port ?? 0, line('AUTH changeme'));
        expect(answer.subarray(4).toString()).toBe('OK AUTH');
      });
    },
    BUILD_TIMEOUT_MS + RUN_TIMEOUT_MS,
  );

  it(
    'a machine without a card comes up as well',
    async () => {
      const options = { ...gic, image, name: `net/${name}/none`, timeout_ms: RUN_TIMEOUT_MS };
      await withMachine(options, async ({ console }) => {
        await console.expect(PROMPT);
      });
    },
    RUN_TIMEOUT_MS + 10_000,
  );
});
