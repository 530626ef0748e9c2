// SPDX-License-Identifier: Apache-2.0
/** The bundled tool runs by itself, away from the checkout. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../../..');
const BUILD_TIMEOUT_MS = 120_000;
let dir: string;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'cohsh-bundle-'));
  const argv = ['--import', 'tsx', 'tools/bundle.ts', dir];
  const built = spawnSync('node', argv, { cwd: ROOT, encoding: 'utf8', timeout: BUILD_TIMEOUT_MS });
  expect(built.stderr).toBe('');
}, BUILD_TIMEOUT_MS);
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function cohsh(argv: readonly string[], input = '') {
  const { status, stdout, stderr } = spawnSync(join(dir, 'cohsh.mjs'), argv, { cwd: dir, input, encoding: 'utf8' });
  return { status, stdout, stderr };
}

it('knows its version', () => {
  expect(cohsh(['--version'])).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^cohsh \d+\.\d+\.\d+ \(([0-9a-f]{12}(\+dirty)?|unknown)\)\n$/) as string,
  });
});

it('has the mock beside it', () => {
  const { status, stdout, stderr } = cohsh(
    ['--transport', 'mock'],
    'attach queen\nls /proc/root\nspawn heartbeat ticks=1\n',
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain('[console] OK LS path=/proc/root entries=3\n');
  expect(stdout).toContain('[console] OK SPAWN payload={"spawn":"heartbeat","ticks":1}\n');
});

it('mints, checks and fails as it does in a checkout', () => {
  const minted = cohsh(['mint', '--role', 'queen', '--ticket-secret', 's']);
  expect(minted).toMatchObject({ status: 0, stdout: expect.stringMatching(/^cohesix-ticket-/) as string });
  expect(cohsh(['--frob']).status).toBe(2);
  expect(cohsh(['--tcp-port', '1', '--role', 'queen', '--script', 'absent.coh'])).toMatchObject({
    status: 1,
    stderr: 'Error: failed to read script absent.coh\n',
  });
});

it('boots no image: that needs a checkout', () => {
  expect(cohsh(['--transport', 'qemu'])).toMatchObject({
    status: 1,
    stderr: 'Error: transport qemu needs a checkout of Cohesix (use --transport tcp with a running node)\n',
  });
});
