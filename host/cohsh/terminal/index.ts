// SPDX-License-Identifier: Apache-2.0
/**
 * The interactive shell: what an operator sees. Lines are read with an editor on a terminal (`Terminal`), or plainly from a pipe
 * (`runLines`); what they do is the shell's.
 */
export { Terminal, type TerminalOptions } from './terminal.ts';
export { runLines } from './lines.ts';
export { wantsColour } from './style.ts';
export type { ArgumentKind, CompletableCommand, LineRunner, Outcome } from './contract.ts';
