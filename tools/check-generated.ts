// SPDX-License-Identifier: Apache-2.0
/**
 * Drift guard: makes everything that is generated and committed anew in a temporary folder, and compares it with the
 * tree. Names each file that differs, and its first differing line. Exit codes: 0 all as it should be, 1 drift.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generatedFiles } from '../compiler/src/manifest/generated.ts';
import { writeFiles } from '../compiler/src/manifest/artifacts/write.ts';

const directory = mkdtempSync(join(tmpdir(), 'coh-generated-'));
try {
  const files = generatedFiles();
  writeFiles(directory, files);
  const stale = files.filter(({ path }) => {
    const fresh = readFileSync(join(directory, path), 'utf8').split('\n');
    const found = linesOf(path);
    const at = Array.from({ length: Math.max(fresh.length, found.length) }).findIndex((_, n) => fresh[n] !== found[n]);
    if (at === -1) return false;
    process.stderr.write(`drift detected for ${path}, line ${at + 1}\n`);
    process.stderr.write(`  found:    ${found[at] ?? '(end of file)'}\n  expected: ${fresh[at] ?? '(end of file)'}\n`);
    return true;
  });
  if (stale.length > 0) process.stderr.write('run `make docs`, and commit what it changes\n');
  else process.stdout.write(`coh-rtc outputs match committed artefacts: ${files.length} files\n`);
  process.exitCode = stale.length > 0 ? 1 : 0;
} finally {
  rmSync(directory, { recursive: true, force: true });
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch {
    return [];
  }
}
