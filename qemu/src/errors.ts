// SPDX-License-Identifier: Apache-2.0
// What can go wrong around a machine, for everyone who starts one. An error about a running guest carries the last
// lines that the guest printed, because a boot failure is rarely understood from its cause alone.
import { Failure, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import { render } from '../../diagnostics/render.ts';
import { RUNNER_CODES } from './codes.ts';

type Name = keyof typeof RUNNER_CODES;

/** Codes by the name that this package's sources use. */
export const QEMU_CODES = Object.fromEntries(Object.entries(RUNNER_CODES).map(([name, { code }]) => [name, code])) as {
  readonly [N in Name]: (typeof RUNNER_CODES)[N]['code'];
};

/** How many lines of the serial log an error shows. */
export const TAIL_LINES = 25;

/** A failure of, or in, a guest: the diagnostic, and below it the end of the serial log. */
export class MachineError extends Failure {
  readonly tail: readonly string[];

  constructor(diagnostic: Omit<Diagnostic, 'severity'>, tail: readonly string[]) {
    super({ severity: 'error', ...diagnostic });
    this.name = 'MachineError';
    this.tail = tail;
    this.message = [diagnostic.message, ...renderTail(tail)].join('\n');
  }
}

/** The end of a serial log as it stands below an error, each line marked so that it is not read as ours. */
export function renderTail(tail: readonly string[]): string[] {
  if (tail.length === 0) return ['  (the guest printed nothing)'];
  return [
    `  last ${tail.length} line${tail.length === 1 ? '' : 's'} of the guest:`,
    ...tail.map((line) => `  | ${line}`),
  ];
}

/** Any error as text for the terminal, ending in a newline: the diagnostics, then the guest's last lines. */
export function renderError(error: unknown): string {
  if (!(error instanceof Failure))
    return `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`;
  const tail = error instanceof MachineError ? `${renderTail(error.tail).join('\n')}\n` : '';
  return error.diagnostics.map(render).join('') + tail;
}
