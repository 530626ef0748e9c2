// SPDX-License-Identifier: Apache-2.0
/** Policy files: the one that was written is taken, any other is refused with its reason. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ClientError,
  DEFAULT_POLICY,
  findPolicy,
  loadPolicy,
  overrideNumber,
  overridePolicy,
  POLICY_FILE,
} from '../../../host/client/index.ts';
import { cohshPolicy } from '../../../compiler/src/manifest/artifacts/policies.ts';
import { compileManifest } from '../../../compiler/src/manifest/compile.ts';

let folder: string;
let good: string;
let path: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'policy-'));
  path = join(folder, POLICY_FILE);
  good = cohshPolicy(await compileManifest(join(import.meta.dirname, '../../../configs/root_task.toml')));
});
afterAll(() => rmSync(folder, { recursive: true }));

const sha256 = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');

/** Writes a policy with the side file that belongs to it. */
function put(text: string | Buffer): string {
  writeFileSync(path, text);
  writeFileSync(`${path}.sha256`, `# Author: x\n${sha256(text)}  ${POLICY_FILE}\n`);
  return path;
}

function refusal(job: () => unknown): string {
  try {
    job();
  } catch (error) {
    expect(error).toBeInstanceOf(ClientError);
    return (error as ClientError).message.replaceAll(folder, 'DIR');
  }
  throw new Error('it was taken');
}

describe('loadPolicy', () => {
  it("takes what coh-rtc writes; the library's defaults are the same", () => {
    const policy = loadPolicy(put(good));
    const { manifest_sha256, policy_sha256 } = policy;
    expect(policy).toEqual({ ...DEFAULT_POLICY, manifest_sha256, policy_sha256 });
    expect(manifest_sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(policy_sha256).toBe(sha256(good));
  });

  it('refuses a file that is not there', () => {
    const missing = join(folder, 'none.toml');
    expect(refusal(() => loadPolicy(missing))).toBe('failed to read cohsh policy DIR/none.toml');
  });

  it('refuses a file without its side file, unless its hash is known', () => {
    put(good);
    rmSync(`${path}.sha256`);
    expect(refusal(() => loadPolicy(path))).toBe('failed to read cohsh policy DIR/cohsh_policy.toml.sha256');
    expect(loadPolicy(path, { policy_sha256: sha256(good) }).retry).toEqual(DEFAULT_POLICY.retry);
    writeFileSync(`${path}.sha256`, 'no hash\n');
    expect(refusal(() => loadPolicy(path))).toBe('cohsh policy DIR/cohsh_policy.toml.sha256 holds no hash');
  });

  it('refuses a file that was changed', () => {
    put(good);
    const changed = good.replace('timeout_ms = 5000', 'timeout_ms = 6000');
    writeFileSync(path, changed);
    const message = `cohsh policy hash mismatch: expected ${sha256(good)} got ${sha256(changed)}`;
    expect(refusal(() => loadPolicy(path))).toBe(message);
  });

  it('refuses the policy of another manifest', () => {
    put(good);
    const got = /manifest_sha256 = "(\w+)"/.exec(good)?.[1] ?? '';
    expect(loadPolicy(path, { manifest_sha256: got }).manifest_sha256).toBe(got);
    expect(refusal(() => loadPolicy(path, { manifest_sha256: 'abc' }))).toBe(
      `cohsh policy manifest hash mismatch: expected abc got ${got}`,
    );
  });

  it.each([
    ['UTF-8', () => Buffer.from([0x61, 0xff, 0x0a]), 'invalid UTF-8 in cohsh policy DIR/cohsh_policy.toml'],
    ['TOML', () => '[retry\n', 'invalid cohsh policy TOML in DIR/cohsh_policy.toml'],
    [
      'meta',
      () => good.replace('[meta]', '[mata]'),
      'invalid cohsh policy TOML in DIR/cohsh_policy.toml: meta.manifest_sha256 is missing',
    ],
    [
      'a missing number',
      () => good.replace('max_attempts = 3\n', ''),
      'invalid cohsh policy TOML in DIR/cohsh_policy.toml: retry.max_attempts is no number',
    ],
    [
      'a text',
      () => good.replace('max_attempts = 3', 'max_attempts = "3"'),
      'invalid cohsh policy TOML in DIR/cohsh_policy.toml: retry.max_attempts is no number',
    ],
    [
      'a huge number',
      () => good.replace('max_attempts = 3', 'max_attempts = 9999999999'),
      'invalid cohsh policy TOML in DIR/cohsh_policy.toml: retry.max_attempts 9999999999 is out of range',
    ],
    [
      'a negative number',
      () => good.replace('max_attempts = 3', 'max_attempts = -1'),
      'invalid cohsh policy TOML in DIR/cohsh_policy.toml: retry.max_attempts -1 is out of range',
    ],
    [
      'control_sessions',
      () => good.replace('control_sessions = 2', 'control_sessions = 0'),
      'cohsh pool control_sessions must be >= 1',
    ],
    [
      'telemetry_sessions',
      () => good.replace('telemetry_sessions = 4', 'telemetry_sessions = 0'),
      'cohsh pool telemetry_sessions must be >= 1',
    ],
    ['poll_ms_min', () => good.replace('poll_ms_min = 250', 'poll_ms_min = 0'), 'cohsh tail poll_ms_min must be >= 1'],
    [
      'poll_ms_max',
      () => good.replace('poll_ms_max = 10000', 'poll_ms_max = 100'),
      'cohsh tail poll_ms_max 100 must be >= poll_ms_min 250',
    ],
    [
      'poll_ms_default',
      () => good.replace('poll_ms_default = 1000', 'poll_ms_default = 20000'),
      'cohsh tail poll_ms_default 20000 must be within 250..=10000',
    ],
    [
      'k8s_poll_ms',
      () => good.replace('k8s_poll_ms = 5000', 'k8s_poll_ms = 0'),
      'cohsh host_telemetry k8s_poll_ms must be >= 1',
    ],
    [
      'max_attempts',
      () => good.replace('max_attempts = 3', 'max_attempts = 0'),
      'cohsh retry max_attempts must be >= 1',
    ],
    [
      'ceiling_ms',
      () => good.replace('ceiling_ms = 2000', 'ceiling_ms = 100'),
      'cohsh retry ceiling_ms 100 must be >= backoff_ms 200',
    ],
    [
      'interval_ms',
      () => good.replace('interval_ms = 15000', 'interval_ms = 0'),
      'cohsh heartbeat interval_ms must be >= 1',
    ],
    ['max_bytes', () => good.replace('max_bytes = 1048576', 'max_bytes = 0'), 'cohsh trace max_bytes must be > 0'],
    [
      'length',
      () => `${good}#${'x'.repeat(70_000)}\n`,
      'failed to read cohsh policy DIR/cohsh_policy.toml: more than 65536 bytes',
    ],
  ])('refuses bad %s', (_name, text, message) => {
    expect(refusal(() => loadPolicy(put(text())))).toBe(message);
  });
});

describe('overrides', () => {
  it('flags win over the environment, and that over the file', () => {
    const env = { COHSH_RETRY_TIMEOUT_MS: '7000', COHSH_POOL_CONTROL_SESSIONS: '9' };
    const { retry, pool } = overridePolicy(DEFAULT_POLICY, { pool_control_sessions: 5 }, env);
    expect([retry.timeout_ms, pool.control_sessions, pool.telemetry_sessions]).toEqual([7000, 5, 4]);
  });

  it.each([
    ['x', "invalid K value 'x': invalid digit found in string"],
    ['', "invalid K value '': cannot parse integer from empty string"],
    ['-1', "invalid K value '-1': invalid digit found in string"],
    ['99999999999', "invalid K value '99999999999': number too large"],
  ])('%j is no number', (text, message) => {
    expect(refusal(() => overrideNumber('K', text))).toBe(message);
  });

  it('are checked like the file', () => {
    expect(refusal(() => overridePolicy(DEFAULT_POLICY, { retry_max_attempts: 0 }))).toBe(
      'cohsh retry max_attempts must be >= 1',
    );
  });
});

describe('findPolicy', () => {
  it('looks in the working directory, then beside the program', () => {
    const cwd = join(folder, 'cwd');
    const program = join(folder, 'tools/cohsh.mjs');
    mkdirSync(join(cwd, 'out/qemu-virt'), { recursive: true });
    mkdirSync(join(folder, 'tools'), { recursive: true });
    writeFileSync(join(folder, 'tools', POLICY_FILE), good);
    expect(findPolicy(cwd, program)).toBe(join(folder, 'tools', POLICY_FILE));
    writeFileSync(join(cwd, 'out/qemu-virt', POLICY_FILE), good);
    expect(findPolicy(cwd, program)).toBe(join(cwd, 'out/qemu-virt', POLICY_FILE));
    expect(readFileSync(findPolicy(cwd, program) ?? '', 'utf8')).toBe(good);
  });
});
