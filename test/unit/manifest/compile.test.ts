// SPDX-License-Identifier: Apache-2.0
// What comes out of a good manifest: canonical JSON, hashes, generated files; and how several errors are reported.
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Failure } from '../../../diagnostics/diagnostic.ts';
import { artifactsOf, writeArtifacts } from '../../../compiler/src/manifest/artifacts/index.ts';
import { auditLines } from '../../../compiler/src/manifest/audit-lines.ts';
import { compileBytes, compileManifest } from '../../../compiler/src/manifest/compile.ts';
import { formatF32 } from '../../../compiler/src/manifest/json.ts';
import { resolveMounts } from '../../../compiler/src/manifest/sidecar-mounts.ts';

const root = resolve(import.meta.dirname, '../../..');
const configs = readdirSync(join(root, 'configs')).filter((file) => file.endsWith('.toml'));
const fixtures = resolve(root, '../shared/spec/fixtures');
const hasFixtures = existsSync(fixtures);

const MINIMAL = `
root_task = { schema = "1.5" }
profile = { name = "test", kernel = true }
event_pump = { tick_ms = 5 }
secure9p = { msize = 8192, walk_depth = 8, tags_per_session = 16, batch_frames = 1, short_write = { policy = "retry" } }
features = { net_console = false }
tickets = [{ role = "queen", secret = "s3cret-of-the-queen" }]
`;

const compileText = (text: string) => compileBytes(Buffer.from(text), 'test.toml');
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'coh-rtc-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

describe.skipIf(!hasFixtures)('reference manifest (skipped without ../shared)', () => {
  const compileReference = () => compileManifest(join(fixtures, 'upstream_root_task.toml'));
  const text = async (path: string) => {
    const content = artifactsOf(await compileReference()).find((artifact) => artifact.path === path)?.content;
    // The hashes below are of files with another author and source in their first two lines.
    return content
      ?.replace('# Author: Cohesix', '# Author: Lukas Bower')
      .replace('derived from the root-task manifest.', 'derived from configs/root_task.toml.');
  };

  test('resolved JSON is byte-identical', async () => {
    const { resolvedJson } = await compileReference();
    expect(resolvedJson).toBe(readFileSync(join(fixtures, 'root_task_resolved.json'), 'utf8'));
  });

  test('hashes of manifest and tables', async () => {
    expect((await compileReference()).hashes).toEqual({
      manifest: '3a20adc55c8f975e20e8ef031422f8a09b4a7b8e524dd052bf69296ddf7ff1af',
      tickets: 'fd0ebff1d0b4cfcc2a03a1015578545dfa68f0240e782b60ad7956c2492972eb',
      namespaces: 'c34073b3f57eeae7ebba0eb35e56b2a1dea490aee4de2cc1f3a0b65ec2bc7b24',
      audit: '6458e8731d908cc0e97f3a3f459b359bed45c35ffba2b3dfc02b7ce801b84178',
    });
  });

  test.each([
    ['coh_policy.toml', '73da6cb6898868e55463f995498c8c2fc349a55b7cdd937795171c4f06c517bb'],
    ['cohsh_policy.toml', '96262c617e5a15321d58f069f17664dfbe02ffa9e6e4df7a38169c21b4e37ee8'],
    ['swarmui_defaults.toml', '0d80431371a0132a5fa0c6b13c0039ce0f89b06fd108e095b60fa018b10f39ed'],
    ['cas_manifest_template.json', '2472ebc6fe70834d2070d3f4344b35ae19b2298a9b62337f5a32a1c6fa2c032b'],
  ])('%s has the known hash, but for its header', async (path, hash) => {
    expect(sha256((await text(path)) ?? '')).toBe(hash);
  });

  test('our default profile resolves to the same values, but for author, purpose and key file', async () => {
    type Resolved = { meta?: unknown; cas: { signing: { key_path?: unknown } } };
    const strip = (json: string): Resolved => {
      const value = JSON.parse(json) as Resolved;
      delete value.meta;
      delete value.cas.signing.key_path;
      return value;
    };
    const ours = await compileManifest(join(root, 'configs/root_task.toml'));
    expect(strip(ours.resolvedJson)).toEqual(strip((await compileReference()).resolvedJson));
  });
});

describe('profiles in configs/', () => {
  // A base without secrets, which is refused by itself: extend.test.ts.
  const whole = configs.filter((file) => file !== 'release.toml');
  test.each(whole)('%s compiles without a warning', async (file) => {
    expect((await compileManifest(join(root, 'configs', file))).warnings).toEqual([]);
  });
});

describe('canonical JSON', () => {
  test('parses, and every key of the schema is there', () => {
    const resolved = JSON.parse(compileText(MINIMAL).resolvedJson) as Record<string, Record<string, unknown>>;
    expect(Object.keys(resolved)).toHaveLength(22);
    expect(resolved.cas).toEqual({ enable: false, store: { chunk_bytes: 0 }, delta: { enable: false }, signing: null });
    expect(resolved.lifecycle?.auto_transitions).toEqual([{ from: 'BOOTING', to: 'ONLINE' }]);
  });

  test('a life cycle table without transitions has none', () => {
    expect(compileText(`${MINIMAL}\nlifecycle = {}`).manifest.lifecycle.auto_transitions).toEqual([]);
  });

  test('an optional key that is missing from its table is null', () => {
    const { resolvedJson } = compileText(`${MINIMAL}\ncas = { signing = { required = false } }`);
    expect(resolvedJson).toContain('"signing": {\n      "required": false,\n      "key_path": null\n    }');
  });

  test('integers beyond the exact range of doubles keep every digit', () => {
    const { resolvedJson } = compileText(`${MINIMAL}\n[ticket_limits]\nbandwidth_bytes = 9223372036854775807`);
    expect(resolvedJson).toContain('"bandwidth_bytes": 9223372036854775807');
  });

  test('the way of writing TOML does not matter', () => {
    const spread = MINIMAL.replace(/^(\w+) = \{ (.*) \}$/gm, (_, table: string, body: string) => {
      return body
        .replace(/short_write = \{ (.*) \}/, 'short_write.$1')
        .split(', ')
        .map((pair) => `${table}.${pair}`)
        .join('\r\n');
    });
    expect(spread).not.toBe(MINIMAL);
    expect(compileText(`\ufeff${spread}`).hashes).toEqual(compileText(MINIMAL).hashes);
  });

  test.each([
    [0.7, '0.7'],
    [1.25, '1.25'],
    [1, '1.0'],
    [0.1, '0.1'],
    [16777216, '16777216.0'],
    [3.4028234663852886e38, '3.4028235e38'],
    [1e-45, '1e-45'],
    [-0, '-0.0'],
    [1 / 3, '0.33333334'],
  ])('32-bit float %d is written %s', (value, expected) => {
    expect(formatF32(value)).toBe(expected);
  });
});

describe('several errors', () => {
  test('all of them, schema errors first, then rules in their order', () => {
    const text = `${MINIMAL.replace('msize = 8192', 'msize = 9000').replace('tick_ms = 5', 'tick_ms = "5"')}
cache = { dma_clean = true }
sharding = { shard_bits = 9 }
ecosystem = { audit = { replay_enable = true } }
colour = "blue"`;
    expect(() => compileText(text)).toThrow(Failure);
    const codes = (() => {
      try {
        compileText(text);
        return [];
      } catch (error) {
        return (error as Failure).diagnostics.map(({ code }) => code);
      }
    })();
    expect(codes).toEqual(['COH0201', 'COH0204', 'COH1201', 'COH1401', 'COH1601', 'COH2005']);
  });

  test('one of nearly every group of rules: in the order of their codes', () => {
    const text = `${MINIMAL.replace('batch_frames = 1', 'batch_frames = 0')
      .replace('net_console = false', 'net_console = false, std_console = true')
      .replace('"queen"', '"worker-gpu"')}
cache = { dma_clean = true }
namespaces = { mounts = [{ service = "logs", target = [".."] }] }
sharding = { shard_bits = 9 }
ticket_limits = { max_scopes = 17 }
telemetry = { ring_bytes_per_worker = 0 }
lifecycle = { auto_transitions = [{ from = "ONLINE", to = "ONLINE" }] }
observability = { proc_root = { reachable = true, reachable_bytes = 1 } }
ui_providers = { proc_9p = { sessions = true } }
client_paths = { log = "log" }
cas = { enable = true }
[ecosystem]
policy = { queue_max_entries = 0 }
audit = { replay_enable = true }
host = { enable = true, mount_at = "/" }
[sidecars]
modbus = { enable = true }
[sidecars.lora]
enable = true
[[sidecars.lora.adapters]]
id = "a"
mount = "a"
scope = "a"
region = ""
duty_cycle_percent = 1
window_ms = 1
max_payload_bytes = 1
tamper_log_max_entries = 1
[client_policies]
heartbeat = { interval_ms = 0 }
[swarmui]
hive = { step_ms = 0 }`;
    const error = (() => {
      try {
        compileText(text);
        return undefined;
      } catch (thrown) {
        return thrown as Failure;
      }
    })();
    const groups = error?.diagnostics.map(({ code }) => Number(code.slice(3, 5)) - 10) ?? [];
    expect([...new Set(groups)]).toEqual([2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 15, 16, 17, 18, 19, 20, 21, 22, 23]);
    expect(groups).toEqual(groups.toSorted((a, b) => a - b));
  });

  test('more transitions than the table holds', () => {
    const entries = Array.from({ length: 9 }, () => '{ from = "BOOTING", to = "ONLINE" }').join(', ');
    expect(() => compileText(`${MINIMAL}\nlifecycle = { auto_transitions = [${entries}] }`)).toThrow(
      /^lifecycle\.auto_transitions exceeds max entries 8\n/,
    );
  });

  test('a value that could not be read causes no further errors', () => {
    expect(() => compileText(MINIMAL.replace('"queen"', '"quean"'))).toThrow(/^[^\n]*'quean' is not one of[^\n]*$/);
  });
});

describe('derived values', () => {
  test('audit lines follow the features', () => {
    const { manifest, hashes } = compileText(MINIMAL);
    const lines = auditLines(manifest, hashes.manifest);
    expect(lines).toContain('manifest.sharding.shard_count=1');
    expect(lines.at(-1)).toBe('event_pump.fds=timer,ipc,ninedoor');
  });

  test('a sidecar directory that is taken gets the hashed prefix', () => {
    const adapter = (id: string, mount: string) =>
      `{ id = "${id}", mount = "${mount}", scope = "${id}", link = "tcp", spool = {} }`;
    const adapters = [adapter('a', 'meter'), adapter('b', 'meter'), adapter('c', 'log')].join(', ');
    const { manifest } = compileText(`${MINIMAL}\n[sidecars.modbus]\nenable = true\nadapters = [${adapters}]`);
    expect(resolveMounts(manifest).map(({ label }) => label)).toEqual([
      'meter',
      `${sha256('modbus:b:meter').slice(0, 8)}-meter`,
      `${sha256('modbus:c:log').slice(0, 8)}-log`,
    ]);
  });
});

describe('artifacts', () => {
  test('the root task gets constants, and no secret', () => {
    const compiled = compileText(MINIMAL);
    const module = artifactsOf(compiled).find(({ path }) => path === 'generated/manifest.ts')?.content ?? '';
    expect(module).toContain('export const EVENT_PUMP_TICK_MS: u64 = 5;\n');
    expect(module).toContain('export const FEATURES_NET_CONSOLE: bool = false;\n');
    expect(module).toContain('export const NAMESPACE_MOUNTS_TARGET: StaticArray<string> = [];\n');
    expect(module).toContain(`manifest.sha256=${compiled.hashes.manifest}`);
    expect(module).not.toContain('s3cret');
    expect(module).not.toContain(compiled.hashes.tickets);
  });

  test('two directories hold identical bytes', async () => {
    const trees = ['a', 'b'].map((name) => {
      cpSync(join(root, 'configs'), join(directory, name, 'configs'), { recursive: true });
      return join(directory, name);
    });
    for (const tree of trees) {
      await writeArtifacts(await compileManifest(join(tree, 'configs/root_task.toml')), join(tree, 'out'));
    }
    const [first, second] = trees.map((tree) =>
      readdirSync(join(tree, 'out'), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => [entry.name, readFileSync(join(entry.parentPath, entry.name), 'utf8')]),
    );
    expect(first?.length).toBeGreaterThan(10);
    expect(second).toEqual(first);
  });

  test('side files name the hash of their file', async () => {
    await writeArtifacts(compileText(MINIMAL), directory);
    for (const side of readdirSync(directory).filter((file) => file.endsWith('.sha256'))) {
      const file = side.slice(0, -'.sha256'.length);
      const hash = sha256(readFileSync(join(directory, file), 'utf8'));
      expect(readFileSync(join(directory, side), 'utf8').split('\n')).toEqual([
        '# Author: Cohesix',
        `# Purpose: SHA-256 fingerprint for ${file}.`,
        `${hash}  ${file}`,
        '',
      ]);
    }
  });

  test('unchanged files are not touched, changed ones are replaced whole', async () => {
    await writeArtifacts(compileText(MINIMAL), directory);
    const file = join(directory, 'manifest.json');
    utimesSync(file, 1, 1);
    expect(await writeArtifacts(compileText(MINIMAL), directory)).toEqual([]);
    expect(statSync(file).mtimeMs).toBe(1000);
    const changed = await writeArtifacts(compileText(MINIMAL.replace('= 5', '= 6')), directory);
    expect(changed).toContain(file);
    expect(changed).not.toContain(join(directory, 'cas_manifest_template.json'));
    expect(readdirSync(directory).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});
