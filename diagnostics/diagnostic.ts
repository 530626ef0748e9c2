// SPDX-License-Identifier: Apache-2.0
/**
 * Diagnostics are data: every part of the toolchain reports what is wrong as a `Diagnostic`, and only the command line
 * turns it into text. A `Failure` carries one or more of them through `throw`.
 */
export interface Position {
  /** Path as the user would type it, relative to the working directory where possible. */
  file: string;
  /** 1-based. */
  line: number;
  /** 1-based, in UTF-16 code units. */
  column: number;
}

export interface Diagnostic {
  /** Stable identifier, e.g. `COH0102`; `coh-rtc explain CODE` describes it. */
  code: string;
  severity: 'error' | 'warning';
  /** What is wrong, one line, no full stop. */
  message: string;
  position?: Position;
  /** The source line that `position` points into. */
  sourceLine?: string;
  /** Length of the span to underline, at least 1. */
  length?: number;
  /** Why it is wrong, where the message alone does not say. */
  cause?: string;
  /** What to do. */
  fix?: string;
}

export class Failure extends Error {
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: Diagnostic | readonly Diagnostic[]) {
    const list = Array.isArray(diagnostics) ? (diagnostics as readonly Diagnostic[]) : [diagnostics as Diagnostic];
    super(list.map((d) => d.message).join('\n'));
    this.name = 'Failure';
    this.diagnostics = list;
  }
}

/** Shorthand for a single error without a source position. */
export function failure(code: string, message: string, fix?: string): Failure {
  return new Failure({ code, severity: 'error', message, ...(fix === undefined ? {} : { fix }) });
}
