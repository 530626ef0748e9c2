// SPDX-License-Identifier: Apache-2.0
/**
 * Owns the contract of transports: ways to a node, or to the mock of one, that take the console's commands and give the
 * console's answers. cohsh, coh and everything else on a host stand on it.
 */
import type { Answer } from './answer.ts';
import type { ClientError } from './errors.ts';
import type { Role } from './ticket.ts';

export type TransportKind = 'tcp' | '9p' | 'mock' | 'qemu';

export interface CallOptions {
  signal?: AbortSignal | undefined;
  /** Longest silence of the node; the policy's retry.timeout_ms unless given. */
  timeout_ms?: number | undefined;
}

export interface ReadOptions extends CallOptions {
  /** First byte wanted. */
  offset?: number | undefined;
}

export interface FollowOptions extends CallOptions {
  /** Between looks at a file that has given all it has. */
  poll_ms: number;
  /** Called each time that all there is has been given. */
  onEnd?: () => void;
}

export interface TransportEvents {
  /** A line that belongs to no answer. */
  text: [line: string];
  /** A connection stands; `connects` counts them. */
  connected: [endpoint: string, connects: number];
  /** The connection is gone; the next command tries to get it back. */
  lost: [error: ClientError];
  /** About to try again after a pause. */
  reconnecting: [attempt: number, delay_ms: number, total: number];
  /** Connected again and, if there was a session, attached again. */
  reconnected: [role: Role | undefined];
  /** What passes on the wire, for debugging: never AUTH or tickets. */
  trace: [direction: 'send' | 'receive', text: string];
}

/** What `read` and `write` can carry. */
export interface Limits {
  /** Bytes of one write; Infinity: it is cut into pieces as needed. */
  readonly write_bytes: number;
  /** Only one line of text can be written. */
  readonly text_only: boolean;
  readonly path_bytes: number;
}

/**
 * Commands run one after the other on `tcp`, side by side on `9p` and `mock`. A refusal is an answer with `ack.ok` false;
 * a call that got no answer rejects with a ClientError. Nothing waits for longer than `timeout_ms` for the other side.
 */
export interface Transport {
  readonly kind: TransportKind;
  /** Where it goes to: `127.0.0.1:31337`, `mock`. */
  readonly endpoint: string;
  /** Role of the session, if there is one. */
  readonly role: Role | undefined;
  readonly limits: Limits;

  connect(options?: CallOptions): Promise<void>;
  attach(role: Role, ticket?: string, options?: CallOptions): Promise<Answer>;
  ls(path: string, options?: CallOptions): Promise<Answer>;
  cat(path: string, options?: CallOptions): Promise<Answer>;
  tail(path: string, options?: CallOptions): Promise<Answer>;
  log(options?: CallOptions): Promise<Answer>;
  /** Appends `text` and a newline. */
  echo(path: string, text: string, options?: CallOptions): Promise<Answer>;
  spawn(payload: string, options?: CallOptions): Promise<Answer>;
  kill(worker: string, options?: CallOptions): Promise<Answer>;
  ping(options?: CallOptions): Promise<Answer>;
  /** A console line as it is, for verbs that only consoles have: help, bi, caps, mem, netstats, nettest, cachelog. */
  command(line: string, options?: CallOptions): Promise<Answer>;
  /** Ends the session; the transport can attach again. */
  quit(options?: CallOptions): Promise<Answer>;

  /** The bytes of a file from `offset` to its end; a refusal is thrown (`refused`). */
  read(path: string, options?: ReadOptions): AsyncIterable<Uint8Array>;
  /** The bytes of a file, and then what is appended, each once, until the signal says so. Not over a console. */
  follow?(path: string, options: FollowOptions): AsyncIterable<Uint8Array>;
  /** Appends bytes as they are. */
  write(path: string, bytes: Uint8Array, options?: CallOptions): Promise<Answer>;

  /** Lets go of everything. Calls under way reject with `closed`. */
  close(): Promise<void>;
  on<K extends keyof TransportEvents>(event: K, listener: (...args: TransportEvents[K]) => void): () => void;
  /** Of the next sends, `count` take only `bytes` bytes at first: what cohsh's `pool bench` tests retries with. */
  injectShortWrites?(count: number, bytes: number): void;
}
