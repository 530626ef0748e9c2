// SPDX-License-Identifier: Apache-2.0
// What `coh-rtc diff` says about two manifests: each change of authority with its direction, and no secrets.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compileBytes, type CompiledManifest } from '../../../compiler/src/manifest/compile.ts';
import { diffManifests } from '../../../compiler/src/manifest/diff.ts';

const BASE = `
root_task = { schema = "1.5" }
profile = { name = "test", kernel = true }
event_pump = { tick_ms = 5 }
secure9p = { msize = 8192, walk_depth = 8, tags_per_session = 16, batch_frames = 1, short_write = { policy = "retry" } }
features = { net_console = false }
tickets = [{ role = "queen", secret = "the-secret" }]
`;

function authority(before: string, after: string): string[] {
  const compile = (text: string) => compileBytes(Buffer.from(BASE + text), 'test.toml');
  return diffManifests(compile(before), compile(after)).authority.map(({ path, effect }) => `${effect} ${path}`);
}

describe('a change and its reverse', () => {
  test.each([
    ['', 'sharding = { legacy_worker_alias = true }', 'widens sharding.legacy_worker_alias'],
    ['', 'namespaces = { role_isolation = false }', 'widens namespaces.role_isolation'],
    ['', '[[namespaces.mounts]]\nservice = "logs"\ntarget = ["log"]', 'widens namespaces.mounts[logs]'],
    ['', 'ticket_limits = { max_scopes = 16 }', 'widens ticket_limits.max_scopes'],
    ['', 'ticket_limits = { bandwidth_bytes = 0 }', 'widens ticket_limits.bandwidth_bytes'],
    ['', 'ecosystem = { host = { enable = true } }', 'widens ecosystem.host'],
    ['ecosystem = { policy = { enable = true } }', '', 'widens ecosystem.policy'],
    ['ecosystem = { audit = { enable = true } }', '', 'widens ecosystem.audit'],
    ['', 'observability = { proc_root = { reachable = true } }', 'widens observability.proc_root.reachable'],
    [
      'client_policies = { coh = { mount = { root = "/", allowlist = ["/proc"] } } }',
      'client_policies = { coh = { mount = { root = "/", allowlist = ["/proc", "/gpu"] } } }',
      'widens client_policies.coh.mount.allowlist[/gpu]',
    ],
  ])('%j -> %j', (before, after, expected) => {
    expect(authority(before, after)).toEqual([expected]);
    expect(authority(after, before)).toEqual([expected.replace('widens', 'narrows')]);
  });
});

test('what is switched off gives no authority', () => {
  expect(authority('', 'ecosystem = { host = { enable = false, providers = ["k8s"] } }')).toEqual([]);
});

test('sizes and intervals are no authority, but are counted', () => {
  const compile = (tick: number) => compileBytes(Buffer.from(BASE.replace('= 5', `= ${tick}`)), 'test.toml');
  expect(diffManifests(compile(5), compile(6))).toEqual({ authority: [], keys: ['event_pump.tick_ms'] });
});

test('a secret changes without being shown', () => {
  const compile = (secret: string) => compileBytes(Buffer.from(BASE.replace('the-secret', secret)), 'test.toml');
  const difference = diffManifests(compile('first-secret'), compile('second-secret'));
  expect(difference.authority.map(({ path, effect }) => [path, effect])).toEqual([['tickets[queen]', 'changes']]);
  expect(JSON.stringify(difference)).not.toMatch(/first-secret|second-secret/);
});

describe('protection', () => {
  const base = readFileSync(resolve(import.meta.dirname, '../../../configs/root_task_domains.toml'), 'utf8');
  const changes = (from: string, to: string): string[] => {
    expect(base.split(from).length, from).toBeGreaterThan(1);
    const [before, after] = [base, base.replace(from, to)].map((text) =>
      compileBytes(Buffer.from(text), 'configs/root_task_domains.toml'),
    ) as [CompiledManifest, CompiledManifest];
    return diffManifests(before, after).authority.map(({ path, effect }) => `${effect} ${path}`);
  };

  test('a further supervisor call is one line', () => {
    const path = 'protection.domains[ninedoor].supervisor[kill]';
    expect(changes('"spawn", "kill"', '"spawn"')).toEqual([`narrows ${path}`]);
  });

  test('what is spelt out as it is by default is no change', () => {
    const compile = (text: string) => compileBytes(Buffer.from(text), 'configs/root_task_domains.toml');
    const default20 = base.slice(0, base.indexOf('[[protection.'));
    expect(diffManifests(compile(base), compile(default20)).authority).toEqual([]);
  });
});
