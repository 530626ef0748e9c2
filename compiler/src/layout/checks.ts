// SPDX-License-Identifier: Apache-2.0
/**
 * Whether everything fits: the instances into what the root task can hold, before anything is planned (a manifest may
 * ask for terabytes); the components into their address space and all of it onto the board, once the components are
 * built.
 */
import { type Diagnostic } from '../../../diagnostics/diagnostic.ts';
import { hex } from '../elf/image.ts';
import type { CompiledManifest } from '../manifest/compile.ts';
import type { Protection } from '../manifest/schema/protection.ts';
import { PAGE_BYTES, pagesOf } from './address.ts';
import type { ComponentImage } from './component-image.ts';
import type { Layout } from './format.ts';
import { stackBottom } from './objects.ts';
import type { DomainPlan, PlannedDomain } from './plan.ts';
import { refusal } from './refusal.ts';

/** Set aside for the kernel and the root task: text, linear memory, page tables, capability space. */
export const RESERVED_BYTES = 32 << 20;
/** Slots that the root task can hand out to instances: its capability pointers have sixteen bits for them. */
const MAX_BLOCK_SLOTS = 2 ** 16 - 1;
/** Shared objects that the root task's table holds. */
const MAX_SHARED = 256;

/** Bounds the work of everything that comes after it. */
export function sizeChecks(manifest: CompiledManifest, protection: Protection): Diagnostic[] {
  const { domains, rings, calls, dma } = protection;
  const costs = domains.map((d) => d.instances * (pagesOf(d.stack_bytes) + pagesOf(d.memory_bytes)));
  const slots = costs.reduce((sum, cost) => sum + cost, 0);
  if (slots > MAX_BLOCK_SLOTS) return [tooManySlots(manifest, protection, costs, `at least ${slots}`)];
  const objects = domains.map((d) => (d.pool ? 0 : 1) + (d.server ? 1 : 0) + d.devices.length + d.interrupts.length);
  const channels = Object.entries({ rings, calls, dma }).flatMap(([table, entries]) =>
    entries.map(({ bytes }, index) => ({ path: `protection.${table}[${index}].bytes`, frames: pagesOf(bytes) })),
  );
  const shared = [...objects, ...channels.map(({ frames }) => frames)].reduce((sum, count) => sum + count, 0);
  if (shared <= MAX_SHARED) return [];
  const message = `domains share ${shared} objects, more than ${MAX_SHARED}`;
  const [largestChannel] = channels.sort((a, b) => b.frames - a.frames);
  return [refusal(manifest, 'COH3613', largestChannel?.path ?? 'protection', message)];
}

export function imageChecks(plan: DomainPlan, domain: PlannedDomain, image: ComponentImage): Diagnostic[] {
  const { name, component, stack_bytes } = domain.entry;
  const path = `protection.domains[${domain.index}].stack_bytes`;
  const found: Diagnostic[] = [];
  const end = image.bss + BigInt(image.bssPages * PAGE_BYTES);
  const guard = stackBottom(domain.entry) - BigInt(PAGE_BYTES);
  if (end > guard) {
    const message = `component ${component} of domain ${name} ends at ${hex(end)}, beyond ${hex(guard)}`;
    found.push(refusal(plan.manifest, 'COH3607', path, message));
  }
  if (image.stackWorstCase_bytes !== undefined && image.stackWorstCase_bytes > stack_bytes) {
    const need = `its component needs ${image.stackWorstCase_bytes}`;
    const message = `domain ${name} has ${stack_bytes} bytes of stack, but ${need}`;
    found.push(refusal(plan.manifest, 'COH3608', path, message));
  }
  return found;
}

export function totalChecks(plan: DomainPlan, { totals, domains }: Layout): Diagnostic[] {
  const { ramStart, ramEnd, name } = plan.board;
  const available = Number(ramEnd - ramStart) - RESERVED_BYTES;
  const found: Diagnostic[] = [];
  if (totals.bytes > available) {
    const path = largest(
      plan.protection,
      domains.map((domain) => domain.instances * 2 ** domain.untypedBits),
    );
    const message = `domains take ${totals.bytes} bytes of memory, but board ${name} has ${available} for them`;
    found.push(refusal(plan.manifest, 'COH3609', path, message));
  }
  if (totals.slots > MAX_BLOCK_SLOTS) {
    const costs = domains.map((domain) => domain.instances * domain.blockSlots);
    found.push(tooManySlots(plan.manifest, plan.protection, costs, String(totals.slots)));
  }
  return found;
}

function tooManySlots(
  manifest: CompiledManifest,
  protection: Protection,
  costs: readonly number[],
  count: string,
): Diagnostic {
  const message = `instances take ${count} capability slots, more than ${MAX_BLOCK_SLOTS}`;
  return refusal(manifest, 'COH3610', largest(protection, costs), message);
}

/** Key path in the domain that takes the most. */
function largest({ domains }: Protection, costs: readonly number[]): string {
  const index = costs.indexOf(Math.max(...costs));
  return `protection.domains[${index}].${domains[index]?.pool === true ? 'instances' : 'memory_bytes'}`;
}
