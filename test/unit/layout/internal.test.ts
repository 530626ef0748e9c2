// SPDX-License-Identifier: Apache-2.0
// Where authority is computed, nothing stands in for a missing value: the compiler stops instead.
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { archivePages } from '../../../compiler/src/layout/archive.ts';
import { layoutArtifacts, layoutDomains } from '../../../compiler/src/layout/index.ts';
import { privateObjects } from '../../../compiler/src/layout/objects.ts';
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

test('no source of the layout falls back to a number', () => {
  const folder = resolve(import.meta.dirname, '../../../compiler/src/layout');
  const found = readdirSync(folder)
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) =>
      readFileSync(join(folder, name), 'utf8')
        .split('\n')
        .map((line) => `${name}: ${line.trim()}`),
    )
    .filter((line) => /\?\? -?\d/.test(line) || /\w = \d+n?\b[^;]*\} = [^;]*\?\? \{\}/.test(line));
  // The size of a segment that an ELF need not have.
  expect(found).toEqual(['component-image.ts: return pagesOf(Number(segment?.memoryBytes ?? 0n));']);
});
