// SPDX-License-Identifier: Apache-2.0
/**
 * Pages of documentation with generated parts. A part stands between `<!-- coh-rtc:NAME -->` and
 * `<!-- coh-rtc:end -->`; everything else on the page is written by hand and left alone.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../../../diagnostics/diagnostic.ts';
import { SourceText } from '../../../diagnostics/source.ts';
import { writeIfChanged } from '../toolchain/files.ts';
import { layoutReference } from '../layout/reference.ts';
import { codeReference, keyReference, limitReference } from './artifacts/reference.ts';
import { snippetParts } from './artifacts/snippets.ts';
import { inputCodes } from './codes.ts';

const PARTS: Readonly<Record<string, () => string>> = {
  keys: keyReference,
  codes: codeReference,
  limits: limitReference,
  ...snippetParts,
  ...layoutReference,
};
const START = /^<!-- coh-rtc:(\w+) -->$/;
const END = '<!-- coh-rtc:end -->';

/** The page with its parts made anew. */
export function regenerate(source: SourceText): string {
  const result: string[] = [];
  const lines = source.text.split('\n');
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    result.push(line);
    const name = START.exec(line)?.[1];
    if (name === undefined || line === END) continue;
    const part = Object.hasOwn(PARTS, name) ? PARTS[name] : undefined;
    const end = lines.indexOf(END, index + 1);
    if (part === undefined) throw pageFailure('COH0301', source, index + 1, `no generated part is called '${name}'`);
    if (end === -1) throw pageFailure('COH0301', source, index + 1, `the part '${name}' has no end`);
    result.push('', ...part().trimEnd().split('\n'), '', END);
    index = end;
  }
  return result.join('\n');
}

export function regeneratedPage(path: string): string {
  return regenerate(readPage(path));
}

/** Rewrites the page; returns whether it changed. */
export function updatePage(path: string): boolean {
  return writeIfChanged(path, regenerate(readPage(path)));
}

/** Refuses a page whose generated parts are not what they would be now. */
export function checkPage(path: string): void {
  const source = readPage(path);
  const fresh = regenerate(source).split('\n');
  const stale = source.text.split('\n').findIndex((line, index) => line !== fresh[index]);
  if (stale !== -1) throw pageFailure('COH0302', source, stale + 1, `drift detected for ${path}`);
}

/** The pages of a directory that hold generated parts. */
export function pagesIn(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((file) => file.endsWith('.md'))
    .map((file) => join(directory, file))
    .filter((path) =>
      readPage(path)
        .text.split('\n')
        .some((line) => START.test(line)),
    );
}

function readPage(path: string): SourceText {
  try {
    return new SourceText(path, readFileSync(path, 'utf8'));
  } catch {
    throw new Failure({ code: 'COH0003', severity: 'error', message: `failed to read ${path}`, ...inputCodes.COH0003 });
  }
}

function pageFailure(code: string, source: SourceText, line: number, message: string): Failure {
  const start = source.offsetOfLine(line);
  const place = source.locate({ start, end: start + source.line(line).length });
  return new Failure({ code, severity: 'error', message, ...place, ...inputCodes[code] });
}
