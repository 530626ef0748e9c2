// SPDX-License-Identifier: Apache-2.0
// What the command opens of the guest's network on the host, and the commands that it prints for it. The guest's own ports
// are those that `machine.json` beside the image says; the host's are the user's choice, or near it.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { failure } from '../../diagnostics/diagnostic.ts';
import { FileError, readBoundedText } from '../../tools/bounded-file.ts';
import { QEMU_CODES } from './errors.ts';
import { USER_NETWORK, type Forward, type NetOptions, type Subnet } from './options.ts';
import { freePort, portIsFree } from './ports.ts';

/** The host's port for Secure9P: 564 would need root. */
export const DEFAULT_9P_HOST_PORT = 10_564;

/** TCP and UDP ports that the guest listens on; 0: it does not. */
export interface GuestNetwork {
  console_port: number;
  secure9p_port: number;
  udp_echo_port: number;
  tcp_smoke_port: number;
  subnet?: Subnet;
}

/** What `machine.json` beside an image says. */
export interface MachineFile {
  /** Absent: the guest has no network. */
  network?: GuestNetwork;
  /** Commands that reach the guest, with `{console_port}` and `{secure9p_port}` for ports of the host. */
  clients: readonly string[];
}

/** What the user may say about it. */
export interface NetworkChoice {
  /** Absent: the guest's own console port, or a free one. */
  port?: number;
  port_9p?: number;
  outbound: boolean;
}

export const MACHINE_FILE = 'machine.json';
const MAX_MACHINE_FILE_BYTES = 64 << 10;

/** What is known of an image; undefined when nothing beside it says anything. */
export function machineFile(image: string): MachineFile | undefined {
  const path = join(dirname(image), MACHINE_FILE);
  if (!existsSync(path)) return undefined;
  try {
    return checkMachineFile(JSON.parse(readBoundedText(path, MAX_MACHINE_FILE_BYTES)));
  } catch (error) {
    if (!(error instanceof FileError || error instanceof SyntaxError || error instanceof TypeError)) throw error;
    throw failure(QEMU_CODES.image, `${path}: ${error.message}`, 'make image writes it anew');
  }
}

type Table = Record<string, unknown>;

function checkMachineFile(value: unknown): MachineFile {
  const { network, clients } = (value ?? {}) as Table;
  if (!Array.isArray(clients) || !clients.every((client) => typeof client === 'string')) {
    throw new TypeError('clients is no list of texts');
  }
  if (network === null || network === undefined) return { clients };
  const n = network as Table;
  const subnet = subnetOf(n);
  const port = (key: string): number => wholeNumber(n, key, 65_535);
  return {
    network: {
      console_port: port('console_port'),
      secure9p_port: port('secure9p_port'),
      udp_echo_port: port('udp_echo_port'),
      tcp_smoke_port: port('tcp_smoke_port'),
      ...(subnet === undefined ? {} : { subnet }),
    },
    clients,
  };
}

function wholeNumber(table: Table, key: string, max: number): number {
  const value = table[key];
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max) return value;
  throw new TypeError(`network.${key} is no whole number up to ${max}`);
}

/** QEMU's network is built around the guest's address when that is not the one which QEMU expects. */
function subnetOf(n: Table): Subnet | undefined {
  const { mode, address, gateway } = n;
  if (mode !== 'static') return undefined;
  const guest = String(address);
  const host = String(gateway);
  const prefix_len = wholeNumber(n, 'prefix_len', 32);
  const { guest: usual, prefix_len: usual_len, host: usual_host } = USER_NETWORK;
  if (guest === usual && prefix_len === usual_len && host === usual_host) return undefined;
  return { guest, prefix_len, host };
}

/** The network device for these choices, and what is to be said about them; ports of the host are chosen here. */
export async function planNetwork(
  guest: GuestNetwork,
  choice: NetworkChoice,
): Promise<{ net: NetOptions; forwards: Required<Forward>[]; notes: string[] }> {
  const notes: string[] = [];
  const taken = new Set<number>();
  const add = async (what: string, guest_port: number, wish: number, option?: string): Promise<Required<Forward>> => {
    const protocol = what.startsWith('UDP') ? 'udp' : 'tcp';
    let host_port = wish;
    if (taken.has(wish) || !(await portIsFree(wish, protocol))) {
      if (option !== undefined) {
        throw failure(
          QEMU_CODES.usage,
          `${option} ${wish} is taken`,
          'stop what listens there, or choose another port',
        );
      }
      host_port = await freePort(protocol);
      notes.push(`port ${wish} of this host is taken: ${what} is on ${host_port}`);
    }
    taken.add(host_port);
    return { guest_port, host_port, protocol };
  };
  const forwards = [
    await add(
      'the console',
      guest.console_port,
      choice.port ?? guest.console_port,
      choice.port === undefined ? undefined : '--port',
    ),
  ];
  if (guest.secure9p_port !== 0) {
    const wish = choice.port_9p ?? DEFAULT_9P_HOST_PORT;
    const option = choice.port_9p === undefined ? undefined : '--port-9p';
    forwards.push(await add('Secure9P', guest.secure9p_port, wish, option));
  } else if (choice.port_9p !== undefined) {
    throw failure(
      QEMU_CODES.usage,
      '--port-9p, but the image has no port for Secure9P',
      'set network.secure9p_port in the manifest',
    );
  }
  if (guest.tcp_smoke_port !== 0) {
    forwards.push(await add('the TCP probe', guest.tcp_smoke_port, guest.tcp_smoke_port));
  }
  // QEMU drops the answers to forwarded datagrams on a closed network: such a forward would only puzzle.
  if (guest.udp_echo_port !== 0 && choice.outbound) {
    forwards.push(await add('UDP echo', guest.udp_echo_port, guest.udp_echo_port));
  }
  const subnet = guest.subnet === undefined ? {} : { subnet: guest.subnet };
  return { net: { forwards, outbound: choice.outbound, ...subnet }, forwards, notes };
}

/** The commands that reach the guest, for the terminal, with the ports of this host. */
export function networkAdvice({ network, clients }: MachineFile, forwards: readonly Required<Forward>[]): string[] {
  if (network === undefined || clients.length === 0) return [];
  const { console_port, secure9p_port } = network;
  const hostPort = (guest_port: number): string =>
    String(forwards.find((f) => f.guest_port === guest_port && f.protocol === 'tcp')?.host_port ?? guest_port);
  const fill = (command: string): string =>
    command.replaceAll('{console_port}', hostPort(console_port)).replaceAll('{secure9p_port}', hostPort(secure9p_port));
  return ['From another terminal, in this folder:', ...clients.map((command) => `  ${fill(command)}`)];
}
