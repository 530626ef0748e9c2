// SPDX-License-Identifier: Apache-2.0
// The command line of coh-rtc: what it prints, where, and with which exit code.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { catalogue } from '../../../compiler/src/manifest/catalogue.ts';
import { run } from '../../../compiler/src/manifest/cli/run.ts';
import { baseText, compose } from '../../support/mistakes.ts';

const root = resolve(import.meta.dirname, '../../..');
const good = join(root, 'configs/root_task.toml');
let bad: string;

async function coh(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const code = await run(argv, { stdout: (text) => (out += text), stderr: (text) => (err += text) });
  return { code, out, err };
}

let directory: string;
let inputs: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'coh-rtc-'));
  // Outside `directory`, which some tests look at as a whole.
  inputs = mkdtempSync(join(tmpdir(), 'coh-rtc-inputs-'));
  bad = join(inputs, 'secure9p-msize.toml');
  writeFileSync(bad, compose(baseText('schema-1.5'), ['-msize = 8192', '+msize = 8193']));
});
afterEach(() => {
  for (const made of [directory, inputs]) rmSync(made, { recursive: true, force: true });
});

describe('check', () => {
  test('a good manifest', async () => {
    const { code, out, err } = await coh('check', good);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/root_task\.toml: ok, sha256 [0-9a-f]{64}\n$/);
  });

  test('a bad one: place, code, line, caret, cause, fix', async () => {
    const { code, out, err } = await coh('check', bad);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err.replace(bad, 'FILE').replace(bad, 'FILE')).toBe(
      [
        'FILE:12:9: error[COH1201]: secure9p.msize 8193 exceeds maximum 8192',
        ' 12 | msize = 8193',
        '    |         ^^^^',
        '  cause: Frame buffers on both sides are 8192 bytes.',
        '  fix: write 8192 or less',
        '',
        'FILE: 1 error',
        '',
      ].join('\n'),
    );
  });

  test('several files: each gets its verdict', async () => {
    const { code, out, err } = await coh('check', bad, good);
    expect(code).toBe(1);
    expect(out).toContain(`${good}: ok`);
    expect(err).toContain(`${bad}: 1 error`);
  });

  test('--json', async () => {
    const { code, out, err } = await coh('check', '--json', bad, good);
    expect({ code, err }).toEqual({ code: 1, err: '' });
    const { manifests } = JSON.parse(out) as { manifests: { ok: boolean; diagnostics: { code: string }[] }[] };
    expect(manifests.map(({ ok, diagnostics }) => [ok, ...diagnostics.map((d) => d.code)])).toEqual([
      [false, 'COH1201'],
      [true],
    ]);
  });

  test.each([
    ['no such file', 'COH0002', 'manifest path does not exist or is not a file: '],
    ['a directory', 'COH0002', 'manifest path does not exist or is not a file: '],
  ])('%s', async (what, errorCode, message) => {
    const path = what === 'a directory' ? directory : join(directory, 'missing.toml');
    const { code, err } = await coh('check', path);
    expect(code).toBe(1);
    expect(err).toContain(`error[${errorCode}]: ${message}${path}\n`);
  });
});

describe('build', () => {
  test('writes every artifact', async () => {
    const { code, out } = await coh('build', good, '--out', directory);
    expect(code).toBe(0);
    expect(out).toMatch(/: \d+ files changed, sha256 [0-9a-f]{64}\n$/);
    expect(readdirSync(directory)).toContain('manifest.json');
    expect(readFileSync(join(directory, 'generated/manifest.ts'), 'utf8')).toContain('EVENT_PUMP_TICK_MS');
  });

  test('a refused manifest writes nothing', async () => {
    expect((await coh('build', bad, '--out', directory)).code).toBe(1);
    expect(readdirSync(directory)).toEqual([]);
  });

  test('an output directory that is a file', async () => {
    const file = join(directory, 'file');
    writeFileSync(file, '');
    const { code, out, err } = await coh('build', good, '--out', file);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain('error[COH0004]: failed to write ');
  });
});

describe('older form', () => {
  const flags = [
    ...['cas-manifest-template', 'cli-script', 'coh-policy', 'cohsh-policy', 'swarmui-defaults'],
    ...['cohesix-py-defaults', 'client-defaults', 'json-schema'],
  ];
  const options = () => [
    ...['--out', join(directory, 'gen'), '--manifest', join(directory, 'resolved.json')],
    ...flags.flatMap((flag) => [`--${flag}`, join(directory, flag)]),
  ];

  test('writes what each option names, and says so in one line', async () => {
    const { code, out, err } = await coh(good, ...options());
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^coh-rtc: wrote tables=[^\n]*, manifest=[^\n]*\n$/);
    const files = readdirSync(directory);
    expect(files).toEqual(expect.arrayContaining(['gen', 'resolved.json', 'resolved.json.sha256', ...flags]));
  });

  test('a refused manifest', async () => {
    const { code, err } = await coh(bad, ...options());
    expect(code).toBe(1);
    expect(err).toMatch(/^Error: secure9p\.msize 8193 exceeds maximum 8192\n/);
    expect(readdirSync(directory)).toEqual([]);
  });
});

describe('diff', () => {
  const edge = join(root, 'configs/edge_board.toml');

  test('one line for each change of authority, and a count', async () => {
    const { code, out, err } = await coh('diff', good, edge);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const lines = out.trimEnd().split('\n');
    expect(lines).toContain('widens   ecosystem.host.providers[jetson]: none -> on');
    expect(lines).toContain('narrows  ticket_limits.max_scopes: 8 -> 4');
    expect(lines.at(-1)).toMatch(/^\d+ changes of authority, \d+ keys differ$/);
  });

  test('a manifest with itself', async () => {
    expect((await coh('diff', good, good)).out).toBe('0 changes of authority, 0 keys differ\n');
  });

  test('a refused manifest', async () => {
    const { code, out, err } = await coh('diff', good, bad);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain('COH1201');
  });
});

describe('explain and schema', () => {
  test('every code is explained in whole sentences', async () => {
    for (const [code, { cause }] of catalogue) {
      const { code: exit, out } = await coh('explain', code.toLowerCase());
      expect({ exit, out }).toEqual({ exit: 0, out: expect.stringContaining(cause) as string });
      expect(cause, code).toMatch(/^["A-Z/].*\.$/);
    }
  });

  test('the JSON Schema refuses unknown keys and names what is required', async () => {
    const { code, out } = await coh('schema');
    expect(code).toBe(0);
    const schema = JSON.parse(out) as {
      additionalProperties: boolean;
      else: { required: string[] };
      properties: Record<string, { properties: Record<string, unknown> }>;
    };
    expect(schema.additionalProperties).toBe(false);
    expect(schema.else.required).toEqual(['root_task', 'profile', 'event_pump', 'secure9p', 'features', 'tickets']);
    expect(schema.properties.secure9p?.properties.msize).toEqual({
      description: 'Largest frame, in bytes.',
      type: 'integer',
      minimum: 0,
      maximum: 8192,
    });
  });
});

describe('wrong usage', () => {
  test.each([
    [[], 'no command'],
    [['chekc', 'x'], "unknown command 'chekc'; did you mean 'check'?"],
    [['check'], 'check needs a manifest'],
    [['check', '--jsn', 'x'], "unknown option '--jsn'; did you mean '--json'?"],
    [['check', '-j', 'x'], "unknown option '-j'"],
    [['check', '--json=yes', 'x'], "option '--json' takes no value"],
    [['diff', 'x'], 'diff needs two manifests'],
    [['build', 'x'], 'build needs --out DIR'],
    [['build', 'x', '--out'], "option '--out' needs a value"],
    [['build', 'x', '--out', 'a', '--out', 'b'], "option '--out' is given twice"],
    [['build', 'x', 'y', '--out', 'a'], 'build needs one manifest'],
    [['explain', 'COH1299'], 'no diagnostic has the code COH1299'],
    [['schema', 'x'], 'schema takes no argument'],
    [['x.toml', '--out', 'a'], 'the older form needs --out and --manifest'],
    [['x.toml', '--out', 'a', '--manifest', 'b', '--cohsh-polic', 'c'], "did you mean '--cohsh-policy'?"],
    [['x.toml', '--out', 'a', '--manifest', 'b', '--manifest-out', 'c'], 'are the same'],
  ])('%j', async (argv, message) => {
    const { code, out, err } = await coh(...argv);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/^coh-rtc: /);
    expect(err).toContain(message);
    expect(err).toContain('coh-rtc --help');
  });

  test('--help is no mistake', async () => {
    const { code, out, err } = await coh('--help');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^usage: coh-rtc check/);
  });
});
