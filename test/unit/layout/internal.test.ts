// SPDX-License-Identifier: Apache-2.0
// Where authority is computed, nothing stands in for a missing value: the compiler stops instead.
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { capdl } from '../../../compiler/src/analysis/capdl.ts';
import { certificate } from '../../../compiler/src/analysis/certificate.ts';
import { memoryReport } from '../../../compiler/src/analysis/memory.ts';
import { whoCan } from '../../../compiler/src/analysis/who-can.ts';
import { archivePages } from '../../../compiler/src/layout/archive.ts';
import { layoutArtifacts, layoutDomains } from '../../../compiler/src/layout/index.ts';
import { privateObjects } from '../../../compiler/src/layout/objects.ts';
import { DEFAULT_PROFILE } from '../../../compiler/src/manifest/artifacts/default-profile.ts';
import type { DomainPlan, PlannedDomain } from '../../../compiler/src/layout/plan.ts';
import { objectBits } from '../../../compiler/src/layout/sel4.ts';
import { SharedObjects } from '../../../compiler/src/layout/shared.ts';
import { baseText, diagnosticsOf, imageOf, imagesOf, layoutOf, planOf } from './support.ts';

const [uart] = planOf(baseText).domains as [PlannedDomain];

/** A plan with a mistake in it that no manifest can cause. */
function brokenPlan(edit: (plan: DomainPlan) => void): () => unknown {
  const plan = planOf(baseText);
  edit(plan);
  return () => layoutDomains(plan, imagesOf(plan));
}

const CASES: [string, () => unknown][] = [
  ['a domain without its notification', brokenPlan(({ domains }) => delete (domains[0] as PlannedDomain).events)],
  ['a private notification of a domain that is no pool', () => privateObjects(uart, imageOf('uart'), []).at('events')],
  ['bss of a component that has none', () => privateObjects(uart, imageOf('uart', { bssPages: 0 }), []).at('bss')],
  ['a shared object that nobody made', () => new SharedObjects().index('events of uart')],
  ['frames that nobody made', () => new SharedObjects().framesOf('dma', 'net')],
  ['an object type without a size', () => objectBits(99, 0)],
  ['pages that are not in the image', () => archivePages([imageOf('uart', { textPages: 3 })])],
  [
    'a component without a stack bound',
    () => {
      const { plan, layout } = layoutOf(baseText);
      return certificate(plan, layout, '', []);
    },
  ],
  [
    'a call to an instance that no domain has',
    () => {
      const { plan, layout } = layoutOf(baseText);
      const stacks = plan.domains.map(({ entry }) => ({ component: entry.component, worst_case_bytes: 0, path: [] }));
      const domains = layout.domains.map((domain) => ({ ...domain, calls: [{ slot: 3, server: 99 }] }));
      return certificate(plan, { ...layout, domains }, '', stacks);
    },
  ],
  [
    'a page without a table above it',
    () => {
      const { layout } = layoutOf(baseText);
      const domains = layout.domains.map((d) => ({ ...d, mappings: d.mappings.filter(({ rights }) => rights !== 0) }));
      return capdl({ ...layout, domains });
    },
  ],
  ['a capability to an object that is not shared', () => capdl({ ...layoutOf(baseText).layout, shared: [] })],
  [
    'a buffer whose other end is nobody',
    () => {
      const plan = planOf(readFileSync(DEFAULT_PROFILE, 'utf8'));
      const [server] = plan.domains.filter(({ entry }) => entry.component === 'ninedoor');
      server?.windows.forEach((window) => (window.peer = 999));
      return whoCan('/queen/ctl', plan);
    },
  ],
  [
    'a layout without one of the domains',
    () => {
      const { plan, layout } = layoutOf(baseText);
      return memoryReport(plan, { ...layout, domains: layout.domains.slice(1) });
    },
  ],
  [
    'a channel of the root task without frames',
    () => {
      const { plan, layout } = layoutOf(baseText);
      return layoutArtifacts(plan, { ...layout, shared: [] });
    },
  ],
];

test.each(CASES)('%s stops the compiler', (_, action) => {
  expect(diagnosticsOf(action).map(({ code }) => code)).toEqual(['COH0005']);
});

/** What remains of `??` in the folders that compute authority, or say who has it: none of it stands for an object. */
const FALLBACKS = [
  // A list that is empty because nothing was put in yet.
  'analysis/capdl.ts: const filled = slots.get(parent) ?? [];',
  // Names for people.
  'analysis/capdl.ts: return `${this.prefix}_${own.get(index) ?? `object_${index}`}`;',
  'layout/emit/page.ts: return RIGHTS_TEXT[rights] ?? `rights ${rights}`;',
  'layout/sel4.ts: return entry?.[0] ?? `type ${type}`;',
  "layout/verify.ts: if (source === 'shared') return shared[index]?.name ?? `shared object ${index}`;",
  'layout/verify.ts: complain(`domain ${name}: calls ${callee?.name ?? `instance ${server}`}, which is not above it`);',
  'layout/verify.ts: const name = shared[object]?.name ?? `shared object ${object}`;',
  // Where a diagnostic points.
  "layout/checks.ts: return [refusal(manifest, 'COH3613', largestChannel?.path ?? 'protection', message)];",
  // The first of its path.
  'layout/emit/domain-module.ts: if ((modules.get(path) ?? content) !== content)',
  // A table of the manifest that may be missing, and a section that an ELF need not have.
  'layout/planner.ts: return manifest.protection ?? (absentValue(protection) as Protection);',
  'layout/component-image.ts: lines: Uint8Array.from(sections.sections.find(({ name }) => name === LINES_SECTION)?.data ?? []),',
  'layout/component-image.ts: bss: bss === undefined ? endOf(rodata ?? text) : bss.virtual,',
  // How wide a cell is printed.
  "layout/emit/page.ts: `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? cell.length, fill)).join(' | ')} |`;",
  // Options of a command.
  'layout/reference.ts: plan ??= planDomains(defaultProfile(), findBoard(BOARD));',
  "image/pack.ts: const objDir = resolve(options.objDir ?? join(dirname(options.output), 'loader'));",
  'image/pack.ts: const reason = (error as NodeJS.ErrnoException).code ?? String(error);',
  'build/domains.ts: images.set(entry.component, readComponentImage(entry.component, built.elf, worst_case_bytes ?? undefined));',
];

test('nothing that computes authority falls back', () => {
  const source = resolve(import.meta.dirname, '../../../compiler/src');
  const files = ['layout', 'analysis', 'image/pack.ts', 'image/boards.ts', 'build/domains.ts'].flatMap((path) =>
    path.endsWith('.ts')
      ? [path]
      : readdirSync(join(source, path), { recursive: true, encoding: 'utf8' }).map((name) => `${path}/${name}`),
  );
  const found = files
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => {
      const lines = readFileSync(join(source, name), 'utf8').split('\n');
      return lines.filter((line) => line.includes('??')).map((line) => `${name}: ${line.trim()}`);
    });
  expect(found.filter((line) => !FALLBACKS.includes(line))).toEqual([]);
  expect(FALLBACKS.filter((line) => !found.includes(line))).toEqual([]);
});
