// SPDX-License-Identifier: Apache-2.0
/** Small checks that many rules share; each writes the one wording that the interface fixes for it. */
import type { Report } from '../report.ts';
import { PAGE_BYTES } from '../schema/limits.ts';

export function atLeastOne(report: Report, code: string, path: string, value: number | bigint, label = path): boolean {
  if (value >= 1) return true;
  report.error(code, path, `${label} must be >= 1`);
  return false;
}

/** `limit` is worded as in `max 64`, `maximum 8192` or `max length 64`. */
export function atMost(
  report: Report,
  code: string,
  path: string,
  value: number,
  max: number,
  word = 'max',
  label = path,
): boolean {
  if (value <= max) return true;
  report.error(code, path, `${label} ${value} exceeds ${word} ${max}`);
  return false;
}

export function withinMsize(
  report: Report,
  code: string,
  path: string,
  value: number,
  msize: number,
  label = path,
): boolean {
  if (value <= msize) return true;
  report.error(code, [path, 'secure9p.msize'], `${label} ${value} exceeds secure9p.msize ${msize}`);
  return false;
}

/** Memory is mapped in whole pages. */
export function checkPages(report: Report, path: string, bytes: number, label: string): void {
  if (bytes > 0 && bytes % PAGE_BYTES === 0) return;
  report.error('COH3405', path, `${label} is ${bytes}, not a multiple of ${PAGE_BYTES}`);
}
