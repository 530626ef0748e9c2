// SPDX-License-Identifier: Apache-2.0
/** What a command is, and what it may use: for every file in this folder, for the shell and for completion. */
import type { Answer, Policy, Role, SessionPool, Transport } from '../../client/index.ts';
import type { Output } from '../output.ts';
import type { CompletableCommand } from '../terminal/contract.ts';

export interface Attached {
  role: Role;
  /** Counts the sessions of this shell. */
  id: number;
}

/** What a running command sees of the shell. */
export interface Context {
  readonly output: Output;
  readonly signal: AbortSignal | undefined;
  readonly attached: Attached | undefined;
  /** The transport, if somebody is attached; else `attach to a session before running <verb>`. */
  session(verb: string): Transport;
  /** The same for commands of the queen. */
  queenSession(verb: string): Transport;
  attach(role: Role, ticket: string | undefined): Promise<void>;
  /** Sessions beside the shell's own, attached as it is; made when first asked for. */
  pool(): Promise<SessionPool>;
  /** Attaches anew as whoever is attached. */
  reattach(): Promise<void>;
  /** Ends the session; `show`: with the node's acknowledgement. */
  detach(show?: boolean): Promise<void>;
  /**
   * Shows an answer; a refusal is thrown after its acknowledgement was shown. What the transport refused by itself gets an
   * acknowledgement, too, of this verb and path.
   */
  show(answer: Promise<Answer>, verb?: string, path?: string): Promise<Answer>;
  /** Shows the acknowledgement of what is refused here, in the form of a node's refusal. */
  refuse(verb: string, path: string | undefined, error: unknown): void;
  readonly settings: ShellSettings;
  /** Runs scripts of the node in this session: for `test`. */
  readonly runner: LineRunner;
}

/** What runs one line and shows its output somewhere else. */
export interface LineRunner {
  run(line: string, signal?: AbortSignal, output?: Output): Promise<Outcome>;
}

export interface Outcome {
  ok: boolean;
  /** The shell is to end. */
  exit?: boolean;
  error?: unknown;
}

/** What commands need to know of the command line and the policy. */
export interface ShellSettings {
  tcpHost: string;
  tcpPort: number;
  policy: Policy;
  /** Prepares more ways to the same node: for the pool. */
  another: () => Promise<() => Transport>;
}

export interface Command extends CompletableCommand {
  /** The first word. */
  verb: string;
  /** `tail <path>` */
  usage: string;
  /** `Stream a file via NineDoor` */
  summary: string;
  /** Lines that `help <verb>` adds. */
  details?: readonly string[];
  /** `rest` is the line after the verb, trimmed. Throws CommandError or ClientError. */
  run(rest: string, context: Context): Promise<{ exit?: boolean } | void>;
}

export function words(rest: string): string[] {
  return rest.split(/\s+/).filter((word) => word !== '');
}
