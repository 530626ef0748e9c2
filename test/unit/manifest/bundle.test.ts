// SPDX-License-Identifier: Apache-2.0
// coh-rtc as one file: it works in a folder that has nothing of the checkout.
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../../..');
let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'coh-bundle-'));
  const argv = ['--import', 'tsx', 'tools/bundle.ts', directory];
  execFileSync(process.execPath, argv, { cwd: root, timeout: 60_000 });
  copyFileSync(join(root, 'configs/serial_only.toml'), join(directory, 'node.toml'));
}, 60_000);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const coh = (...argv: string[]): string =>
  execFileSync(join(directory, 'coh-rtc.mjs'), argv, { cwd: directory, encoding: 'utf8', timeout: 60_000 });

test('check, explain, who-can', () => {
  expect(coh('check', 'node.toml')).toMatch(/^node\.toml: ok, sha256 [0-9a-f]{64}\n$/);
  expect(coh('explain', 'COH1201')).toContain('cause: ');
  expect(coh('who-can', '/queen/ctl', '--manifest', 'node.toml')).toContain('/queen/ctl: append-only');
});

test('who-can refuses a path that is not there', () => {
  const run = spawnSync(join(directory, 'coh-rtc.mjs'), ['who-can', '/nope', '--manifest', 'node.toml'], {
    cwd: directory,
    encoding: 'utf8',
  });
  expect([run.status, run.stdout]).toEqual([1, '']);
  expect(run.stderr).toContain('error[COH0007]: no path /nope in the tree of node.toml');
});

test('output into a pipe that closes ends quietly', () => {
  const run = spawnSync('sh', ['-c', './coh-rtc.mjs schema | true'], { cwd: directory, encoding: 'utf8' });
  expect([run.status, run.stderr]).toEqual([0, '']);
});
