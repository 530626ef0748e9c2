/**
 * The TCP/IP stack of the net domain: where lwIP's sources are and which of them the image has. They come from Debian's source
 * package, which the set-up step unpacks, or from the tree that LWIP_DIR names.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { NativeSpec } from '../aot/native.ts';
import { failure } from '../diagnostics/diagnostic.ts';

/** Where tools/setup.sh puts the sources. */
const UNPACKED = 'node_modules/.cache/lwip';
const OWN = 'roottask/net/lwip';
const CORE = ['init', 'def', 'inet_chksum', 'ip', 'mem', 'memp', 'netif', 'pbuf', 'stats', 'tcp', 'tcp_in', 'tcp_out'];
const REST = ['udp', 'timeouts', 'ipv4/etharp', 'ipv4/icmp', 'ipv4/ip4', 'ipv4/ip4_addr', 'ipv4/ip4_frag'];
const STACK_BYTES = 16 * 1024;

export function lwip(root: string): NativeSpec {
  const tree = lwipDirectory();
  const source = join(tree, 'src');
  if (!existsSync(resolve(root, source, 'core/init.c'))) {
    throw failure(
      'COH0723',
      `there are no lwIP sources in ${tree}`,
      'run make setup, or set LWIP_DIR to a tree of lwIP 2.1',
    );
  }
  return {
    name: 'lwip',
    sources: [
      ...[...CORE, ...REST].map((name) => join(source, 'core', `${name}.c`)),
      join(source, 'netif/ethernet.c'),
      ...['bulk', 'isn', 'sockets', 'stack'].map((name) => `${OWN}/${name}.c`),
    ],
    includeDirs: [OWN, `${OWN}/include`],
    systemIncludeDirs: [join(source, 'include')],
    foreignDir: tree,
    stack_bytes: STACK_BYTES,
  };
}

function lwipDirectory(): string {
  const chosen = process.env['LWIP_DIR'];
  return chosen === undefined || chosen === '' ? UNPACKED : chosen;
}

/** What is built in, for the report: version as the sources say it, and the package's digests if it came from one. */
export function lwipVersion(root: string): string {
  const header = readFileSync(resolve(root, lwipDirectory(), 'src/include/lwip/init.h'), 'utf8');
  const part = (name: string): string => new RegExp(`LWIP_VERSION_${name}\\s+(\\d+)`).exec(header)?.[1] ?? '?';
  return `${part('MAJOR')}.${part('MINOR')}.${part('REVISION')}`;
}
