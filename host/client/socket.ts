// SPDX-License-Identifier: Apache-2.0
/** Owns how TCP connections are made: within a time, or not at all, with a reason that says what to do. */
import { connect, type Socket } from 'node:net';
import { abortedError, throwIfAborted } from './deadline.ts';
import { ClientError, reasonOf } from './errors.ts';

/** Quiet connections are found out to be dead by the kernel's probes. */
const KEEPALIVE_MS = 15_000;

export interface DialOptions {
  host: string;
  port: number;
  connect_ms: number;
  signal?: AbortSignal | undefined;
}

function unreachable(host: string, port: number, reason: string, cause?: unknown): ClientError {
  return new ClientError(
    'unreachable',
    `cannot connect to ${host}:${port}: ${reason}`,
    'check host and port, and that the node runs (make boot)',
    cause === undefined ? undefined : { cause },
  );
}

function reasonFor(error: NodeJS.ErrnoException): string {
  switch (error.code ?? '') {
    case 'ECONNREFUSED':
      return 'connection refused';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'unknown host';
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'no route to host';
    case 'ECONNRESET':
      return 'connection reset';
    default:
      return reasonOf(error);
  }
}

export function dial({ host, port, connect_ms, signal }: DialOptions): Promise<Socket> {
  throwIfAborted(signal);
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    return Promise.reject(new ClientError('usage', `port ${port} is not one of 1..65535`, 'give another port'));
  }
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    const end = (error?: Error): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      socket.removeListener('error', failed);
      if (error === undefined) return resolve(socket);
      // Late errors of a socket that nobody wants any more.
      socket.on('error', () => undefined);
      socket.destroy();
      reject(error);
    };
    const stop = (): void => end(abortedError());
    const failed = (error: NodeJS.ErrnoException): void => end(unreachable(host, port, reasonFor(error), error));
    const timer = setTimeout(() => end(unreachable(host, port, `no answer within ${connect_ms} ms`)), connect_ms);
    signal?.addEventListener('abort', stop, { once: true });
    socket.once('error', failed);
    socket.once('connect', () => {
      socket.setNoDelay(true);
      socket.setKeepAlive(true, KEEPALIVE_MS);
      end();
    });
  });
}

/** Why a socket that was open is not any more. */
export function lossOf(error: NodeJS.ErrnoException | undefined): ClientError {
  const reason = error === undefined ? 'closed by the node' : reasonFor(error);
  return new ClientError('closed', `connection lost: ${reason}`, 'run the command again', { cause: error });
}
