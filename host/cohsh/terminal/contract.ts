// SPDX-License-Identifier: Apache-2.0
/**
 * Owns what the interactive terminal asks of the shell whose lines it reads. The shell (../shell.ts) is one; the tests of
 * the terminal have a smaller one.
 */

/** How a command ended. Its texts went through `Output` before. */
export interface Outcome {
  ok: boolean;
  /** The session is closed and the shell with it: `quit`. */
  exit?: boolean;
}

export interface LineRunner {
  /** Runs one line. Never rejects for what an operator can cause; an aborted command ends soon and leaves a clean state. */
  run(line: string, signal?: AbortSignal): Promise<Outcome>;
  /** Names in a directory, asked of the attached session and printed nowhere; undefined when there is no answer. */
  list(path: string, signal: AbortSignal): Promise<readonly string[] | undefined>;
  /** Tells the other side that somebody is still here; does nothing without a session. */
  keepAlive(): Promise<void>;
  /** What can be typed, for completion. */
  readonly commands: readonly CompletableCommand[];
}

/**
 * What an argument is: a live path, a name in the live directory `in`, a file of this machine, one of some words, or text that
 * nothing is known about. `redirect` is the text of `echo`, with a live path after the first `>`.
 */
export type ArgumentKind = 'path' | 'file' | 'text' | 'redirect' | readonly string[] | { readonly in: string };

export interface CompletableCommand {
  /** One word or two: `ls`, `pool bench`. */
  name: string;
  /** What stands in each place; the last one repeats if `rest` is set. */
  arguments?: readonly ArgumentKind[];
  rest?: boolean;
  /** `--mode`, `ticks=`: in any place, each once. */
  options?: readonly string[];
  /** What follows an option, where it is known. */
  values?: Readonly<Record<string, ArgumentKind>>;
}
