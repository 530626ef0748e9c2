// SPDX-License-Identifier: Apache-2.0
/**
 * The TCP/IP stack of the net domain: where lwIP's sources are and which of them the image has. They come from Debian's
 * source package, which the set-up step unpacks, or from the tree that LWIP_DIR names.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { NativeSpec } from '../aot/native.ts';
import { failure } from '../../../diagnostics/diagnostic.ts';

/** Where tools/setup.sh puts the sources. */
const UNPACKED = 'node_modules/.cache/lwip';
const OWN = 'domains/net/lwip';
const CORE = ['init', 'def', 'inet_chksum', 'ip', 'mem', 'memp', 'netif', 'pbuf', 'stats', 'tcp', 'tcp_in', 'tcp_out'];
const REST = ['udp', 'timeouts', 'ipv4/dhcp', 'ipv4/etharp', 'ipv4/icmp', 'ipv4/ip4', 'ipv4/ip4_addr', 'ipv4/ip4_frag'];
const STACK_BYTES = 16 * 1024;

/** For an image with so many connections at once. */
export function lwip(root: string, connections: number | undefined): NativeSpec {
  const tree = lwipDirectory();
  const source = join(tree, 'src');
  if (!existsSync(resolve(root, source, 'core/init.c'))) {
    throw failure(
      'COH0723',
      `there are no lwIP sources in ${tree}`,
      'run make setup, or set LWIP_DIR to a tree of lwIP 2.1',
    );
  }
  if (connections === undefined) throw new Error('the TCP/IP stack is built for a number of connections');
  return {
    name: 'lwip',
    sources: [
      ...[...CORE, ...REST].map((name) => join(source, 'core', `${name}.c`)),
      join(source, 'netif/ethernet.c'),
      ...['address', 'backlog', 'bulk', 'closing', 'isn', 'outbound', 'sockets', 'stack', 'udp'].map(
        (name) => `${OWN}/${name}.c`,
      ),
    ],
    includeDirs: [OWN, `${OWN}/include`],
    systemIncludeDirs: [join(source, 'include')],
    defines: [`MAX_CONNECTIONS=${connections}`],
    foreignDir: tree,
    stack_bytes: STACK_BYTES,
  };
}

export function lwipDirectory(): string {
  const chosen = process.env['LWIP_DIR'];
  return chosen === undefined || chosen === '' ? UNPACKED : chosen;
}

export interface LwipOrigin {
  /** As the sources say it. */
  version: string;
  /** Files of Debian's source package that the tree was unpacked from; none for another tree. */
  package: { file: string; sha256: string }[];
}

/** What is built in, for the report; undefined if there are no sources. */
export function lwipOrigin(root: string): LwipOrigin | undefined {
  const read = (name: string): string | undefined => {
    const path = resolve(root, lwipDirectory(), name);
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  };
  const header = read('src/include/lwip/init.h');
  if (header === undefined) return undefined;
  const part = (name: string): string => new RegExp(`LWIP_VERSION_${name}\\s+(\\d+)`).exec(header)?.[1] ?? '?';
  const files = [...(read('cohesix-source') ?? '').matchAll(/^([0-9a-f]{64}) +(?:\.\/)?(\S+)$/gm)];
  return {
    version: `${part('MAJOR')}.${part('MINOR')}.${part('REVISION')}`,
    package: files.map(([, sha256 = '', file = '']) => ({ file, sha256 })),
  };
}
