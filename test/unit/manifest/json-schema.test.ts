// SPDX-License-Identifier: Apache-2.0
// The JSON Schema as a TOML language tool sees it: what coh-rtc takes, the tool takes, and mistakes of form are marked.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { readFile } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Taplo } from '@taplo/lib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { manifestJsonSchema } from '../../../compiler/src/manifest/json-schema.ts';
import { MANIFEST_MISTAKES, named, readAreas } from '../../support/mistakes.ts';

const root = resolve(import.meta.dirname, '../../..');
let directory: string;
let taplo: Taplo;
let url: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'coh-schema-'));
  const path = join(directory, 'root_task.schema.json');
  writeFileSync(path, JSON.stringify(manifestJsonSchema()));
  url = pathToFileURL(path).href;
  taplo = await Taplo.initialize({
    cwd: () => directory,
    envVar: () => undefined,
    envVars: () => [],
    findConfigFile: () => undefined,
    glob: () => [],
    isAbsolute,
    now: () => new Date(),
    readFile: async (file) => new Uint8Array(await readFile(file)),
    writeFile: refused,
    stderr: (bytes) => Promise.resolve(bytes.length),
    stdout: (bytes) => Promise.resolve(bytes.length),
    stdin: refused,
    stdErrAtty: () => false,
    urlToFilePath: fileURLToPath,
  });
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const refused = (): Promise<never> => Promise.reject(new Error('not for a linter'));

async function lint(text: string): Promise<string[]> {
  const { errors } = await taplo.lint(text, { config: { schema: { enabled: true, url } } });
  return errors.map(({ error }) => error);
}

describe('profiles', () => {
  const profiles = readdirSync(join(root, 'configs')).filter((file) => file.endsWith('.toml'));
  test.each(profiles)('%s', async (file) => {
    expect(await lint(readFileSync(join(root, 'configs', file), 'utf8'))).toEqual([]);
  });
});

// By code of the catalogue: mistakes of form, which a schema can tell. Limits of 64-bit keys and floats are not in it.
const FORM = /error\[COH(0201|0202|0203|0204|0206)\]/;

/** What stands in a base; keys of 2.0 in 1.5; a date, which JSON has as a string; 5.0, which JSON has as an integer. */
const NOT_SEEN = /^(extends-.*|unknown-table|type-date-for-string|type-float-for-integer)$/;

describe('mistakes of form', () => {
  const mistakes = readAreas(MANIFEST_MISTAKES)
    .flatMap(({ cases }) => cases)
    .filter(({ expected }) => FORM.test(expected.split('\n', 1)[0] ?? ''))
    .filter(({ name }) => !NOT_SEEN.test(name));

  test('there are many', () => expect(mistakes.length).toBeGreaterThan(30));

  test.each(named(mistakes))('%s', async (_name, { manifest }) => {
    expect(await lint(Buffer.from(manifest).toString())).not.toEqual([]);
  });
});
