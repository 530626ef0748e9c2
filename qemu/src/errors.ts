// SPDX-License-Identifier: Apache-2.0
// What can go wrong around a machine, for everyone who starts one. An error about a running guest carries the last
// lines that the guest printed, because a boot failure is rarely understood from its cause alone.
import { Failure, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import { render } from '../../diagnostics/render.ts';

/** The codes of this folder; `COH08xx` is its range. */
export const QEMU_CODES = {
  missing: 'COH0801',
  tooOld: 'COH0802',
  image: 'COH0803',
  start: 'COH0804',
  timeout: 'COH0805',
  ended: 'COH0806',
  script: 'COH0807',
  expectation: 'COH0808',
  usage: 'COH0809',
  protocol: 'COH0810',
  transcript: 'COH0811',
  input: 'COH0812',
  refused: 'COH0813',
  output: 'COH0814',
} as const;

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
