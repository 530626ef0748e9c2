// SPDX-License-Identifier: Apache-2.0
// What `make boot` opens of the guest's network on the host, and the commands that it prints for it. The guest's own ports
// are those of the manifest that the image was built from; the host's are the user's choice, or near it.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { failure } from '../../diagnostics/diagnostic.ts';
import { absentValue } from '../../compiler/src/manifest/schema/dsl.ts';
import { auth, network } from '../../compiler/src/manifest/schema/settings.ts';
import { QEMU_CODES } from './errors.ts';
import type { Forward, NetOptions, Subnet } from './options.ts';
import { freePort, portIsFree } from './ports.ts';

/** The host's port for Secure9P: 564 would need root. */
export const DEFAULT_9P_HOST_PORT = 10_564;

/** What the image was built with; the part of manifest.json that concerns clients. */
export interface GuestNetwork {
  console_port: number;
  secure9p_port: number;
  udp_echo_port: number;
  tcp_smoke_port: number;
  queen_ticket: 'optional' | 'required';
  subnet?: Subnet;
}

/** What the user may say about it. */
export interface NetworkChoice {
  /** Absent: the guest's own console port, or a free one. */
  port?: number;
  port_9p?: number;
  outbound: boolean;
}

type Table = Record<string, unknown>;

/** The network of an image by the manifest beside it, or by the defaults where there is none; undefined when it has none. */
export function guestNetwork(image: string): GuestNetwork | undefined {
  const path = join(dirname(image), 'manifest.json');
  const manifest = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Table) : {};
  if ((manifest['features'] as Table | undefined)?.['net_console'] === false) return undefined;
  // A manifest of schema 1.5 does not have these tables: it has their defaults.
  const n = (manifest['network'] ?? absentValue(network)) as Table;
  const a = (manifest['auth'] ?? absentValue(auth)) as Table;
  const subnet = subnetOf(n);
  return {
    console_port: Number(n['console_port']),
    secure9p_port: Number(n['secure9p_port']),
    udp_echo_port: Number(n['udp_echo_port']),
    tcp_smoke_port: Number(n['tcp_smoke_port']),
    queen_ticket: a['queen_ticket'] === 'optional' ? 'optional' : 'required',
    ...(subnet === undefined ? {} : { subnet }),
  };
}

/** QEMU's network is built around the guest's address when that is not the one which QEMU expects. */
function subnetOf(n: Table): Subnet | undefined {
  const expected = absentValue(network) as Table;
  const keys = ['address', 'prefix_len', 'gateway'] as const;
  if (n['mode'] !== 'static' || keys.every((key) => n[key] === expected[key])) return undefined;
  return { guest: String(n['address']), prefix_len: Number(n['prefix_len']), host: String(n['gateway']) };
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

/** The commands that reach the guest, for the terminal. They name no secret: `cohsh` mints the ticket from the manifest. */
export function networkAdvice(guest: GuestNetwork, forwards: readonly Required<Forward>[]): string[] {
  const hostPort = (guest_port: number): number | undefined =>
    guest_port === 0 ? undefined : forwards.find((f) => f.guest_port === guest_port && f.protocol === 'tcp')?.host_port;
  const console = hostPort(guest.console_port);
  const nine = hostPort(guest.secure9p_port);
  const mint = 'cohsh --mint-ticket --role queen';
  const ticket = guest.queen_ticket === 'required' ? ` --ticket "$(${mint})"` : '';
  const lines = ['From another terminal of this host:', `  cohsh --role queen --tcp-port ${console}${ticket}`];
  if (nine === undefined) return lines;
  const options = `trans=tcp,port=${nine},version=9p2000.L,msize=8192,cache=none,uname=queen,aname=$(${mint})`;
  return [...lines, `  mount -t 9p -o ${options} 127.0.0.1 /mnt`];
}
