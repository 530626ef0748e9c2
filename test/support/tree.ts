// SPDX-License-Identifier: Apache-2.0
/** Copies of the source tree, for builds that must not touch it or must not depend on where it lies. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from './build.ts';

/** Puts the files that git knows or does not ignore at `to`, replacing what is there; node_modules is linked. */
export function copyTree(to: string): void {
  rmSync(to, { recursive: true, force: true });
  const listed = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: ROOT });
  for (const file of listed.stdout
    .toString()
    .split('\0')
    .filter((name) => name !== '')) {
    if (!existsSync(join(ROOT, file))) continue; // deleted, not yet committed
    mkdirSync(dirname(join(to, file)), { recursive: true });
    cpSync(join(ROOT, file), join(to, file));
  }
  symlinkSync(join(ROOT, 'node_modules'), join(to, 'node_modules'));
}

/** What a build must not depend on. */
export interface Surroundings {
  TMPDIR?: string;
  umask?: string;
}

/** Builds the image `system/devkernel` of the tests in a copy of the tree; returns the time it took, in milliseconds. */
export function buildIn(tree: string, { umask = '022', ...env }: Surroundings = {}): number {
  const started_ms = performance.now();
  const program = `import('./test/support/build.ts').then(({ testImage }) => testImage('system/devkernel'))`;
  const script = `umask ${umask}; exec node --import tsx --eval "${program}"`;
  const run = spawnSync('sh', ['-c', script], { cwd: tree, env: { ...process.env, ...env } });
  if (run.status !== 0) throw new Error(`the build failed: ${run.stderr.toString()}`);
  return performance.now() - started_ms;
}
