/** What can be refused only once the components are built: they fit their address space, and all of it fits the board. */
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { hex } from '../image/elf.ts';
import { LINEAR_LIMIT, PAGE_BYTES } from './address.ts';
import { refusal } from './board-checks.ts';
import type { ComponentImage } from './component-image.ts';
import type { DomainLayout, Layout } from './format.ts';
import { stackBottom } from './objects.ts';
import type { DomainPlan, PlannedDomain } from './plan.ts';

/** Set aside for the kernel and the root task: text, linear memory, page tables, capability space. */
export const RESERVED_BYTES = 32 << 20;
/** Slots that the root task can hand out to instances: its capability pointers have sixteen bits for them. */
export const MAX_BLOCK_SLOTS = 2 ** 16 - 1;
/** Shared objects that the root task's table holds. */
export const MAX_SHARED = 256;

export function imageChecks(plan: DomainPlan, domain: PlannedDomain, image: ComponentImage): Diagnostic[] {
  const { entry } = domain;
  const path = `protection.domains[${domain.index}]`;
  const found: Diagnostic[] = [];
  const end = image.bss + BigInt(image.bssPages * PAGE_BYTES);
  const guard = stackBottom(domain) - BigInt(PAGE_BYTES);
  if (end > guard) {
    const message = `component ${entry.component} of domain ${entry.name} ends at ${hex(end)}, beyond ${hex(guard)}`;
    found.push(refusal(plan.manifest, 'COH3607', `${path}.stack_bytes`, message));
  }
  if (image.stackWorstCase_bytes > entry.stack_bytes) {
    const message = `domain ${entry.name} has ${entry.stack_bytes} bytes of stack, but its component needs ${image.stackWorstCase_bytes}`;
    found.push(refusal(plan.manifest, 'COH3608', `${path}.stack_bytes`, message));
  }
  if (domain.linearBytes > LINEAR_LIMIT) {
    const message = `linear memory of domain ${entry.name} with its channels takes ${domain.linearBytes} bytes, more than ${LINEAR_LIMIT}`;
    found.push(refusal(plan.manifest, 'COH3613', `${path}.memory_bytes`, message));
  }
  return found;
}

export function totalChecks(plan: DomainPlan, { totals, shared, domains }: Layout): Diagnostic[] {
  const { ramStart, ramEnd, name } = plan.board;
  const available = Number(ramEnd - ramStart) - RESERVED_BYTES;
  const found: Diagnostic[] = [];
  if (totals.bytes > available) {
    const message = `domains take ${totals.bytes} bytes of memory, but board ${name} has ${available} for them`;
    found.push(
      refusal(
        plan.manifest,
        'COH3609',
        largest(domains, (domain) => 2 ** domain.untypedBits),
        message,
      ),
    );
  }
  if (totals.slots > MAX_BLOCK_SLOTS) {
    const message = `instances take ${totals.slots} capability slots, more than ${MAX_BLOCK_SLOTS}`;
    found.push(
      refusal(
        plan.manifest,
        'COH3610',
        largest(domains, (domain) => domain.blockSlots),
        message,
      ),
    );
  }
  if (shared.length > MAX_SHARED) {
    const message = `domains share ${shared.length} objects, more than ${MAX_SHARED}`;
    found.push(refusal(plan.manifest, 'COH3614', 'protection.rings', message));
  }
  return found;
}

/** Key path of the domain that takes the most. */
function largest(domains: readonly DomainLayout[], cost: (domain: DomainLayout) => number): string {
  const costs = domains.map((domain) => cost(domain) * domain.instances);
  const index = costs.indexOf(Math.max(...costs));
  return `protection.domains[${index}].${domains[index]?.pool ? 'instances' : 'memory_bytes'}`;
}
