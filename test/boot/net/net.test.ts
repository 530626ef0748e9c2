/**
 * The network card and the TCP/IP stack on the running system, from the host's side of QEMU's user network: the self-test's ports
 * through each interface of the card and in different slots, and a machine without a card.
 */
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import { withMachine } from '../../../qemu/src/harness.ts';
import type { MachineOptions } from '../../../qemu/src/options.ts';
import { chooseHostPort } from '../../../qemu/src/ports.ts';
import { testImage } from '../../support/build.ts';
import { BUILD_TIMEOUT_MS, kernels } from '../domains/image.ts';

const RUN_TIMEOUT_MS = 60_000;
const ANSWER_TIMEOUT_MS = 10_000;
const UDP_ECHO_PORT = 31338;
const TCP_SMOKE_PORT = 31339;
const PROMPT = 'cohesix>';

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

describe.each(kernels())('the network on $name', ({ name, prefix }) => {
  const gic = prefix?.gicVersion === undefined ? {} : { gic: prefix.gicVersion };
  let image: string;
  beforeAll(async () => {
    image = (await testImage(`boot-net/${name}`, prefix === undefined ? {} : { prefix })).output;
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
