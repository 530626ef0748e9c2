// SPDX-License-Identifier: Apache-2.0
/** Where version and commit come from: package.json, and git where the checkout is a repository of its own. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ownVersion, readVersion, versionDefine, versionLine } from '../../../tools/version.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'version-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function tree(name: string): string {
  const root = join(dir, name);
  mkdirSync(root, { recursive: true });
  writeFileSync(join(root, 'package.json'), '{"version":"1.2.3"}\n');
  return root;
}

function git(root: string, ...args: readonly string[]): string {
  const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.invalid', '-c', 'init.defaultBranch=main'];
  return execFileSync('git', [...who, ...args], { cwd: root, encoding: 'utf8' }).trim();
}

function repository(name: string): string {
  const root = tree(name);
  git(root, 'init', '--quiet');
  git(root, 'add', '.');
  git(root, 'commit', '--quiet', '--message', 'first');
  // A tag is no commit: what is printed has one form.
  git(root, 'tag', '-a', 'v9', '-m', 'v9');
  return root;
}

describe('the commit', () => {
  it('is that of the repository, and says when tracked files differ', () => {
    const root = repository('plain');
    const commit = git(root, 'rev-parse', '--short=12', 'HEAD');
    expect(readVersion(root)).toEqual({ version: '1.2.3', commit });
    writeFileSync(join(root, 'package.json'), '{"version":"1.2.4"}\n');
    expect(readVersion(root)).toEqual({ version: '1.2.4', commit: `${commit}+dirty` });
  });

  it('is unknown without git, and inside a repository of somebody else', () => {
    expect(readVersion(tree('bare')).commit).toBe('unknown');
    repository('outer');
    expect(readVersion(tree('outer/unpacked')).commit).toBe('unknown');
  });

  it('is of its own repository also in a hook of another', () => {
    const root = repository('hooked');
    const before = process.env['GIT_DIR'];
    process.env['GIT_DIR'] = join(repository('other'), '.git');
    try {
      expect(readVersion(root).commit).toBe(git(root, '--git-dir', '.git', 'rev-parse', '--short=12', 'HEAD'));
    } finally {
      if (before === undefined) delete process.env['GIT_DIR'];
      else process.env['GIT_DIR'] = before;
    }
  });
});

it('has one line for every tool', () => {
  const { version, commit } = ownVersion();
  expect(versionLine('cohsh')).toBe(`cohsh ${version} (${commit})\n`);
  expect(commit).toMatch(/^([0-9a-f]{12}(\+dirty)?|unknown)$/);
  expect(versionDefine(ROOT)).toEqual({
    COHESIX_VERSION: JSON.stringify({ version, commit }),
  });
});

it.each([
  ['coh-rtc', 'compiler/src/coh-rtc.ts'],
  ['coh-image', 'compiler/src/coh-image.ts'],
  ['cohsh', 'host/cohsh/main.ts'],
  ['qemu-wasm-runner', 'qemu/src/command.ts'],
])('%s --version', (tool, program) => {
  const argv = ['--import', 'tsx', program, '--version'];
  const { stdout, status } = spawnSync(process.execPath, argv, { cwd: ROOT, encoding: 'utf8' });
  expect({ status, stdout }).toEqual({ status: 0, stdout: versionLine(tool) });
});
