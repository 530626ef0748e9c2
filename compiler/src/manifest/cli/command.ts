// SPDX-License-Identifier: Apache-2.0
/** What a command of coh-rtc is, for the table of commands and for those that stand in files of their own. */

/** Where output goes; a test passes its own. */
export interface Output {
  stdout(text: string): void;
  stderr(text: string): void;
}

/** Returns the exit code. */
export type Command = (argv: readonly string[], output: Output) => Promise<number> | number;
