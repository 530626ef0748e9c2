// SPDX-License-Identifier: Apache-2.0
/** The parts of docs/capability-layout.md, made from the default profile. */
import { findBoard } from '../image/boards.ts';
import { defaultProfile } from '../manifest/artifacts/default-profile.ts';
import { LAYOUT_PARTS } from './emit/page.ts';
import type { DomainPlan } from './plan.ts';
import { planDomains } from './planner.ts';

const BOARD = 'qemu-virt';

let plan: DomainPlan | undefined;

function defaultPlan(): DomainPlan {
  plan ??= planDomains(defaultProfile(), findBoard(BOARD));
  return plan;
}

export const layoutReference: Readonly<Record<string, () => string>> = Object.fromEntries(
  Object.entries(LAYOUT_PARTS).map(([name, part]) => [name, () => part(defaultPlan())]),
);
