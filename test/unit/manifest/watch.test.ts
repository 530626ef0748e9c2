// Watch mode runs once at the start, again after a change of content, and not for other files or equal content.
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { watchFile } from '../../../compiler/src/manifest/cli/watch.ts';

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
  await watchFile(
    file,
    () => {
      steps[runs]?.();
      runs += 1;
      return Promise.resolve();
    },
    stop.signal,
  );
  expect(runs).toBe(3);
  rmSync(directory, { recursive: true });
});
