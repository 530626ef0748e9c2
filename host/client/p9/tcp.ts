// SPDX-License-Identifier: Apache-2.0
/** Owns the `9p` transport: Secure9P over TCP, to a node's 9P port. */
import type { Socket } from 'node:net';
import { DEFAULT_9P_PORT, DEFAULT_CONNECT_MS, DEFAULT_HOST, MSIZE } from '../defaults.ts';
import { ClientError } from '../errors.ts';
import { FileTransport, type AckStyle } from '../files/transport.ts';
import { DEFAULT_POLICY, type Policy } from '../policy.ts';
import { dial, lossOf } from '../socket.ts';
import type { Transport } from '../transport.ts';
import type { Link } from './link.ts';
import type { Dialect } from './session.ts';

export interface NineOptions {
  host?: string | undefined;
  port?: number | undefined;
  /** Only `cohesix` and `9P2000` say in words why something is refused; only the standard ones work on the console's port. */
  dialect?: Dialect | undefined;
  msize?: number | undefined;
  connect_ms?: number | undefined;
  policy?: Policy | undefined;
  /** Requests that may be out at once. */
  maxInFlight?: number | undefined;
  acks?: AckStyle | undefined;
}

/** As qemu-wasm-runner chooses it where it is free. */
const QEMU_9P_PORT = 10_564;

/** What the default manifest's nodes take: `secure9p.tags_per_session`. */
const MAX_IN_FLIGHT = 16;

export function nineTransport(options: NineOptions = {}): Transport {
  const { host = DEFAULT_HOST, port = DEFAULT_9P_PORT, policy = DEFAULT_POLICY } = options;
  const connect_ms = options.connect_ms ?? DEFAULT_CONNECT_MS;
  return new FileTransport({
    kind: '9p',
    endpoint: `${host}:${port}`,
    dialect: options.dialect ?? 'cohesix',
    msize: options.msize ?? MSIZE,
    maxInFlight: options.maxInFlight ?? MAX_IN_FLIGHT,
    retry: policy.retry,
    acks: options.acks,
    dial: async ({ signal }) => {
      const socket = await dial({ host, port, connect_ms, signal }).catch((error: unknown) => {
        throw port === DEFAULT_9P_PORT ? elsewhere(error) : error;
      });
      return new TcpLink(socket, `${host}:${port}`);
    },
  });
}

/** A node in QEMU has another port on its host, where this one would need root. */
function elsewhere(error: unknown): unknown {
  if (!(error instanceof ClientError) || error.code !== 'unreachable') return error;
  const fix = `make boot has Secure9P on port ${QEMU_9P_PORT} (--9p-port ${QEMU_9P_PORT}); else check that the node runs`;
  return new ClientError(error.code, error.message, fix, { cause: error.cause });
}

class TcpLink implements Link {
  onData: (bytes: Uint8Array) => void = () => undefined;
  onEnd: (error: ClientError) => void = () => undefined;

  constructor(
    private readonly socket: Socket,
    readonly endpoint: string,
  ) {
    let failure: Error | undefined;
    socket.on('data', (bytes) => this.onData(bytes));
    socket.on('error', (error) => (failure = error));
    // The server has said all: half a connection is none.
    socket.on('end', () => socket.destroy());
    socket.on('close', () => this.onEnd(lossOf(failure)));
  }

  /** What is out is bounded by the tags, so the socket may buffer it. */
  send(bytes: Uint8Array): number {
    this.socket.write(bytes);
    return bytes.length;
  }

  close(): void {
    this.onEnd = () => undefined;
    this.socket.destroy();
  }
}
