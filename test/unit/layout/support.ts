// SPDX-License-Identifier: Apache-2.0
/** What the layout tests share: the base manifest, edits of it, and made-up component images. */
import { type Diagnostic, Failure } from '../../../diagnostics/diagnostic.ts';
import { type Board, findBoard } from '../../../compiler/src/image/boards.ts';
import {
  type ComponentImage,
  type DomainPlan,
  layoutDomains,
  planDomains,
} from '../../../compiler/src/layout/index.ts';
import type { Layout } from '../../../compiler/src/layout/format.ts';
import { compileBytes } from '../../../compiler/src/manifest/compile.ts';
import { baseText as baseOf } from '../../support/mistakes.ts';

export const board = findBoard('qemu-virt');
/** A small manifest with every kind of thing that [protection] can hold. */
export const baseText = baseOf('domains');

/** Text to look for, which must be there once, and what takes its place. */
export type Edit = readonly [from: string, to: string];

export function edited(...edits: readonly Edit[]): string {
  return edits.reduce((text, [from, to]) => {
    if (text.split(from).length !== 2) throw new Error(`"${from}" is not in the base manifest exactly once`);
    return text.replace(from, () => to);
  }, baseText);
}

export function planOf(text: string, on: Board = board, path = 'base.toml'): DomainPlan {
  return planDomains(compileBytes(Buffer.from(text), path), on);
}

export function imageOf(component: string, change: Partial<ComponentImage> = {}): ComponentImage {
  const image = { component, entry: 0x40000n, textPages: 2, rodataPages: 1, bssPages: 1, stackWorstCase_bytes: 3000 };
  const addresses = { text: 0x40000n, rodata: 0x42000n, bss: 0x43000n };
  return { ...image, ...addresses, pages: new Uint8Array(3 * 4096), lines: new Uint8Array(0), ...change };
}

export function imagesOf(plan: DomainPlan, change: Partial<ComponentImage> = {}): Map<string, ComponentImage> {
  return new Map(plan.domains.map(({ entry }) => [entry.component, imageOf(entry.component, change)]));
}

export function layoutOf(
  text: string,
  change: Partial<ComponentImage> = {},
  on: Board = board,
  path = 'base.toml',
): { plan: DomainPlan; layout: Layout } {
  const plan = planOf(text, on, path);
  return { plan, layout: layoutDomains(plan, imagesOf(plan, change)) };
}

export function diagnosticsOf(action: () => unknown): readonly Diagnostic[] {
  try {
    action();
  } catch (error) {
    if (error instanceof Failure) return error.diagnostics;
    throw error;
  }
  return [];
}
