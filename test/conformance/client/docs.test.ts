// SPDX-License-Identifier: Apache-2.0
/** docs/client.md: its example runs as it stands against the library as it is shipped, and prints what the page says. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ERROR_CODES } from '../../../host/client/index.ts';
import { buildLibrary } from '../../../host/client/library.ts';

const ROOT = join(import.meta.dirname, '../../..');
const PAGE = readFileSync(join(ROOT, 'docs/client.md'), 'utf8');
const run = promisify(execFile);

let project: string;
beforeAll(async () => {
  project = mkdtempSync(join(tmpdir(), 'client-library-'));
  const module = join(project, 'node_modules/cohesix');
  mkdirSync(module, { recursive: true });
  await buildLibrary(join(module, 'client'));
  const types = './client/types/host/client/index.d.ts';
  const exports_ = { './client': { types, default: './client/index.mjs' } };
  writeFileSync(join(module, 'package.json'), JSON.stringify({ name: 'cohesix', type: 'module', exports: exports_ }));
  symlinkSync(join(ROOT, 'node_modules/@types'), join(project, 'node_modules/@types'));
}, 180_000);
afterAll(() => rmSync(project, { recursive: true, force: true }));

function block(language: string): string {
  const example = PAGE.slice(PAGE.indexOf('<!-- example:begin -->'), PAGE.indexOf('<!-- example:end -->'));
  const found = new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(example)?.[1];
  if (found === undefined) throw new Error(`the page has no ${language} block`);
  return found;
}

describe('docs/client.md', () => {
  it('has an example that prints what it says', async () => {
    writeFileSync(join(project, 'example.mjs'), block('js'));
    const { stdout } = await run(process.execPath, ['example.mjs'], { cwd: project, timeout: 60_000 });
    expect(stdout).toBe(block('text'));
  }, 90_000);

  it('has an example that fits the types', async () => {
    writeFileSync(join(project, 'example.mts'), `${block('js')}\nexport const wrong: number = answer.ack.line;\n`);
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022', '--types', 'node'];
    const result = await run(process.execPath, [tsc, ...options, 'example.mts'], { cwd: project }).catch(
      (error: unknown) => error as { stdout: string },
    );
    // The one mistake that was put in, and no other: the types are there and say something.
    const mistakes = result.stdout.split('\n').filter((line) => line.includes('error TS'));
    expect(mistakes).toHaveLength(1);
    expect(mistakes[0]).toMatch(/wrong|TS2322/);
  }, 90_000);

  it.each(ERROR_CODES)('names the error code %s', (code) => {
    expect(PAGE).toContain(`| \`${code}\` |`);
  });
});
