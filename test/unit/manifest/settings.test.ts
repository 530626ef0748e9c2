// SPDX-License-Identifier: Apache-2.0
// What schema 2.0 adds: defaults for manifests of both versions, and nothing new in the canonical JSON of 1.5.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { blake3 } from '@noble/hashes/blake3.js';
import { describe, expect, test } from 'vitest';
import { artifactsOf } from '../../../compiler/src/manifest/artifacts/index.ts';
import { type CompiledManifest, compileBytes } from '../../../compiler/src/manifest/compile.ts';
import { completed } from '../../../compiler/src/manifest/schema/manifest.ts';

const root = resolve(import.meta.dirname, '../../..');
const path = join(root, 'configs/root_task.toml');
const text = readFileSync(path, 'utf8');
const older = compileBytes(Buffer.from(text), path);
const newer = compileBytes(Buffer.from(text.replace('schema = "1.5"', 'schema = "2.0"')), path);

describe('both versions of one manifest', () => {
  test('1.5 has none of the new keys', () => {
    const keys = Object.keys(JSON.parse(older.resolvedJson) as object);
    expect(keys.at(-1)).toBe('cas');
    expect(older.resolvedJson).not.toMatch(/max_reference|"units"|"release"|"tickets": \{/);
  });

  test('the new keys stand behind the old ones', () => {
    const old = JSON.parse(older.resolvedJson) as Record<string, object>;
    const fresh = JSON.parse(newer.resolvedJson) as Record<string, object>;
    expect(Object.keys(fresh).slice(0, Object.keys(old).length)).toEqual(Object.keys(old));
    expect(Object.keys(fresh).slice(Object.keys(old).length)).toEqual([
      ...['auth', 'network', 'sessions', 'control_plane', 'protection'],
    ]);
    for (const table of ['profile', 'telemetry_ingest'] as const) {
      const names = Object.keys(old[table] ?? {});
      expect(Object.keys(fresh[table] ?? {}).slice(0, names.length)).toEqual(names);
    }
  });

  test('without their version they are the same when completed', () => {
    const versionless = ({ manifest }: CompiledManifest) => ({ ...completed(manifest), root_task: {} });
    expect(versionless(older)).toEqual(versionless(newer));
  });

  test('the values that the interface documents', () => {
    const { control_plane: plane, telemetry_ingest: ingest, network } = completed(older.manifest);
    expect(plane).toMatchObject({
      schedule: { max_entries: 64, ctl_max_bytes: 8192, summary_bytes: 128, queue_bytes: 256 },
      lease: { max_active: 64, max_preemptions: 64, ctl_max_bytes: 8192, summary_bytes: 160, active_bytes: 256 },
      export: { max_windows: 64, ctl_max_bytes: 2048 },
    });
    expect(ingest).toMatchObject({
      max_reference_entries_per_segment: 1024,
      max_reference_manifest_bytes: 131072,
      max_reference_bytes: 1073741824n,
    });
    expect(network).toMatchObject({ address: '10.0.2.15', gateway: '10.0.2.2', console_port: 31337 });
  });
});

function artifact(compiled: CompiledManifest, name: string): string {
  const found = artifactsOf(compiled).find((candidate) => candidate.path === name);
  if (found === undefined) throw new Error(`no artifact ${name}`);
  return found.content;
}

const hasPython = spawnSync('python3', ['--version']).status === 0;

describe('artifacts', () => {
  test('the root task module has the new constants, whatever the version', () => {
    for (const compiled of [older, newer]) {
      const module = artifact(compiled, 'generated/manifest.ts');
      expect(module).toContain('export const NETWORK_CONSOLE_PORT: u16 = 31337;');
      expect(module).toContain('export const SESSIONS_MAX: u16 = 48;');
      expect(module).toContain('export const AUTH_QUEEN_TICKET: string = "optional";');
      expect(module).not.toContain('changeme');
    }
  });

  test('the module of secrets has digests only', () => {
    const module = artifact(older, 'generated/secrets.ts');
    expect(module).toMatch(/TICKET_ROLES: StaticArray<u8> = \[\n {2}0, 1, 2, 3, 4,\n\]/);
    expect(module).not.toMatch(/changeme|bootstrap/);
    // A documented ticket, for the secret of heartbeat workers: the second key verifies it.
    const keys = /TICKET_KEYS: StaticArray<u8> = \[([^\]]*),\n\]/.exec(module)?.[1]?.split(',').map(Number) ?? [];
    const payload = Buffer.from('0101080800776f726b65722d31000000000000000000000000', 'hex');
    const mac = blake3(payload, { key: Uint8Array.from(keys.slice(32, 64)) });
    expect(Buffer.from(mac).toString('hex')).toBe('ea7bee86230e67031e6e758fa01c00eaa9c1f0bfff4b41548424a3df0356cff9');
  });

  test.skipIf(!hasPython)('TypeScript and Python clients are built with the same values (needs python3)', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'coh-defaults-'));
    try {
      const file = join(directory, 'defaults.mjs');
      writeFileSync(file, artifact(older, 'client_defaults.ts').replace(' as const', ''));
      const { DEFAULTS } = (await import(file)) as { DEFAULTS: Record<string, unknown> };
      expect(DEFAULTS).toMatchObject({
        manifest_sha256: older.hashes.manifest,
        secure9p: { msize: 8192, walk_depth: 8 },
        console: { max_line_len: 256, max_ticket_len: 224 },
        telemetry_push: { schema: 'cohsh-telemetry-push/v1', max_record_bytes: 4096 },
        examples: { job_id: 'job_8932' },
      });
      const python = artifact(older, 'cohesix_defaults.py');
      writeFileSync(join(directory, 'defaults.py'), python);
      const program = 'import json, runpy, sys; print(json.dumps(runpy.run_path(sys.argv[1])["DEFAULTS"]))';
      const printed = execFileSync('python3', ['-c', program, join(directory, 'defaults.py')], { encoding: 'utf8' });
      expect(JSON.parse(printed)).toEqual(JSON.parse(JSON.stringify(DEFAULTS)));
      const side = artifact(older, 'cohesix_defaults.py.sha256');
      expect(side).toContain(createHash('sha256').update(python).digest('hex'));
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
