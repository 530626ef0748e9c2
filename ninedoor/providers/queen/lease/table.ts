// SPDX-License-Identifier: Apache-2.0
// Leases of resources: those that are active, the newest that were preempted, and quotas.
//
//   State        count u32 · quotaCount u32 · seq u64 (of the newest grant, renewal or preemption) · preemptions u64 ·
//                MAX_ACTIVE Leases · MAX_PREEMPTIONS Preemptions · MAX_QUOTAS Quotas
//   Lease        seq u64 · expires_ms u64 · ttl_s u32 · priority u32 · Names
//   Preemption   seq u64 · Names
//   Quota        maxActive u32 · maxPreemptions u32 · preemptions u32 · padding u32 · Names
//
//   Names        id, subject, resource, reason: each a Name, some of them empty
//   Name         bytes u32 · as many bytes as it may have
//
//   Active leases are in the order of their grants, until one is taken out: the last takes its place.
//   Preemption n, counted from 0, is at n modulo MAX_PREEMPTIONS.
import {
  CONTROL_PLANE_LEASE_MAX_ACTIVE,
  CONTROL_PLANE_LEASE_MAX_PREEMPTIONS,
  CONTROL_PLANE_LEASE_MAX_QUOTAS,
} from '../../../../generated/manifest';
import { same } from '../../../../lib/text/slice';

export const MAX_ACTIVE: u32 = CONTROL_PLANE_LEASE_MAX_ACTIVE;
export const MAX_PREEMPTIONS: u32 = CONTROL_PLANE_LEASE_MAX_PREEMPTIONS;
export const MAX_QUOTAS: u32 = CONTROL_PLANE_LEASE_MAX_QUOTAS;
export const ID_BYTES: u32 = 32;
export const SUBJECT_BYTES: u32 = 32;
export const RESOURCE_BYTES: u32 = 48;
export const REASON_BYTES: u32 = 24;

/** A name of at most `capacity` bytes, in its place. */
@unmanaged
export class Name {
  bytes: u32;

  get start(): usize {
    return changetype<usize>(this) + offsetof<Name>();
  }

  set(start: usize, bytes: u32): void {
    this.bytes = bytes;
    memory.copy(this.start, start, bytes);
  }

  is(start: usize, bytes: u32): bool {
    return same(this.start, this.bytes, start, bytes);
  }
}

const ID: u32 = 0;
const SUBJECT: u32 = ID + offsetof<Name>() + ID_BYTES;
const RESOURCE: u32 = SUBJECT + offsetof<Name>() + SUBJECT_BYTES;
const REASON: u32 = RESOURCE + offsetof<Name>() + RESOURCE_BYTES;
const NAMES_BYTES: u32 = REASON + offsetof<Name>() + REASON_BYTES;

/** Whose what is: of each record that has one, the names stand at its end. */
@unmanaged
export class Names {
  private at(offset: u32): Name {
    return changetype<Name>(changetype<usize>(this) + offset);
  }

  get id(): Name {
    return this.at(ID);
  }

  get subject(): Name {
    return this.at(SUBJECT);
  }

  get resource(): Name {
    return this.at(RESOURCE);
  }

  get reason(): Name {
    return this.at(REASON);
  }
}


@unmanaged
export class Lease {
  seq: u64;
  expires_ms: u64;
  ttl_s: u32;
  priority: u32;

  get names(): Names {
    return changetype<Names>(changetype<usize>(this) + offsetof<Lease>());
  }
}


@unmanaged
export class Preemption {
  seq: u64;

  get names(): Names {
    return changetype<Names>(changetype<usize>(this) + offsetof<Preemption>());
  }
}


@unmanaged
export class Quota {
  maxActive: u32;
  maxPreemptions: u32;
  preemptions: u32;
  private padding: u32;

  get names(): Names {
    return changetype<Names>(changetype<usize>(this) + offsetof<Quota>());
  }
}

export const NO_QUOTA = changetype<Quota>(0);

const LEASE_BYTES: u32 = (offsetof<Lease>() + NAMES_BYTES + 7) & ~7;
const PREEMPTION_BYTES: u32 = (offsetof<Preemption>() + NAMES_BYTES + 7) & ~7;
const QUOTA_BYTES: u32 = (offsetof<Quota>() + NAMES_BYTES + 7) & ~7;


@unmanaged
class State {
  count: u32;
  quotaCount: u32;
  seq: u64;
  preemptions: u64;

  at(index: u32): Lease {
    return changetype<Lease>(changetype<usize>(this) + offsetof<State>() + index * LEASE_BYTES);
  }

  preemption(number: u64): Preemption {
    const index = <u32>(number % MAX_PREEMPTIONS);
    return changetype<Preemption>(changetype<usize>(this.at(MAX_ACTIVE)) + index * PREEMPTION_BYTES);
  }

  quota(index: u32): Quota {
    return changetype<Quota>(
      changetype<usize>(this.at(MAX_ACTIVE)) + MAX_PREEMPTIONS * PREEMPTION_BYTES + index * QUOTA_BYTES,
    );
  }
}

export const STATE_BYTES: u32 =
  offsetof<State>() + MAX_ACTIVE * LEASE_BYTES + MAX_PREEMPTIONS * PREEMPTION_BYTES + MAX_QUOTAS * QUOTA_BYTES;
export const state = changetype<State>(memory.data(STATE_BYTES, 8));

/** Index of the lease with this id, or `count`. */
export function find(id: usize, bytes: u32): u32 {
  let i: u32 = 0;
  while (i < state.count && !state.at(i).names.id.is(id, bytes)) i++;
  return i;
}

/** The quota of a subject for a resource, or NO_QUOTA. */
export function findQuota(subject: usize, subjectBytes: u32, resource: usize, resourceBytes: u32): Quota {
  for (let i: u32 = 0; i < state.quotaCount; i++) {
    const names = state.quota(i).names;
    if (names.subject.is(subject, subjectBytes) && names.resource.is(resource, resourceBytes)) return state.quota(i);
  }
  return NO_QUOTA;
}

/** The quota that a lease falls under, or NO_QUOTA. */
export function quotaOf(lease: Lease): Quota {
  const subject = lease.names.subject;
  const resource = lease.names.resource;
  return findQuota(subject.start, subject.bytes, resource.start, resource.bytes);
}

/** Active leases of a subject for a resource. */
export function countOf(subject: usize, subjectBytes: u32, resource: usize, resourceBytes: u32): u32 {
  let found: u32 = 0;
  for (let i: u32 = 0; i < state.count; i++) {
    const names = state.at(i).names;
    if (names.subject.is(subject, subjectBytes) && names.resource.is(resource, resourceBytes)) found++;
  }
  return found;
}

/** A new lease; the caller fills it in. There is room. */
export function add(): Lease {
  const made = state.at(state.count++);
  memory.fill(changetype<usize>(made), 0, LEASE_BYTES);
  made.seq = ++state.seq;
  return made;
}

/** A new quota; the caller fills it in. There is room. */
export function addQuota(): Quota {
  const made = state.quota(state.quotaCount++);
  memory.fill(changetype<usize>(made), 0, QUOTA_BYTES);
  return made;
}

/** Takes a lease out. */
export function remove(index: u32): void {
  state.count--;
  memory.copy(changetype<usize>(state.at(index)), changetype<usize>(state.at(state.count)), LEASE_BYTES);
}

/** Notes a lease among the preemptions; the oldest makes room. The caller adds the reason. */
export function addPreemption(lease: Lease): Preemption {
  const made = state.preemption(state.preemptions++);
  memory.copy(changetype<usize>(made.names), changetype<usize>(lease.names), NAMES_BYTES);
  made.seq = ++state.seq;
  return made;
}
