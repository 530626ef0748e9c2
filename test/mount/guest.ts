// SPDX-License-Identifier: Apache-2.0
/**
 * The Linux guest: Debian's kernel, and a first file system with busybox, the modules that a mount over TCP takes, and a
 * script of steps. The guest prints `[mount] ok <step>` or `[mount] FAILED <step>` for each, with what the commands said.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MachineOptions } from 'qemu-wasm-runner';
import { failure } from '../../diagnostics/diagnostic.ts';
import { ROOT } from '../support/build.ts';
import { archive, type Entry } from './cpio.ts';

const TREE = join(ROOT, 'node_modules/.cache/linux-arm64');

/** In the order in which they must be loaded; one that the kernel has built in is passed over. */
const MODULES = [
  ...['virtio_mmio', 'failover', 'net_failover', 'virtio_net'],
  ...['netfs', 'fscache', '9pnet', '9pnet_fd', '9p'],
];

export interface Step {
  name: string;
  /** Lines of shell; each must succeed. `fails` is there for what must not. */
  script: string;
}

function kernelFile(): string {
  const boot = join(TREE, 'boot');
  const name = existsSync(join(TREE, 'complete'))
    ? readdirSync(boot).find((file) => file.startsWith('vmlinuz-'))
    : undefined;
  if (name === undefined)
    throw failure('COH0803', 'there is no Linux kernel for the guest', 'fetch it with: sh tools/setup.sh mount');
  return join(boot, name);
}

function modules(): Entry[] {
  const found = readdirSync(join(TREE, 'lib'), { recursive: true, encoding: 'utf8' });
  return MODULES.flatMap((module) => {
    const path = found.find((file) => file.endsWith(`/${module}.ko`));
    return path === undefined
      ? []
      : [{ path: `modules/${module}.ko`, data: readFileSync(join(TREE, 'lib', path)), mode: 0o644 }];
  });
}

/** `! command` would not end a script of `sh -e`. */
const PRELUDE = 'fails() { if "$@"; then echo "unexpected success: $*"; exit 1; fi; }\n';

/** Runs all steps, even after one that failed, and switches the machine off. */
function initScript(loaded: readonly Entry[], steps: readonly Step[]): string {
  return `#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin
mount -t devtmpfs devtmpfs /dev
mount -t proc proc /proc
exec </dev/null >/dev/console 2>&1
${loaded.map(({ path }) => `insmod /${path} || echo "[mount] FAILED insmod ${path}"`).join('\n')}
ip link set lo up
ip link set eth0 up
ip addr add 10.0.2.15/24 dev eth0
ip route add default via 10.0.2.2
${steps
  .map(
    ({ name }, n) =>
      `if sh -e /steps/${n}; then echo; echo "[mount] ok ${name}"; else echo; echo "[mount] FAILED ${name}"; fi`,
  )
  .join('\n')}
echo "[mount] end"
poweroff -f
`;
}

/** Writes the guest's file system; returns the machine. The host is 10.0.2.2 to it. */
export function linuxGuest(directory: string, steps: readonly Step[]): MachineOptions {
  mkdirSync(directory, { recursive: true });
  const folders = ['bin', 'dev', 'proc', 'mnt', 'tmp', 'modules', 'steps'].map((path) => ({ path, mode: 0o755 }));
  const loaded = modules();
  const files: Entry[] = [
    { path: 'bin/busybox', data: readFileSync(join(TREE, 'bin/busybox')), mode: 0o755 },
    ...loaded,
    ...steps.map(({ script }, n) => ({ path: `steps/${n}`, data: Buffer.from(PRELUDE + script), mode: 0o644 })),
    { path: 'init', data: Buffer.from(initScript(loaded, steps)), mode: 0o755 },
  ];
  const initrd = join(directory, 'initrd.cpio');
  writeFileSync(initrd, archive([...folders, ...files]));
  return {
    image: kernelFile(),
    memory_mib: 512,
    // Out, so that it reaches the other machine's port on the host's loopback interface.
    net: { outbound: true },
    extra_args: ['-initrd', initrd, '-append', 'console=ttyAMA0 quiet panic=-1'],
  };
}
