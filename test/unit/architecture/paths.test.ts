// SPDX-License-Identifier: Apache-2.0
// docs/architecture.md and its picture name files and folders: each of them is there.
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../../..');
const read = (name: string): string => readFileSync(join(ROOT, 'docs', name), 'utf8');

/** The build makes these. */
const isGenerated = (path: string): boolean => path.startsWith('generated/');
/** `ninedoor/index.ts`, `lib/`, and not `start()` or `Writer`. */
const PATH = /^\.?[\w.-]+\/[\w./*-]*$|^[\w.-]+\.(mjs|json)$/;

function named(text: string): string[] {
  const quoted = [...text.matchAll(/`([^`\n]+)`/g)].map(([, word = '']) => word);
  const links = [...text.matchAll(/\]\(([^)#]+)\)/g)].map(([, target = '']) => `docs/${target}`);
  return [...new Set([...quoted.filter((word) => PATH.test(word)), ...links])].filter((path) => !isGenerated(path));
}

function drawn(svg: string): string[] {
  const words = [...svg.matchAll(/class="code">([^<]+)</g)].flatMap(([, text = '']) => text.split(/[ ,]/));
  return words
    .filter((word) => word.includes('/') && !isGenerated(word))
    .map((word) => word.replace(/[*…].*$/, ''))
    .map((word) => (/^(domain|wire|server|session|namespace|providers)\//.test(word) ? `ninedoor/${word}` : word));
}

describe('every path that is named is there', () => {
  it.each(named(read('architecture.md')))('architecture.md: %s', (path) => {
    expect(existsSync(join(ROOT, path))).toBe(true);
  });

  it.each(drawn(read('architecture.svg')))('architecture.svg: %s', (path) => {
    expect(existsSync(join(ROOT, path))).toBe(true);
  });
});
