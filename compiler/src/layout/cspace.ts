// SPDX-License-Identifier: Apache-2.0
/** The capability space of one domain: which capability has which slot, in the order of docs/domains.md. */
import type { Capability } from './format.ts';
import type { PlannedDomain } from './plan.ts';

export const SLOT_FAULT = 1;
export const SLOT_EVENTS = 2;
const FIRST_FREE_SLOT = 3;

/** Hands out the slots of one domain. */
export class CapabilitySpace {
  private readonly domain: PlannedDomain;
  private next = FIRST_FREE_SLOT;

  constructor(domain: PlannedDomain) {
    this.domain = domain;
  }

  fixed(
    slot: number,
    why: string,
    source: Capability['source'],
    index: number,
    rights: number,
    badge: Capability['badge'] = { kind: 'literal', value: 0n },
  ): void {
    this.domain.capabilities.push({ why, slot, source, index, rights, badge });
  }

  name(name: string, slot: number): void {
    this.domain.slots.push({ name: `SLOT_${name}`, slot });
  }

  /** A capability in the next free slot, which the component knows as `SLOT_<name>`. */
  add(
    name: string,
    why: string,
    source: Capability['source'],
    index: number,
    rights: number,
    badge?: Capability['badge'],
  ): number {
    const slot = this.next++;
    this.fixed(slot, why, source, index, rights, badge);
    this.name(name, slot);
    return slot;
  }

  /** Size of a CNode that holds all slots so far. */
  bits(): number {
    return Math.ceil(Math.log2(this.next));
  }
}
