// SPDX-License-Identifier: Apache-2.0
/**
 * Source text with positions: turns an offset into `file:line:col` and builds diagnostics that point into it.
 * Owned by everything that reads a text format (manifests today); offsets are UTF-16 code units, as in `Position`.
 */
import type { Diagnostic, Position } from './diagnostic.ts';

/** Half-open range of offsets in one source text. */
export interface Span {
  start: number;
  end: number;
  /** The text, where several are read together. */
  source?: SourceText;
}

export class SourceText {
  readonly file: string;
  readonly text: string;
  private readonly lineStarts: number[] = [0];

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) this.lineStarts.push(at + 1);
  }

  /** Offset of the first character of the 1-based `line`; the end of the text when there is no such line. */
  offsetOfLine(line: number): number {
    return this.lineStarts[line - 1] ?? this.text.length;
  }

  position(offset: number): Position {
    const at = Math.max(0, Math.min(offset, this.text.length));
    let low = 0;
    let high = this.lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.lineStarts[middle] ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    return { file: this.file, line: low + 1, column: at - (this.lineStarts[low] ?? 0) + 1 };
  }

  /** The 1-based line without its end-of-line characters. */
  line(line: number): string {
    const start = this.offsetOfLine(line);
    const newline = this.text.indexOf('\n', start);
    return this.text.slice(start, newline === -1 ? undefined : newline).replace(/\r$/, '');
  }

  /** The parts of a diagnostic that say where it is. The underline never leaves the first line of the span. */
  locate(span: Span): Required<Pick<Diagnostic, 'position' | 'sourceLine' | 'length'>> {
    const position = this.position(span.start);
    const sourceLine = this.line(position.line);
    const room = sourceLine.length - (position.column - 1);
    return { position, sourceLine, length: Math.max(1, Math.min(span.end - span.start, room)) };
  }
}
