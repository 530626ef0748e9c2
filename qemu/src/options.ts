// SPDX-License-Identifier: Apache-2.0
// What a machine is made of, and the QEMU arguments that make it. Pure: starts nothing, so that `--dry-run` and the
// unit tests see exactly what would run.

export interface Forward {
  /** Port the guest listens on. */
  guest_port: number;
  /** Loopback port of the host; 0 (the default) takes a free one. */
  host_port?: number;
  protocol?: 'tcp' | 'udp';
}

/** Addresses of the guest's network where they are not QEMU's own. */
export interface Subnet {
  guest: string;
  prefix_len: number;
  /** The host as the guest sees it; empty where QEMU may choose. */
  host: string;
}

/** QEMU's own. */
export const USER_NETWORK: Subnet = { guest: '10.0.2.15', prefix_len: 24, host: '10.0.2.2' };

export interface NetOptions {
  forwards?: readonly Forward[];
  mac?: string;
  /** Lets the guest open connections to the outside. Off by default: a test must not depend on a network. */
  outbound?: boolean;
  subnet?: Subnet;
  /** File for what passes over the network card, in pcap format. */
  capture?: string;
}

export interface MachineOptions {
  /** File that QEMU loads with `-kernel`: an ELF, or an arm64 Image. Absent when `extra_args` brings the system. */
  image?: string;
  gic?: 2 | 3;
  /** Gives the CPU EL2 and starts the image there. */
  virtualization?: boolean;
  cpu?: string;
  memory_mib?: number;
  smp?: number;
  net?: NetOptions;
  /** Virtual time advances 2^icount_shift ns an instruction, and jumps over idle time: runs are repeatable. */
  icount_shift?: number;
  extra_args?: readonly string[];
}

/** The `make boot` machine: what `-M virt -cpu cortex-a57 -m 1024` gives. */
export const MACHINE_DEFAULTS = { gic: 2, virtualization: false, cpu: 'cortex-a57', memory_mib: 1024, smp: 1 } as const;

/** MAC address in upstream's fixtures; any fixed one does, since every machine has its own network. */
const DEFAULT_MAC = '52:55:00:d1:55:01';

export const QEMU_COMMAND = 'qemu-system-aarch64';

/** The command's arguments without serial and control channels. Host ports must be chosen by now. */
export function machineArguments(options: MachineOptions): string[] {
  const o = { ...MACHINE_DEFAULTS, ...options };
  const args = ['-M', `virt,gic-version=${o.gic}${o.virtualization ? ',virtualization=on' : ''}`];
  args.push('-cpu', o.cpu, '-m', String(o.memory_mib), '-smp', String(o.smp));
  args.push('-display', 'none', '-nodefaults');
  if (o.icount_shift !== undefined) args.push('-icount', `shift=${o.icount_shift},sleep=off`);
  if (o.net !== undefined) args.push(...netArguments(o.net));
  if (o.image !== undefined) args.push('-kernel', o.image);
  return [...args, ...(o.extra_args ?? [])];
}

function netArguments(net: NetOptions): string[] {
  const forwards = (net.forwards ?? []).map(
    (f) => `,hostfwd=${f.protocol ?? 'tcp'}:127.0.0.1:${f.host_port ?? 0}-:${f.guest_port}`,
  );
  const restrict = net.outbound === true ? '' : ',restrict=on';
  return [
    ...['-global', 'virtio-mmio.force-legacy=off'],
    ...['-netdev', `user,id=net0${restrict}${subnetOption(net.subnet)}${forwards.join('')}`],
    ...['-device', `virtio-net-device,netdev=net0,mac=${net.mac ?? DEFAULT_MAC},bus=virtio-mmio-bus.0`],
    ...(net.capture === undefined ? [] : ['-object', `filter-dump,id=dump0,netdev=net0,file=${net.capture}`]),
  ];
}

/** The guest gets the first address that QEMU would lease, so that forwards without an address go to it. */
function subnetOption(subnet: Subnet | undefined): string {
  if (subnet === undefined) return '';
  const host = subnet.host === '' ? '' : `,host=${subnet.host}`;
  return `,net=${subnet.guest}/${subnet.prefix_len}${host},dhcpstart=${subnet.guest}`;
}

/** The same machine as one line for a shell, with the serial console and QEMU's own monitor on the terminal. */
export function shellCommand(options: MachineOptions): string {
  return [QEMU_COMMAND, ...machineArguments(options), '-serial', 'mon:stdio'].map(shellQuote).join(' ');
}

function shellQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
