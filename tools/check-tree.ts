// SPDX-License-Identifier: Apache-2.0
/**
 * Holds every file that git does not ignore against tools/tree-rules.ts. Behind `make lint`. Without git there is
 * nothing to check: an unpacked archive is as it was released. Exit codes: 0 all as it should be, 1 findings.
 */
import { execFileSync } from 'node:child_process';
import { lstatSync, readFileSync } from 'node:fs';
import { findings } from './tree-rules.ts';

let count = 0;
for (const path of trackedFiles()) {
  for (const { line, message } of findings(path, readFileSync(path))) {
    process.stderr.write(`${path}:${line}: ${message}\n`);
    count++;
  }
}
process.exitCode = count > 0 ? 1 : 0;

/** What is deleted and not yet committed is no longer there to be read. */
function trackedFiles(): string[] {
  try {
    const all = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      encoding: 'utf8',
      maxBuffer: 1 << 26,
      stdio: ['ignore', 'pipe', 'ignore'],
    }).split('\0');
    return all.filter((path) => path !== '' && lstatSync(path, { throwIfNoEntry: false })?.isFile() === true);
  } catch {
    return [];
  }
}
