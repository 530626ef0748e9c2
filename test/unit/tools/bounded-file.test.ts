// SPDX-License-Identifier: Apache-2.0
/** What host tools read of files that somebody names: never a device, never without end, and no source that reads anyhow. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FileError, readBounded, readBoundedText, refusalOf } from '../../../tools/bounded-file.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'bounded-'));
  mkdirSync(join(dir, 'folder'));
  execFileSync('mkfifo', [join(dir, 'fifo')]);
  writeFileSync(join(dir, 'four'), 'abcd');
  writeFileSync(join(dir, 'empty'), '');
  writeFileSync(join(dir, 'latin1'), Buffer.from([0x70, 0xff]));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('a file without an end, or none at all', () => {
  it.each([
    ['/dev/zero', 'not a regular file', ': not a regular file'],
    ['folder', 'not a regular file', ': not a regular file'],
    ['fifo', 'not a regular file', ': not a regular file'],
    ['absent', 'no such file', ''],
    ['four', 'more than 3 bytes', ': more than 3 bytes'],
    // It has the size 0 and goes on for long.
    ['/proc/self/maps', 'more than 3 bytes', ': more than 3 bytes'],
  ])('%s: %s', (name, message, refusal) => {
    const error = (() => {
      try {
        return readBounded(resolve(dir, name), 3);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(FileError);
    expect((error as FileError).message).toBe(message);
    expect(refusalOf(error)).toBe(refusal);
  });

  it('no text', () => {
    expect(() => readBoundedText(join(dir, 'latin1'), 9)).toThrow('not UTF-8');
  });
});

it.each([
  ['four', 4, 'abcd'],
  ['four', 100_000, 'abcd'],
  ['empty', 0, ''],
])('%s within %i bytes', (name, max, content) => {
  expect(readBoundedText(join(dir, name), max)).toBe(content);
});

it('reads files of /proc, whose size is not known, to their end', () => {
  expect(readBoundedText('/proc/self/status', 100_000)).toMatch(/^Name:.*\n[^]*\n$/);
});

/** Standard input, the kernel's own numbers, and sources that are built from the checkout. */
const MAY_READ = ['host/cohsh/diagnose/index.ts', 'qemu/src/measure.ts'];

it('is the one way in which host tools read files', () => {
  const sources = ['host', 'qemu/src'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`),
  );
  const others = sources.filter(
    (name) => name.endsWith('.ts') && /\breadFile(Sync)?\(/.test(readFileSync(join(ROOT, name), 'utf8')),
  );
  expect(others.sort()).toEqual([...MAY_READ].sort());
});
