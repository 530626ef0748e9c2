/** The parts of docs/capability-layout.md, made from the default profile. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findBoard } from '../image/boards.ts';
import { compileBytes } from '../manifest/compile.ts';
import { LAYOUT_PARTS } from './emit/page.ts';
import { type DomainPlan, planDomains } from './plan.ts';

const PROFILE = 'configs/root_task.toml';
const BOARD = 'qemu-virt';
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

let plan: DomainPlan | undefined;

function defaultPlan(): DomainPlan {
  plan ??= planDomains(compileBytes(readFileSync(join(ROOT, PROFILE)), join(ROOT, PROFILE)), findBoard(BOARD));
  return plan;
}

export const layoutReference: Readonly<Record<string, () => string>> = Object.fromEntries(
  Object.entries(LAYOUT_PARTS).map(([name, part]) => [name, () => part(defaultPlan())]),
);
