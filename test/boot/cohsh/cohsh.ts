// SPDX-License-Identifier: Apache-2.0
/** Runs cohsh in this process, and boots nodes for it to talk to. */
import { PassThrough } from 'node:stream';
import { type Running, withMachine } from 'qemu-wasm-runner';
import { ticketSecret } from '../../../host/client/ticket-config.ts';
import { mintFor, type Role } from '../../../host/client/ticket.ts';
import { main } from '../../../host/cohsh/main.ts';
import { MANIFEST, testImage } from '../../support/build.ts';

/** Ports of the guest in the default profile. */
const CONSOLE_PORT = 31337;
const NINE_PORT = 564;
export const READY = '[Cohesix] Root console ready';
export const RUN_TIMEOUT_MS = 60_000;
export const BUILD_TIMEOUT_MS = 300_000;

export const TRANSPORTS = ['tcp', '9p'] as const;
export type NetworkTransport = (typeof TRANSPORTS)[number];

/** One image for all tests of this folder. */
export async function cohshImage(): Promise<string> {
  return (await testImage('system/devkernel')).output;
}

export interface Ports {
  console: number;
  nine: number;
}

/** A booted node whose consoles are there. */
export interface Node extends Running {
  ports: Ports;
}

/** Runs `body` with a node that is gone afterwards; `ports` when the host's must be certain ones. */
export async function withNode<T>(name: string, body: (node: Node) => Promise<T>, ports?: Ports): Promise<T> {
  const forwards = [
    { guest_port: CONSOLE_PORT, ...(ports === undefined ? {} : { host_port: ports.console }) },
    { guest_port: NINE_PORT, ...(ports === undefined ? {} : { host_port: ports.nine }) },
  ];
  const image = await cohshImage();
  const options = { name: `cohsh/${name}`, image, net: { forwards }, timeout_ms: RUN_TIMEOUT_MS };
  return withMachine(options, async (running) => {
    await running.console.expect(READY, 30_000);
    await running.console.expect('cohesix> ');
    const [console, nine] = running.machine.forwards;
    return body({ ...running, ports: { console: console?.host_port ?? 0, nine: nine?.host_port ?? 0 } });
  });
}

/** Flags that lead to a node. */
export function flagsTo(transport: NetworkTransport | 'mock', ports?: Ports): string[] {
  if (ports === undefined || transport === 'mock') return ['--transport', transport];
  return ['--transport', transport, '--tcp-port', String(ports.console), '--9p-port', String(ports.nine)];
}

export function ticketFor(role: Role, subject?: string): string {
  const now_ms = BigInt(Date.now());
  return mintFor({ role, secret: ticketSecret(MANIFEST, role), now_ms, ...(subject === undefined ? {} : { subject }) });
}

/** What a line of a session must say to attach as queen: Secure9P over TCP always wants a ticket. */
export function attachQueen(transport: NetworkTransport | 'mock'): string {
  return transport === '9p' ? `attach queen ${ticketFor('queen')}` : 'attach queen';
}

export interface Result {
  code: number;
  out: string;
  err: string;
}

/** cohsh under way: lines can be given to it, and what it says looked at. */
export class Session {
  readonly result: Promise<Result>;
  private readonly input = new PassThrough();
  private readonly stop = new AbortController();
  private out = '';
  private err = '';

  constructor(argv: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const code = main(argv, {
      env,
      input: this.input,
      stdout: (text) => void (this.out += text),
      stderr: (text) => void (this.err += text),
      signal: this.stop.signal,
    });
    this.result = code.then((code) => ({ code, out: this.out, err: this.err }));
  }

  line(text: string): void {
    this.input.write(`${text}\n`);
  }

  /** No more lines. */
  end(): Promise<Result> {
    this.input.end();
    return this.result;
  }

  /** Ctrl-C. */
  interrupt(): void {
    this.stop.abort();
  }

  /** Waits until either stream has said it. */
  async says(what: string | RegExp, within_ms = 15_000): Promise<void> {
    const deadline_ms = performance.now() + within_ms;
    const said = (): boolean =>
      [this.out, this.err].some((text) => (typeof what === 'string' ? text.includes(what) : what.test(text)));
    while (!said()) {
      if (performance.now() > deadline_ms) throw new Error(`not said: ${String(what)}\n${this.out}\n${this.err}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** Runs cohsh with these lines as its input. */
export function cohsh(argv: readonly string[], lines: readonly string[] = []): Promise<Result> {
  const session = new Session(argv);
  for (const line of lines) session.line(line);
  return session.end();
}

/** The acknowledgements in a text, without what stands before them. */
export function acksIn(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.replace(/^\[console\] /, ''))
    .filter((line) => /^(OK|ERR) [A-Z]+( |$)/.test(line));
}
