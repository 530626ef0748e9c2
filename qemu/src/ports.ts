// SPDX-License-Identifier: Apache-2.0
// Loopback ports for host forwards: which are free.
import { createServer } from 'node:net';
import { createSocket } from 'node:dgram';
import type { Forward } from './options.ts';

/** `forward` with its host port chosen. The port is free now; QEMU takes it a moment later and may lose a race. */
export async function chooseHostPort(forward: Forward): Promise<Required<Forward>> {
  const protocol = forward.protocol ?? 'tcp';
  const host_port = forward.host_port ? forward.host_port : await freePort(protocol);
  return { guest_port: forward.guest_port, protocol, host_port };
}

/** Whether `port` can be listened on now. */
export async function portIsFree(port: number, protocol: 'tcp' | 'udp'): Promise<boolean> {
  try {
    return (await tryPort(port, protocol)) === port;
  } catch {
    return false;
  }
}

/** A port that is free now. */
export function freePort(protocol: 'tcp' | 'udp'): Promise<number> {
  return tryPort(0, protocol);
}

function tryPort(wish: number, protocol: 'tcp' | 'udp'): Promise<number> {
  return new Promise((resolve, reject) => {
    if (protocol === 'udp') {
      const socket = createSocket('udp4').once('error', reject);
      socket.bind(wish, '127.0.0.1', () => {
        const { port } = socket.address();
        socket.close(() => resolve(port));
      });
      return;
    }
    const server = createServer().once('error', reject);
    server.listen(wish, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
