// SPDX-License-Identifier: Apache-2.0
/**
 * Manifests with one mistake, as text files that show each mistake beside what the compiler prints for it. A file of one
 * area begins with the base that its cases are laid over, `base: NAME` (bases/NAME.toml). Then, for each case:
 *
 *     ## name
 *     base: NAME            another base than the file's, where needed
 *      a line of the base   go on after the next such line
 *     -a line of the base   the next such line goes
 *     +a new line           here; before any other mark, at the end
 *     ^                     go to the start
 *     $                     go to the end
 *     =>
 *     what the compiler prints for NAME.toml, to the empty line before the next case
 *
 * The positions in the text are those of the whole manifest, which `manifest` holds.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Mistake {
  name: string;
  /** The composed manifest. A base with no edits is taken as it is, whatever its bytes. */
  manifest: Uint8Array;
  expected: string;
}

/** A file of mistakes. */
export interface Area {
  path: string;
  cases: readonly Mistake[];
  /** The file with other texts expected, by name of the case. */
  withExpected: (texts: ReadonlyMap<string, string>) => string;
}

const BASES = join(import.meta.dirname, '../unit/manifest/mistakes/bases');

function baseBytes(name: string): Buffer {
  return readFileSync(join(BASES, `${name}.toml`));
}

/** For tests that start from a manifest in order. */
export function baseText(name: string): string {
  return baseBytes(name).toString();
}

/** Lays edits over a base. */
export function compose(base: string, edits: readonly string[]): string {
  const lines = base.replace(/\n$/, '').split('\n');
  let cursor: number | undefined;
  const find = (line: string): number => {
    const found = lines.indexOf(line, cursor ?? 0);
    if (found < 0) throw new Error(`the base has no line "${line}" from line ${(cursor ?? 0) + 1} on`);
    return found;
  };
  for (const edit of edits) {
    const line = edit.slice(1);
    if (edit === '^') cursor = 0;
    else if (edit === '$') cursor = lines.length;
    else if (edit.startsWith(' ')) cursor = find(line) + 1;
    else if (edit.startsWith('-')) lines.splice((cursor = find(line)), 1);
    else if (edit.startsWith('+')) {
      cursor ??= lines.length;
      lines.splice(cursor++, 0, line);
    } else throw new Error(`"${edit}" is no edit`);
  }
  return `${lines.join('\n')}\n`;
}

interface Written {
  name: string;
  /** Up to `=>`, and that line. */
  head: readonly string[];
  mistake: Mistake;
}

/** The text after `## `. */
function readCase(text: string, areaBase: string): Written {
  const [name = '', ...lines] = text.replace(/\n+$/, '').split('\n');
  const arrow = lines.indexOf('=>');
  if (arrow < 0) throw new Error(`the case ${name} has no line "=>"`);
  const own = /^base: (\S+)$/.exec(lines[0] ?? '')?.[1];
  const edits = lines.slice(own === undefined ? 0 : 1, arrow);
  const bytes = baseBytes(own ?? areaBase);
  const manifest = edits.length === 0 ? bytes : Buffer.from(compose(bytes.toString(), edits));
  const expected = `${lines.slice(arrow + 1).join('\n')}\n`;
  return { name, head: [`## ${name}`, ...lines.slice(0, arrow + 1)], mistake: { name, manifest, expected } };
}

export function readArea(path: string): Area {
  const [head = '', ...texts] = readFileSync(path, 'utf8').split(/^## /m);
  const base = /^base: (\S+)$/m.exec(head)?.[1];
  if (base === undefined) throw new Error(`${path} does not name a base`);
  const cases = texts.map((text) => readCase(text, base));
  const withExpected = (expected: ReadonlyMap<string, string>): string => {
    const written = cases.map(({ name, head: lines, mistake }) => {
      return `${lines.join('\n')}\n${expected.get(name) ?? mistake.expected}`;
    });
    return [head, written.join('\n')].join('');
  };
  return { path, cases: cases.map(({ mistake }) => mistake), withExpected };
}

/** Every area of a folder. */
export function readAreas(folder: string): Area[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.txt'));
  return files.map((file) => readArea(join(folder, file)));
}

/** The areas of test/unit/manifest/mistakes. */
export const MANIFEST_MISTAKES = join(BASES, '..');

/** For `test.each`, which shortens names that it takes from objects. */
export function named(cases: readonly Mistake[]): [string, Mistake][] {
  return cases.map((mistake) => [mistake.name, mistake]);
}
