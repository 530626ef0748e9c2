// SPDX-License-Identifier: Apache-2.0
/** `tcp-diag`: whether a TCP connection comes about, without a byte of protocol. */
import { connect, type Socket } from 'node:net';
import { CommandError, interrupted } from '../errors.ts';
import { type Command, type Context, words } from './command.ts';

function opened(host: string, port: number, timeout_ms: number, signal: AbortSignal | undefined): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    const timer = setTimeout(() => fail(new Error(`no answer within ${timeout_ms} ms`)), timeout_ms);
    const abort = (): void => fail(interrupted());
    const settle = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    };
    const fail = (error: Error): void => {
      settle();
      socket.destroy();
      reject(error);
    };
    signal?.addEventListener('abort', abort, { once: true });
    socket.once('error', fail);
    socket.once('connect', () => {
      settle();
      resolve(socket);
    });
  });
}

function portArgument(rest: string, fallback: number): number {
  const [text, ...more] = words(rest);
  if (text === undefined) return fallback;
  if (more.length > 0) throw new CommandError('tcp-diag takes one port');
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw new CommandError(`invalid port '${text}'`, { fix: '1 to 65535' });
  return port;
}

async function diagnose(context: Context, host: string, port: number): Promise<void> {
  const say = (text: string): void => context.output.write({ kind: 'line', text: `tcp-diag: ${text}` });
  say(`connecting to ${host}:${port}`);
  let socket;
  try {
    socket = await opened(host, port, context.settings.policy.retry.timeout_ms, context.signal);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const reason = error instanceof Error ? error.message || error.name : String(error);
    throw new CommandError(`tcp-diag: connect failed: ${reason}`, {
      fix: 'check that the node runs and that host and port are right',
      cause: error,
    });
  }
  say('connect succeeded');
  say(`local_addr=${socket.localAddress}:${socket.localPort}`);
  say(`peer_addr=${socket.remoteAddress}:${socket.remotePort}`);
  socket.destroy();
}

export const tcpDiag: Command = {
  verb: 'tcp-diag',
  name: 'tcp-diag',
  usage: 'tcp-diag [port]',
  summary: 'Debug TCP connectivity without protocol traffic',
  run: (rest, context) => diagnose(context, context.settings.tcpHost, portArgument(rest, context.settings.tcpPort)),
};
