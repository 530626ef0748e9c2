// SPDX-License-Identifier: Apache-2.0
/**
 * Collects what is wrong with one manifest. Errors are reported by key path, e.g. `secure9p.msize` or
 * `tickets[1].role`; the report knows where the path stands in the file.
 */
import type { Diagnostic } from '../../../diagnostics/diagnostic.ts';
import type { SourceText, Span } from '../../../diagnostics/source.ts';
import type { CodeTable } from './codes.ts';

/** A file with more errors than this is no manifest; the rest would only bury the first ones. */
const MAX_DIAGNOSTICS = 100;

export class Report {
  readonly diagnostics: Diagnostic[] = [];
  private readonly source: SourceText;
  private readonly codes: ReadonlyMap<string, CodeTable[string]>;
  private readonly places = new Map<string, Span>();
  private readonly broken = new Set<string>();

  /** `codes`: what every code that may be reported means. */
  constructor(source: SourceText, codes: ReadonlyMap<string, CodeTable[string]>) {
    this.source = source;
    this.codes = codes;
  }

  get file(): string {
    return this.source.file;
  }

  get failed(): boolean {
    return this.diagnostics.some((diagnostic) => diagnostic.severity === 'error');
  }

  /** Whether further diagnostics would be dropped. */
  get isFull(): boolean {
    return this.diagnostics.length >= MAX_DIAGNOSTICS;
  }

  /** Remembers where the value of `path` stands. */
  place(path: string, span: Span): void {
    this.places.set(path, span);
  }

  /** Marks a path whose value could not be read: a stand-in took its place, so nothing more is said about it. */
  markBroken(path: string): void {
    this.broken.add(path);
  }

  /** An error at a place that is not the value of a key, such as an unknown key. */
  errorAt(code: string, span: Span, message: string, fix?: string): void {
    this.add('error', code, span, message, fix);
  }

  /**
   * An error that follows from the values of `paths`; it points at the first one that the file spells out. It is
   * dropped when one of them could not be read, because it would blame a value that the author never wrote.
   */
  error(code: string, paths: string | readonly [string, ...string[]], message: string): void {
    const list = typeof paths === 'string' ? ([paths] as const) : paths;
    if (this.isFull || list.some((path) => this.isBroken(path))) return;
    this.add('error', code, this.locate(list), message);
  }

  warning(code: string, path: string, message: string): void {
    if (!this.isFull && !this.isBroken(path)) this.add('warning', code, this.locate([path]), message);
  }

  private add(severity: Diagnostic['severity'], code: string, span: Span, message: string, fix?: string): void {
    const entry = this.codes.get(code);
    if (this.isFull) return;
    if (entry === undefined) throw new Error(`diagnostic code ${code} is not in the catalogue`);
    this.diagnostics.push({
      code,
      severity,
      message,
      ...this.sourceOf(span).locate(span),
      cause: entry.cause,
      fix: fix ?? entry.fix,
    });
  }

  /** Place of the value of `path` or of the closest table around it; nothing if the file spells out neither. */
  placeOf(path: string): Pick<Diagnostic, 'position' | 'sourceLine' | 'length'> {
    const span = this.spanOf(path);
    return span === undefined ? {} : this.sourceOf(span).locate(span);
  }

  /** Whether the manifest, or one that it extends, has this key or table. */
  isSpelledOut(path: string): boolean {
    return this.places.has(path);
  }

  /** The file in which the value of `path` stands. */
  fileOf(path: string): string {
    const span = this.spanOf(path);
    return span === undefined ? this.file : this.sourceOf(span).file;
  }

  /** A manifest that extends others has values in several files. */
  sourceOf(span: Span): SourceText {
    return span.source ?? this.source;
  }

  /** Whether the path, something around it or something in it could not be read. */
  private isBroken(path: string): boolean {
    for (const at of selfAndParents(path)) if (this.broken.has(at)) return true;
    for (const at of this.broken) if (at.startsWith(`${path}.`) || at.startsWith(`${path}[`)) return true;
    return false;
  }

  /** The place of the first path, of the closest table around it that the file spells out, or else of the next path. */
  private locate(paths: readonly string[]): Span {
    for (const path of paths) {
      const span = this.spanOf(path);
      if (span !== undefined) return span;
    }
    return { start: 0, end: 1 };
  }

  private spanOf(path: string): Span | undefined {
    for (const at of selfAndParents(path)) {
      const span = this.places.get(at);
      if (span !== undefined) return span;
    }
    return undefined;
  }
}

/** `a.b[2].c` → itself, `a.b[2]`, `a.b`, `a`. */
function* selfAndParents(path: string): Generator<string> {
  let at = path;
  while (at !== '') {
    yield at;
    at = at.slice(0, Math.max(at.lastIndexOf('.'), at.lastIndexOf('['), 0));
  }
}
