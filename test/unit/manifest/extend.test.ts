// SPDX-License-Identifier: Apache-2.0
// Manifests that extend others: what is taken over, what takes its place, and release profiles built that way.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Diagnostic, Failure } from '../../../diagnostics/diagnostic.ts';
import { type CompiledManifest, compileBytes } from '../../../compiler/src/manifest/compile.ts';

const root = resolve(import.meta.dirname, '../../..');
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'coh-extend-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const MAIN = `root_task = { schema = "2.0" }
profile = { name = "test", kernel = true }
event_pump = { tick_ms = 5 }
secure9p = { msize = 8192, walk_depth = 8, tags_per_session = 16, batch_frames = 1, short_write = { policy = "retry" } }
features = { net_console = true }
tickets = [{ role = "queen", secret = "a secret of the tests" }]
`;

function put(name: string, text: string): string {
  const path = join(directory, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  return path;
}

function compile(text: string): CompiledManifest {
  const path = put('main.toml', text);
  return compileBytes(readFileSync(path), path);
}

function refusals(text: string): readonly Diagnostic[] {
  try {
    return compile(text).warnings;
  } catch (error) {
    if (error instanceof Failure) return error.diagnostics;
    throw error;
  }
}

describe('what is taken over', () => {
  test('tables key by key, lists as a whole, the manifest before its base', () => {
    put(
      'base.toml',
      `${MAIN}[ticket_limits]\nmax_scopes = 4\nbandwidth_bytes = 1\n[[namespaces.mounts]]\nservice = "a"\ntarget = ["a"]\n`,
    );
    const { manifest } = compile(
      'extends = "base.toml"\n[ticket_limits]\nmax_scopes = 5\n[[namespaces.mounts]]\nservice = "b"\ntarget = ["b"]\n',
    );
    expect(manifest.ticket_limits).toMatchObject({ max_scopes: 5, bandwidth_bytes: 1n });
    expect(manifest.namespaces.mounts).toEqual([{ service: 'b', target: ['b'] }]);
  });

  test('the result is what it would be in one file', () => {
    put('a/base.toml', MAIN.replace('tick_ms = 5', 'tick_ms = 6'));
    put('a/middle.toml', 'extends = "base.toml"\n[sessions]\nmax = 9\n');
    const whole = compile(`${MAIN}sessions = { max = 9 }\n`);
    const built = compile('extends = ["a/middle.toml"]\n[event_pump]\ntick_ms = 5\n');
    expect(built.resolvedJson).toBe(whole.resolvedJson);
    expect(built.files.map((file) => file.slice(directory.length + 1))).toEqual([
      'main.toml',
      'a/middle.toml',
      'a/base.toml',
    ]);
  });

  test('two bases that agree, or whose difference the manifest decides', () => {
    put('a.toml', '[sessions]\nmax = 9\nmax_binds = 4\n');
    put('b.toml', '[sessions]\nmax = 10\nmax_binds = 4\n');
    const { manifest } = compile(`extends = ["a.toml", "b.toml"]\n${MAIN}sessions = { max = 11 }\n`);
    expect(manifest.sessions).toMatchObject({ max: 11, max_binds: 4 });
  });

  test('a base that two others extend is read once', () => {
    put('base.toml', '[sessions]\nmax = 9\n');
    put('a.toml', 'extends = "base.toml"\n');
    put('b.toml', 'extends = "base.toml"\n[network]\nmode = "dhcp"\n');
    expect(compile(`extends = ["a.toml", "b.toml"]\n${MAIN}`).manifest.sessions?.max).toBe(9);
  });

  test('every conflict is reported, with both places', () => {
    put('a.toml', '[sessions]\nmax = 9\nmax_binds = 4\n');
    put('b.toml', '[sessions]\nmax = 10\nmax_binds = 5\n');
    const found = refusals(`extends = ["a.toml", "b.toml"]\n${MAIN}`);
    expect(found.map(({ code }) => code)).toEqual(['COH0115', 'COH0115']);
    expect(found[1]?.message).toContain(
      `'sessions.max_binds' is set at ${join(directory, 'a.toml')}:3 and otherwise at`,
    );
  });
});

describe('configs/release.toml', () => {
  const base = join(root, 'configs/release.toml');

  test('alone it is refused, for its secrets and its key only', () => {
    const found = refusals(`extends = ${JSON.stringify(relativeTo(base))}\nroot_task = { schema = "2.0" }\n`);
    expect(new Set(found.map(({ code }) => code))).toEqual(new Set(['COH3801', 'COH3805']));
    expect(found).toHaveLength(7);
  });

  test('with secrets of its own it is a release', () => {
    put('update_seed.hex', 'ab'.repeat(32));
    const roles = ['queen', 'worker-heartbeat', 'worker-gpu', 'worker-bus', 'worker-lora'];
    const tickets = roles.map((role, n) => `[[tickets]]\nrole = "${role}"\nsecret = "${`${n}`.repeat(40)}"\n`);
    const compiled = compile(
      [
        `extends = ${JSON.stringify(relativeTo(base))}`,
        'root_task = { schema = "2.0" }',
        `auth = { token = "${'f'.repeat(40)}" }`,
        'cas = { signing = { key_path = "update_seed.hex" } }',
        ...tickets,
      ].join('\n'),
    );
    expect(compiled.manifest.auth?.queen_ticket).toBe('required');
    expect(compiled.manifest.sidecars.lora.adapters.map(({ id }) => id)).toEqual(['gateway']);
    // The key is looked for beside the manifest that names it, not beside the base.
    expect(compiled.signingKeyFile).toBe(join(directory, 'update_seed.hex'));
    expect(compiled.warnings).toEqual([]);
  });
});

/** Bases are named relative to the manifest. */
function relativeTo(path: string): string {
  return `${'../'.repeat(directory.split('/').length - 1)}${path.slice(1)}`;
}
