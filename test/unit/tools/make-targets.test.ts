// SPDX-License-Identifier: Apache-2.0
/** The Makefile, its `make help` and the table of README.md name the same targets. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../../..');
const makefile = readFileSync(join(ROOT, 'Makefile'), 'utf8');
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
const sorted = (names: Iterable<string>): string[] => [...names].sort();

const phony = sorted((/^\.PHONY:(.*)$/m.exec(makefile)?.[1] ?? '').trim().split(/\s+/));

it('every target is declared, once', () => {
  const rules = [...makefile.matchAll(/^([a-z][a-z-]*):/gm)].map(([, name = '']) => name);
  expect(sorted(rules)).toEqual(phony);
});

it('make help has a line for each', () => {
  const lines = execFileSync('make', ['-s', 'help'], { cwd: ROOT, encoding: 'utf8' }).trimEnd().split('\n');
  const entries = lines.map((line) => /^([a-z-]+) +(\S.*)$/.exec(line));
  expect(entries.filter((entry) => entry === null)).toEqual([]);
  expect(sorted(entries.map((entry) => entry?.[1] ?? ''))).toEqual(phony);
});

it('README.md has a row for each', () => {
  const rows = [...readme.matchAll(/^\| ((?:`make [a-z-]+[^`]*`(?:, )?)+) \|/gm)].map(([, cell = '']) => cell);
  const names = rows.flatMap((cell) => [...cell.matchAll(/`make ([a-z-]+)/g)].map(([, name = '']) => name));
  expect(sorted(names)).toEqual(phony);
});
