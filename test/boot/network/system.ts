// SPDX-License-Identifier: Apache-2.0
/** The running system with its network, for the tests of this folder, the benchmark and the soak: a machine, its ports, a ticket. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Conversation, logDirectory, Machine, type StartOptions } from 'qemu-wasm-runner';
import { ticketSecret } from '../../../host/client/ticket-config.ts';
import { mintFor, type MintRequest, type Role } from '../../../host/client/ticket.ts';
import type { ImageOptions } from '../../../compiler/src/build/image.ts';
import { MANIFEST, testImage } from '../../support/build.ts';
import type { Kernel } from '../domains/image.ts';
import { ConsoleClient } from './clients/console.ts';
import { NineClient } from './clients/nine.ts';

export const CONSOLE_PORT = 31337;
export const NINE_PORT = 564;
export const PROMPT = 'cohesix> ';
const PROMPT_TIMEOUT_MS = 30_000;
export const TOKEN = 'changeme';

/** A ticket of the development secrets. */
export function ticketFor(role: Role, more: Partial<MintRequest> = {}): string {
  return mintFor({ role, secret: ticketSecret(MANIFEST, role), now_ms: BigInt(Date.now()), ...more });
}

export interface Segment {
  device: string;
  /** Path of a file that one client alone appends to. */
  path: string;
}

export class Network {
  readonly serial: Conversation;
  readonly ticket = ticketFor('queen');

  private constructor(
    readonly machine: Machine,
    readonly directory: string,
  ) {
    this.serial = new Conversation(machine);
  }

  /** Boots the image to its prompt. */
  static async start(name: string, options: StartOptions): Promise<Network> {
    const directory = logDirectory(name);
    const forwards = [{ guest_port: CONSOLE_PORT }, { guest_port: NINE_PORT }, ...(options.net?.forwards ?? [])];
    const net = { ...options.net, forwards };
    const network = new Network(
      await Machine.start({ ...options, net, transcript: `${directory}/serial.log` }),
      directory,
    );
    await network.serial.expect(PROMPT, PROMPT_TIMEOUT_MS);
    return network;
  }

  stop(): Promise<unknown> {
    return this.machine.stop();
  }

  /** The host's port for one of the guest. */
  port(guest_port: number): number {
    const forward = this.machine.forwards.find((f) => f.guest_port === guest_port);
    if (forward === undefined) throw new Error(`port ${guest_port} is not forwarded`);
    return forward.host_port;
  }

  /** A console that has authenticated. */
  console(): Promise<ConsoleClient> {
    return ConsoleClient.enter(this.port(CONSOLE_PORT));
  }

  /** A console attached as queen, with a ticket: throttles never hold it back. */
  queen(): Promise<ConsoleClient> {
    return ConsoleClient.enter(this.port(CONSOLE_PORT), `queen ${this.ticket}`);
  }

  /** A Secure9P session as queen; on the console's port, which serves both protocols, where asked. */
  nine(port = NINE_PORT): Promise<NineClient> {
    return NineClient.enter(this.port(port), 'queen', this.ticket);
  }

  /** Makes new telemetry segments, spread over devices. */
  async segments(count: number, devices = 8): Promise<Segment[]> {
    const client = await this.nine();
    const segments: Segment[] = [];
    for (let n = 0; n < count; n++) {
      const device = `/queen/telemetry/test-${n % devices}`;
      await client.append(`${device}/ctl`, '{"new":"segment","mime":"text/plain"}\n');
      const id = (await client.read(`${device}/latest`)).toString().trim().split('\n').at(-1) ?? '';
      segments.push({ device, path: `${device}/seg/${id}` });
    }
    client.close();
    return segments;
  }

  /** A command on the serial console; its lines up to the acknowledgement. */
  async serialCommand(line: string, ack: RegExp): Promise<string> {
    const from = this.machine.text.length;
    this.serial.send(`${line}\r`);
    await this.serial.expect(ack);
    return this.machine.text.slice(from);
  }
}

/** The image of a kernel, and the machine that it needs. `COHESIX_IMAGE` and `COHESIX_FAULT_IMAGE` name ones that are built already. */
export async function networkImage(
  { name, prefix }: Kernel,
  options: Partial<ImageOptions> = {},
  folder = 'system',
): Promise<StartOptions & { image: string }> {
  const given = process.env[options.directories === undefined ? 'COHESIX_IMAGE' : 'COHESIX_FAULT_IMAGE'];
  if (given !== undefined && prefix === undefined) return { image: given };
  const built = await testImage(`${folder}/${name}`, {
    ...options,
    ...(prefix === undefined ? {} : { prefix }),
  });
  return { image: built.output, ...(prefix?.gicVersion === undefined ? {} : { gic: prefix.gicVersion }) };
}

/** Tries again until it succeeds: for clients whose server is away for a moment. */
export async function retry<T>(what: string, within_ms: number, attempt: () => Promise<T>): Promise<T> {
  const until_ms = performance.now() + within_ms;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > until_ms) throw new Error(`${what}: not in ${within_ms} ms`, { cause: error });
      await sleep(50);
    }
  }
}
