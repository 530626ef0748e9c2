// SPDX-License-Identifier: Apache-2.0
/**
 * The one source of what a tool or an image says about its own origin: the version of package.json, and the commit.
 * A bundle has both put in by the bundler; a checkout asks its own files and git each time.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';

export interface ProjectVersion {
  version: string;
  /** Twelve hex digits, with `+dirty` behind them where tracked files differ; `unknown` without git. */
  commit: string;
}

export const UNKNOWN_COMMIT = 'unknown';

/** Put in by the bundler; see `versionDefine`. */
declare const COHESIX_VERSION: ProjectVersion | undefined;

/** The version of the checkout at `root`. */
export function readVersion(root: string): ProjectVersion {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  return { version, commit: readCommit(root) };
}

function readCommit(root: string): string {
  try {
    // An unpacked archive may lie inside somebody else's repository, whose commit says nothing about it.
    if (realpathSync(git(root, 'rev-parse', '--show-toplevel')) !== realpathSync(root)) return UNKNOWN_COMMIT;
    return git(root, 'describe', '--always', '--abbrev=12', '--exclude=*', '--dirty=+dirty');
  } catch {
    return UNKNOWN_COMMIT;
  }
}

function git(root: string, ...args: readonly string[]): string {
  // A hook of git sets GIT_DIR and its kin for another repository; looking must not write the index.
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'));
  const env = { ...Object.fromEntries(inherited), GIT_OPTIONAL_LOCKS: '0', LC_ALL: 'C' };
  return execFileSync('git', args, { cwd: root, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
}

let own: ProjectVersion | undefined;

/** The version of the running program. */
export function ownVersion(): ProjectVersion {
  return (own ??= typeof COHESIX_VERSION === 'object' ? COHESIX_VERSION : readVersion(join(import.meta.dirname, '..')));
}

/** What `<tool> --version` prints, with its newline. */
export function versionLine(tool: string): string {
  const { version, commit } = ownVersion();
  return `${tool} ${version} (${commit})\n`;
}

/** esbuild's `define` for programs that leave the checkout. */
export function versionDefine(root: string): Record<string, string> {
  return { COHESIX_VERSION: JSON.stringify(readVersion(root)) };
}
