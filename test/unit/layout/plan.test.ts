// SPDX-License-Identifier: Apache-2.0
// What a component is compiled with: the default domains, their generated modules, and that schema 1.5 stays what it was.

import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type DomainPlan, planArtifacts, planDomains } from '../../../compiler/src/layout/index.ts';
import { compileBytes, compileManifest } from '../../../compiler/src/manifest/compile.ts';
import { manifestSchema, manifestSchema20 } from '../../../compiler/src/manifest/schema/manifest.ts';
import { checkPage } from '../../../compiler/src/manifest/docs-page.ts';
import { baseText, board, diagnosticsOf, layoutOf, planOf } from './support.ts';

const root = resolve(import.meta.dirname, '../../..');
const profile = (name: string) => compileManifest(join(root, 'configs', name));

function moduleOf(plan: DomainPlan, name: string): string[] {
  const found = planArtifacts(plan).find(({ path }) => path === `generated/domains/${name}.ts`);
  return (found?.content ?? '').trimEnd().split('\n').slice(1);
}

test('modules of the base manifest', () => {
  const plan = planOf(baseText);
  expect(planArtifacts(plan).map(({ path }) => path)).toEqual([
    'generated/domains/uart.ts',
    'generated/domains/net.ts',
    'generated/domains/ninedoor.ts',
    'generated/domains/console.ts',
    'generated/domains/worker.ts',
    'capability-layout.md',
  ]);
  expect(moduleOf(plan, 'net')).toEqual([
    'export const PRIVATE_BYTES: u32 = 16384;',
    'export const SLOT_EVENTS: u64 = 2;',
    'export const SLOT_IRQ_VIRTIO_NET: u64 = 3;',
    'export const EVENT_ROOT: u64 = 0x1;',
    'export const EVENT_IRQ_VIRTIO_NET: u64 = 0x2;',
    'export const REGION_VIRTIO_NET: u32 = 0;',
    'export const DMA_PACKETS_OFFSET: u32 = 0x5000;',
    'export const DMA_PACKETS_BYTES: u32 = 8192;',
  ]);
  expect(moduleOf(plan, 'console')).toEqual([
    'export const PRIVATE_BYTES: u32 = 32768;',
    'export const SLOT_EVENTS: u64 = 2;',
    'export const SLOT_CALL_SHELL_9P: u64 = 3;',
    'export const SLOT_SUPERVISOR: u64 = 4;',
    'export const SLOT_SIGNAL_SERIAL_IN: u64 = 5;',
    'export const EVENT_ROOT: u64 = 0x1;',
    'export const EVENT_SERIAL_IN: u64 = 0x2;',
    'export const EVENT_LOG: u64 = 0x4;',
    'export const SERIAL_IN_OFFSET: u32 = 0x9000;',
    'export const SERIAL_IN_BYTES: u32 = 4096;',
    'export const LOG_OFFSET: u32 = 0xb000;',
    'export const LOG_BYTES: u32 = 8192;',
    'export const SHELL_9P_OFFSET: u32 = 0xe000;',
    'export const SHELL_9P_BYTES: u32 = 8192;',
    'export const PEER_SERIAL_IN: u32 = 0;',
    'export const PEER_SHELL_9P: u32 = 2;',
  ]);
  expect(moduleOf(plan, 'ninedoor')).toEqual([
    'export const PRIVATE_BYTES: u32 = 65536;',
    'export const SLOT_EVENTS: u64 = 2;',
    'export const SLOT_SERVER: u64 = 3;',
    'export const SLOT_SUPERVISOR: u64 = 4;',
    'export const EVENT_ROOT: u64 = 0x1;',
    'export const SHELL_9P_OFFSET: u32 = 0x11000;',
    'export const SHELL_9P_BYTES: u32 = 8192;',
    'export const PEER_SHELL_9P: u32 = 3;',
    'export const PEER_BEAT_9P: u32 = 4;',
    'export const CLIENT_SHELL: u32 = 3;',
    'export const CLIENT_SHELL_COUNT: u32 = 1;',
    'export const CLIENT_BEAT: u32 = 4;',
    'export const CLIENT_BEAT_COUNT: u32 = 3;',
  ]);
});

test('docs/capability-layout.md is what the default profile gives', () => {
  expect(diagnosticsOf(() => checkPage(join(root, 'docs/capability-layout.md')))).toEqual([]);
});

test('the page beside an image has a row for every capability', () => {
  const plan = planOf(baseText);
  const page = planArtifacts(plan).find(({ path }) => path === 'capability-layout.md')?.content ?? '';
  const start = page.indexOf('## Capabilities');
  const rows = page
    .slice(start, page.indexOf('\n## ', start))
    .split('\n')
    .filter((line) => line.startsWith('| '));
  const cells = rows.slice(2).map((row) =>
    row
      .split('|')
      .map((cell) => cell.trim())
      .slice(1, 7),
  );
  expect(cells).toHaveLength(plan.domains.reduce((sum, { capabilities }) => sum + capabilities.length, 0));
  expect(cells.slice(2, 4)).toEqual([
    ['uart', '3', 'events of shell', 'write', '0x2', 'tell shell of data in ring serial-in'],
    ['uart', '4', 'interrupt of pl011', 'all', 'none', 'interrupt of pl011'],
  ]);
  expect(page).toContain('    shell ==>|"call shell-9p, 8 KiB"| tree\n');
  expect(page).toContain(`manifest sha256 ${plan.manifest.hashes.manifest}`);
});

test('both ends of a channel see the same frames, and an unmapped page in front of them', () => {
  const plan = planOf(baseText);
  for (const { entry, windows } of plan.domains) {
    let end = entry.memory_bytes;
    for (const window of windows) {
      expect(window.offset).toBe(end + 4096);
      end = window.offset + window.bytes;
      const ends = plan.domains.flatMap((domain) => domain.windows.filter(({ channel }) => channel === window.channel));
      expect(new Set(ends.map(({ frames }) => frames.first)).size).toBe(1);
    }
  }
});

test('a manifest without [protection] has the domains that the explicit profile spells out', async () => {
  const [implicit, explicit] = [await profile('root_task.toml'), await profile('root_task_domains.toml')];
  const plans = [planDomains(implicit, board), planDomains(explicit, board)];
  expect(plans[0]?.protection).toEqual(plans[1]?.protection);
  expect(explicit.manifest.protection).toEqual(plans[0]?.protection);
  const [first, second] = plans.map((plan) => planArtifacts(plan).filter(({ path }) => path.endsWith('.ts')));
  expect(first).toEqual(second);
});

test('[protection] is all or nothing, but for its channels', () => {
  const start = baseText.slice(0, baseText.indexOf('[[protection.domains]]'));
  const text = `${start}[[protection.domains]]\nname = "net"\ncomponent = "net"\npriority = 9\nstack_bytes = 4096\nmemory_bytes = 4096\n`;
  const { protection, instances } = planOf(text);
  expect([protection.rings, protection.calls, protection.dma, instances]).toEqual([[], [], [], 1]);
  const plain = planOf(start);
  expect(plain.domains.map(({ entry }) => entry.name).slice(0, 4)).toEqual(['uart', 'net', 'ninedoor', 'console']);
});

test('schema 1.5 has no [protection] in its canonical JSON; what 2.0 adds comes behind it', () => {
  const text = baseText.slice(0, baseText.indexOf('[[protection.domains]]'));
  const compiled = ['1.5', '2.0'].map((version) => {
    return compileBytes(Buffer.from(text.replace('schema = "2.0"', `schema = "${version}"`)), 'x.toml').resolvedJson;
  });
  const keys = compiled.map((json) => Object.keys(JSON.parse(json) as object));
  expect(keys[0]).toEqual(Object.keys((manifestSchema.shape as { fields: object }).fields));
  expect(keys[1]).toEqual(Object.keys((manifestSchema20.shape as { fields: object }).fields));
  expect(keys[0]).not.toContain('protection');
  expect(keys[1]?.slice(0, keys[0]?.length)).toEqual(keys[0]);
  expect(keys[1]).toContain('protection');
  const [old, fresh] = compiled.map((json) => json.slice(0, json.indexOf('"profile"')));
  expect(old?.replace('1.5', '2.0')).toBe(fresh);
});

test('the instance numbers of the default profile', async () => {
  const plan = planDomains(await profile('root_task.toml'), board);
  expect(plan.domains.map(({ entry, firstInstance }) => [entry.name, firstInstance, entry.instances])).toEqual([
    ['uart', 0, 1],
    ['net', 1, 1],
    ['ninedoor', 2, 1],
    ['console', 3, 1],
    ['worker-heartbeat', 4, 256],
    ['worker-gpu', 260, 8],
    ['worker-bus', 268, 8],
    ['worker-lora', 276, 8],
  ]);
  expect(plan.instances).toBe(284);
});

describe('pools that share a component', () => {
  const pool = (name: string, extra = ''): string =>
    `[[protection.domains]]\nname = "${name}"\ncomponent = "worker"\npriority = 90\nstack_bytes = 4096\nmemory_bytes = 4096\npool = true\n${extra}`;
  const withPools = (...pools: string[]): string =>
    `${baseText.slice(0, baseText.indexOf('[[protection.domains]]'))}${pools.join('')}`;

  test('have roles by name or by key, one module and one image', () => {
    const text = withPools(pool('worker-bus', 'instances = 3\n'), pool('radio', 'role = "worker-lora"\n'));
    const { plan, layout } = layoutOf(text);
    expect(layout.domains.map(({ name, component, role }) => [name, component, role])).toEqual([
      ['worker-bus', 'worker', 'worker-bus'],
      ['radio', 'worker', 'worker-lora'],
    ]);
    expect(planArtifacts(plan).map(({ path }) => path)).toEqual([
      'generated/domains/worker.ts',
      'capability-layout.md',
    ]);
    expect(layout.archive.map(({ component, segment }) => `${component} ${segment}`)).toEqual([
      'worker text',
      'worker rodata',
    ]);
  });

  test.each([
    ['another memory', 'memory_bytes = 4096', 'memory_bytes = 8192', 'COH3404'],
    ['another stack', 'stack_bytes = 4096', 'stack_bytes = 8192', 'COH3404'],
    ['other supervisor calls', 'pool = true', 'pool = true\nsupervisor = ["info"]', 'COH3404'],
    ['no pool', 'pool = true', '', 'COH3404'],
    ['the same role', 'pool = true', 'pool = true\nrole = "worker-bus"', 'COH3418'],
    ['no role', '"worker-gpu"', '"gpu"', 'COH3418'],
    ["the queen's role", 'pool = true', 'pool = true\nrole = "queen"', 'COH3418'],
  ])('are refused with %s', (_, from, to, code) => {
    const text = withPools(pool('worker-bus'), pool('worker-gpu').replace(from, to));
    expect(diagnosticsOf(() => planOf(text)).map((found) => found.code)).toEqual([code]);
  });

  test('a domain that is no pool has no role', () => {
    const text = baseText.replace('component = "uart"', 'component = "uart"\nrole = "worker-bus"');
    expect(diagnosticsOf(() => planOf(text)).map(({ code }) => code)).toEqual(['COH3418']);
  });
});
