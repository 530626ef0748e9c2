// SPDX-License-Identifier: Apache-2.0
// The image builder's command line: what it says to bad input, and that it leaves nothing half-written.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ROOT } from '../../support/build.ts';

const folder = mkdtempSync(join(tmpdir(), 'coh-image-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function build(...args: string[]) {
  const run = spawnSync('node', ['--import', 'tsx', 'compiler/src/coh-image.ts', '--quiet', ...args], { cwd: ROOT });
  return { code: run.status, stderr: run.stderr.toString() };
}

describe('coh-image', () => {
  const usage: [string[], RegExp][] = [
    [['--nope'], /^coh-image: Unknown option '--nope'/],
    [['--mode', 'fast'], /^coh-image: --mode is guard or bounds, not fast\n/],
    [['extra'], /^coh-image: Unexpected argument 'extra'/],
  ];
  it.each(usage)('wrong usage %j', (args, text) => {
    const { code, stderr } = build(...args);
    expect(stderr).toMatch(text);
    expect(stderr).toContain('usage: coh-image');
    expect(code).toBe(2);
  });

  it('names the boards it knows', () => {
    const { code, stderr } = build('--board', 'toaster');
    expect(stderr).toMatch(/error\[COH\d+\]: unknown board "toaster"\n {2}fix: choose one of: qemu-virt/);
    expect(code).toBe(1);
  });

  it('says where a manifest is wrong, and writes nothing', () => {
    const manifest = join(folder, 'broken.toml');
    writeFileSync(manifest, '[root_task]\nschema = "9.9"\n');
    const out = join(folder, 'broken-out');
    const { code, stderr } = build('--manifest', manifest, '--out', out);
    expect(stderr).toContain('broken.toml:2:');
    expect(stderr).toContain('unsupported root_task.schema 9.9');
    expect(code).toBe(1);
    expect(existsSync(out)).toBe(false);
  });

  it('says that a manifest is missing', () => {
    const { code, stderr } = build('--manifest', join(folder, 'none.toml'));
    expect(stderr).toContain('manifest path does not exist or is not a file');
    expect(code).toBe(1);
  });

  it('names what a prefix lacks, and writes nothing', () => {
    const prefix = join(folder, 'prefix');
    mkdirSync(prefix);
    const out = join(folder, 'prefix-out');
    const { code, stderr } = build('--sel4-prefix', prefix, '--out', out);
    expect(stderr).toMatch(/^error\[COH\d+\]: .*bin\/kernel\.elf/);
    expect(stderr.trim().split('\n').length).toBeLessThanOrEqual(3);
    expect(code).toBe(1);
    expect(existsSync(out) ? readdirSync(out) : []).toEqual([]);
  });
});
