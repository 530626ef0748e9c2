// SPDX-License-Identifier: Apache-2.0
// Watch mode runs once at the start, again after a change of content, and not for other files or equal content.
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { watchFiles } from '../../../compiler/src/manifest/cli/watch.ts';

test('runs for each new content, whichever way it was written', { timeout: 20_000 }, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'coh-rtc-'));
  const file = join(directory, 'manifest.toml');
  const other = join(directory, 'other.toml');
  writeFileSync(file, 'one');
  const stop = new AbortController();
  const steps = [
    () => {
      writeFileSync(other, 'noise');
      writeFileSync(file, 'one');
      writeFileSync(file, 'two');
    },
    () => {
      writeFileSync(other, 'three');
      renameSync(other, file);
    },
    () => stop.abort(),
  ];
  let runs = 0;
  await watchFiles(
    file,
    () => {
      steps[runs]?.();
      runs += 1;
      return Promise.resolve([]);
    },
    stop.signal,
  );
  expect(runs).toBe(3);
  rmSync(directory, { recursive: true });
});

test('what the task says that it read is watched from then on', { timeout: 20_000 }, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'coh-rtc-'));
  const file = join(directory, 'manifest.toml');
  const base = join(mkdtempSync(join(directory, 'bases-')), 'base.toml');
  writeFileSync(file, 'one');
  writeFileSync(base, 'one');
  const stop = new AbortController();
  let runs = 0;
  await watchFiles(
    file,
    () => {
      runs += 1;
      if (runs === 1) setTimeout(() => writeFileSync(base, 'two'), 200);
      else stop.abort();
      return Promise.resolve([file, base]);
    },
    stop.signal,
  );
  expect(runs).toBe(2);
  rmSync(directory, { recursive: true });
});
