// SPDX-License-Identifier: Apache-2.0
// Generated parts of documentation pages: they are up to date, and what goes wrong with them has a place.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Failure } from '../../../diagnostics/diagnostic.ts';
import { checkPage, updatePage } from '../../../compiler/src/manifest/docs-page.ts';

const manual = resolve(import.meta.dirname, '../../../docs/manifest.md');

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'coh-rtc-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

function page(text: string): string {
  const path = join(directory, 'page.md');
  writeFileSync(path, text);
  return path;
}

function fault(path: string): string {
  try {
    checkPage(path);
    return 'none';
  } catch (error) {
    const [diagnostic] = (error as Failure).diagnostics;
    return `${diagnostic?.position?.line} ${diagnostic?.code} ${diagnostic?.message}`;
  }
}

test('docs/manifest.md is what schema and catalogue give', () => {
  expect(fault(manual)).toBe('none');
});

test.each([
  ['manifest.md', ['`walk_depth`', '`[[sidecars.lora.adapters]]`', '`[cas.signing]`']],
  ['errors.md', ['| COH0002 |', '| COH0951 |', '| COH3302 |']],
])('%s holds every key or code of its subject', (name, items) => {
  const text = readFileSync(join(manual, '..', name), 'utf8');
  for (const item of items) expect(text).toContain(item);
});

test('a changed line is named, and an update repairs it', () => {
  const path = page(readFileSync(manual, 'utf8').replace('| `msize` | u32 |', '| `msize` | u64 |'));
  const line = readFileSync(path, 'utf8')
    .split('\n')
    .indexOf('| `msize` | u64 | required | Largest frame, in bytes. At most 8192. |');
  expect(fault(path)).toBe(`${line + 1} COH0302 drift detected for ${path}`);
  expect(updatePage(path)).toBe(true);
  expect(readFileSync(path, 'utf8')).toBe(readFileSync(manual, 'utf8'));
  expect(updatePage(path)).toBe(false);
});

test.each([
  [
    'an unknown part',
    'text\n<!-- coh-rtc:kyes -->\n<!-- coh-rtc:end -->\n',
    "2 COH0301 no generated part is called 'kyes'",
  ],
  ['a part without an end', '<!-- coh-rtc:keys -->\n', "1 COH0301 the part 'keys' has no end"],
  ['no parts', 'text\n', 'none'],
])('%s', (_, text, expected) => {
  expect(fault(page(text))).toBe(expected);
});
