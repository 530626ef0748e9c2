// SPDX-License-Identifier: Apache-2.0
// The QEMU command line: exact, because a silent change of the machine changes what every boot test means.
import { describe, expect, it } from 'vitest';
import { machineArguments, shellCommand, type MachineOptions } from '../../../qemu/src/options.ts';

const PLAIN = '-M virt,gic-version=2 -cpu cortex-a57 -m 1024 -smp 1 -display none -nodefaults';
const NET = '-global virtio-mmio.force-legacy=off -netdev';
const DEVICE = '-device virtio-net-device,netdev=net0,mac=52:55:00:d1:55:01,bus=virtio-mmio-bus.0';

const CASES: [string, MachineOptions, string][] = [
  ['defaults', {}, PLAIN],
  ['image', { image: 'a.elf' }, `${PLAIN} -kernel a.elf`],
  ['gic 3 at EL2', { gic: 3, virtualization: true }, PLAIN.replace('gic-version=2', 'gic-version=3,virtualization=on')],
  [
    'cpu, memory, cores',
    { cpu: 'max', memory_mib: 512, smp: 2 },
    PLAIN.replace('cortex-a57 -m 1024 -smp 1', 'max -m 512 -smp 2'),
  ],
  ['instruction counting', { icount_shift: 4 }, `${PLAIN} -icount shift=4,sleep=off`],
  ['closed network', { net: {} }, `${PLAIN} ${NET} user,id=net0,restrict=on ${DEVICE}`],
  [
    'forwards',
    {
      net: {
        outbound: true,
        forwards: [
          { guest_port: 1, host_port: 2 },
          { guest_port: 3, host_port: 4, protocol: 'udp' },
        ],
      },
    },
    `${PLAIN} ${NET} user,id=net0,hostfwd=tcp:127.0.0.1:2-:1,hostfwd=udp:127.0.0.1:4-:3 ${DEVICE}`,
  ],
  [
    'a network around the address of the guest',
    { net: { subnet: { guest: '192.168.7.5', prefix_len: 28, host: '192.168.7.1' } } },
    `${PLAIN} ${NET} user,id=net0,restrict=on,net=192.168.7.5/28,host=192.168.7.1,dhcpstart=192.168.7.5 ${DEVICE}`,
  ],
  [
    'a network without a router, and a capture',
    { net: { subnet: { guest: '192.168.7.5', prefix_len: 28, host: '' }, capture: 'a.pcap' } },
    `${PLAIN} ${NET} user,id=net0,restrict=on,net=192.168.7.5/28,dhcpstart=192.168.7.5 ${DEVICE} ` +
      '-object filter-dump,id=dump0,netdev=net0,file=a.pcap',
  ],
  ['extra arguments come last', { image: 'a.elf', extra_args: ['-d', 'int'] }, `${PLAIN} -kernel a.elf -d int`],
];

describe('machine arguments', () => {
  it.each(CASES)('%s', (_name, options, expected) => {
    expect(machineArguments(options).join(' ')).toBe(expected);
  });

  it('gives a command line that a shell can take', () => {
    expect(shellCommand({ image: "it's here.elf" })).toBe(
      `qemu-system-aarch64 ${PLAIN} -kernel 'it'\\''s here.elf' -serial mon:stdio`,
    );
  });
});
