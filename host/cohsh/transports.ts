// SPDX-License-Identifier: Apache-2.0
/** From settings to a way to the node, and what it says on standard error while it works. */
import { existsSync } from 'node:fs';
import { mockTransport, nineTransport, type Policy, roleName, tcpTransport, type Transport } from '../client/index.ts';
import type { Settings } from './args.ts';
import { CommandError } from './errors.ts';
import type { Output, Streams } from './output.ts';
import { recorded, replayed } from './trace.ts';

/** A transport with what has to happen around it. */
export interface Opened {
  transport: Transport;
  /** Prepares more ways to the same node. */
  another: () => Promise<() => Transport>;
  /** Looks at what passes to an output. */
  watch: (output: Output) => Output;
  /** After the last command; throws if a trace is not what it should be. */
  finish: () => void;
}

type Ways = Pick<Opened, 'transport' | 'another'>;

function mock({ mock: { seedGpu } }: Settings, { retry }: Policy): Ways {
  const transport = mockTransport({ seedGpu, retry });
  const another = async (): Promise<() => Transport> => {
    const node = await transport.node();
    return () => mockTransport({ node, retry });
  };
  return { transport, another };
}

function always(make: () => Transport): Ways {
  return { transport: make(), another: () => Promise.resolve(make) };
}

/** Boots the image; in a file of its own, since it needs all that builds and runs images. */
async function qemu(settings: Settings, policy: Policy): Promise<Ways> {
  const builder = new URL('./qemu-transport.ts', import.meta.url);
  if (!existsSync(builder)) {
    throw new CommandError('transport qemu needs a checkout of Cohesix', {
      fix: 'use --transport tcp with a running node',
    });
  }
  const { qemuTransport } = (await import(builder.href)) as {
    qemuTransport: (settings: Settings, policy: Policy) => Transport | Promise<Transport>;
  };
  const transport = await qemuTransport(settings, policy);
  return { transport, another: () => Promise.resolve(() => transport) };
}

async function ways(settings: Settings, policy: Policy): Promise<Ways> {
  const { tcp, nine } = settings;
  switch (settings.transport) {
    case 'mock':
      return mock(settings, policy);
    case 'tcp':
      return always(() => tcpTransport({ host: tcp.host, port: tcp.port, authToken: tcp.authToken, policy }));
    case '9p':
      return always(() => nineTransport({ host: tcp.host, port: nine.port, policy }));
    case 'qemu':
      return qemu(settings, policy);
  }
}

export async function openTransport(settings: Settings, policy: Policy): Promise<Opened> {
  const { recordTrace, replayTrace } = settings;
  if (recordTrace === undefined && replayTrace === undefined) {
    return { ...(await ways(settings, policy)), watch: (output) => output, finish: () => undefined };
  }
  const traced =
    recordTrace === undefined
      ? replayed(replayTrace ?? '', policy)
      : recorded(recordTrace, policy, settings.mock.seedGpu);
  const another = (): never => {
    throw new CommandError('a trace has one session only');
  };
  return { ...traced, another };
}

/** The connection's own news: `[cohsh][tcp] connection lost: …`. */
export function narrate(transport: Transport, streams: Streams, debug: boolean): void {
  const say = (text: string): void => streams.stderr(`[cohsh][${transport.kind}] ${text}\n`);
  transport.on('text', (line) => say(line));
  transport.on('lost', (error) => say(`connection lost: ${error.message}`));
  transport.on('reconnecting', (attempt, delay_ms, total) =>
    say(`reconnect attempt #${attempt} (delay=${delay_ms}ms, total_reconnects=${total})`),
  );
  transport.on('reconnected', (role) => {
    if (role !== undefined) say(`remote NineDoor ready as role ${roleName(role)}`);
  });
  if (transport.kind !== 'mock') {
    transport.on('connected', (endpoint, connects) => say(`connected to ${endpoint} (connects=${connects})`));
  }
  if (debug) transport.on('trace', (direction, text) => say(`${direction === 'send' ? '->' : '<-'} ${text}`));
}
