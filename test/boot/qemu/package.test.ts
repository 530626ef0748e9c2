// SPDX-License-Identifier: Apache-2.0
// The package qemu-wasm-runner as others install it: its example runs and fits its types, its command says its version.
import { execFile, execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleRunner } from '../../../tools/bundle-runner.ts';
import { versionLine } from '../../../tools/version.ts';
import { buildGuest, ROOT } from './guest.ts';

const README = readFileSync(join(ROOT, 'qemu/README.md'), 'utf8');
const EXAMPLE = /```js\n([^]*?)```/.exec(README)?.[1] ?? '';
const run = promisify(execFile);

let project: string;
let module: string;
beforeAll(async () => {
  project = mkdtempSync(join(tmpdir(), 'runner-'));
  module = join(project, 'node_modules/qemu-wasm-runner');
  mkdirSync(module, { recursive: true });
  await bundleRunner(module);
  symlinkSync(join(ROOT, 'node_modules/@types'), join(project, 'node_modules/@types'));
  copyFileSync(buildGuest(), join(project, 'image.elf'));
}, 120_000);
afterAll(() => rmSync(project, { recursive: true, force: true }));

describe('qemu-wasm-runner', () => {
  it('has an example that prints what its page says', async () => {
    writeFileSync(join(project, 'example.mjs'), EXAMPLE);
    const { stdout } = await run(process.execPath, ['example.mjs'], { cwd: project });
    expect(README).toContain(`It prints \`${stdout.trim()}\``);
    expect(readFileSync(join(project, 'out/test/ping/serial.log'), 'utf8')).toContain('pong');
  });

  it('has types that its example fits', async () => {
    writeFileSync(join(project, 'example.mts'), `${EXAMPLE}\nexport const wrong: number = steps.answer;\n`);
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022', '--types', 'node'];
    const checked = await run(process.execPath, [tsc, ...options, 'example.mts'], { cwd: project }).catch(
      (error: unknown) => error as { stdout: string },
    );
    // The one mistake that was put in, and no other.
    expect(checked.stdout.match(/error TS\d+/g)).toEqual(['error TS2322']);
  }, 60_000);

  it('packs all that it names, and nothing else', () => {
    const packed = execFileSync('npm', ['pack', '--dry-run', '--json'], { cwd: module, encoding: 'utf8' });
    const [{ files }] = JSON.parse(packed) as [{ files: { path: string }[] }];
    const names = files.map(({ path }) => path).filter((path) => !path.startsWith('types/'));
    expect(names.sort()).toEqual(['LICENSE', 'README.md', 'index.mjs', 'package.json', 'qemu-wasm-runner.mjs']);
  });

  it('has the version of the whole, in a checkout and outside', async () => {
    const version = (path: string) => (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
    const whole = version(join(ROOT, 'package.json'));
    expect([version(join(ROOT, 'qemu/package.json')), version(join(module, 'package.json'))]).toEqual([whole, whole]);
    for (const command of [join(module, 'qemu-wasm-runner.mjs'), join(ROOT, 'node_modules/.bin/qemu-wasm-runner')]) {
      expect((await run(command, ['--version'])).stdout).toBe(versionLine('qemu-wasm-runner'));
    }
  });
});
