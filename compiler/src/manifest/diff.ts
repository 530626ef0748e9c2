// SPDX-License-Identifier: Apache-2.0
/**
 * What changes in authority between two manifests: who may come in, what they can reach, and what holds them back. The
 * rest of a manifest (sizes of files, intervals of tools) changes no authority and is only counted.
 */
import { createHash } from 'node:crypto';
import type { CompiledManifest } from './compile.ts';
import type { Field } from './schema/dsl.ts';
import { completed, type Manifest, manifestSchema20 } from './schema/manifest.ts';
import { type Protection, roleOf } from './schema/protection.ts';

export type Effect = 'widens' | 'narrows' | 'changes';

export interface AuthorityChange {
  /** Key path, with names instead of indices: `tickets[worker-gpu]`. */
  path: string;
  effect: Effect;
  /** Absent when the first manifest does not grant it. */
  before?: string;
  /** Absent when the second manifest does not grant it. */
  after?: string;
}

export interface ManifestDifference {
  authority: AuthorityChange[];
  /** Paths of all keys whose values differ, authority or not. */
  keys: string[];
}

/** Whether more of a thing gives more authority, less, or neither. */
type Sense = 'grants' | 'restricts' | 'neutral';

interface Fact {
  value: string | number;
  sense: Sense;
}

type Facts = Map<string, Fact>;

export function diffManifests(before: CompiledManifest, after: CompiledManifest): ManifestDifference {
  const keys = new Set<string>();
  collectChangedKeys(before.manifest, after.manifest, manifestSchema20, '', keys);
  return { authority: compareFacts(authorityOf(before.manifest), authorityOf(after.manifest)), keys: [...keys] };
}

function compareFacts(before: Facts, after: Facts): AuthorityChange[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])];
  return paths.flatMap((path) => {
    const old = before.get(path);
    const fresh = after.get(path);
    if (old?.value === fresh?.value) return [];
    return [
      {
        path,
        effect: effectOf(old, fresh),
        ...(old === undefined ? {} : { before: show(old.value) }),
        ...(fresh === undefined ? {} : { after: show(fresh.value) }),
      },
    ];
  });
}

function effectOf(before: Fact | undefined, after: Fact | undefined): Effect {
  const sense = before?.sense ?? after?.sense ?? 'neutral';
  if (sense === 'neutral') return 'changes';
  let isMore = before === undefined;
  if (before !== undefined && after !== undefined) {
    if (typeof before.value === 'string' || typeof after.value === 'string') return 'changes';
    isMore = after.value > before.value;
  }
  return isMore === (sense === 'grants') ? 'widens' : 'narrows';
}

function show(value: string | number): string {
  return value === Infinity ? 'unlimited' : String(value);
}

/** Everything in a manifest that gives or takes authority. What is switched off is not in it. */
function authorityOf(manifest: Manifest): Facts {
  const facts: Facts = new Map();
  addDoors(manifest, facts);
  addTree(manifest, facts);
  addHostAndSidecars(manifest, facts);
  addUpdates(manifest, facts);
  addProtection(completed(manifest).protection, facts);
  return facts;
}

/** What each domain holds and who it can reach: by the manifest, or by the domains that stand for a missing table. */
function addProtection({ domains, rings, calls, dma }: Protection, facts: Facts): void {
  for (const domain of domains) {
    const path = `protection.domains[${domain.name}]`;
    addIf(facts, true, path, 'grants', `component ${domain.component}`);
    addIf(facts, domain.server, `${path}.server`, 'grants');
    addIf(facts, domain.pool, `${path}.pool`, 'neutral', `role ${roleOf(domain) ?? 'none'}`);
    for (const key of ['devices', 'interrupts', 'supervisor'] as const) {
      for (const name of domain[key]) addIf(facts, true, `${path}.${key}[${name}]`, 'grants');
    }
    for (const key of ['priority', 'instances', 'memory_bytes', 'stack_bytes'] as const) {
      addIf(facts, true, `${path}.${key}`, 'grants', domain[key]);
    }
    const { max, window_ms, backoff_ms } = domain.restart;
    addIf(facts, true, `${path}.restart`, 'neutral', `${max} in ${window_ms} ms, after ${backoff_ms} ms`);
    addIf(facts, true, `${path}.watchdog_ms`, 'grants', domain.watchdog_ms);
  }
  for (const { name, producer, consumer, bytes } of rings) {
    addIf(facts, true, `protection.rings[${name}]`, 'grants', `${producer} to ${consumer}, ${bytes} bytes`);
  }
  for (const { name, clients, server, bytes } of calls) {
    for (const client of clients) {
      addIf(facts, true, `protection.calls[${name}].clients[${client}]`, 'grants', `${server}, ${bytes} bytes`);
    }
  }
  for (const { name, device, bytes } of dma) {
    addIf(facts, true, `protection.dma[${name}]`, 'grants', `${device}, ${bytes} bytes`);
  }
}

function addIf(facts: Facts, condition: boolean, path: string, sense: Sense, value: string | number = 'on'): void {
  if (condition) facts.set(path, { value, sense });
}

function addDoors({ features, tickets, ticket_limits: limits }: Manifest, facts: Facts): void {
  for (const [name, isOn] of Object.entries(features)) addIf(facts, isOn, `features.${name}`, 'grants');
  // Secrets are never shown; a digest tells whether they are the same.
  for (const { role, secret } of tickets) {
    const known = facts.get(`tickets[${role}]`)?.value;
    addIf(
      facts,
      true,
      `tickets[${role}]`,
      'grants',
      `${known === undefined ? '' : `${known}, `}secret ${digestOf(secret)}`,
    );
  }
  for (const [name, value] of Object.entries(limits)) {
    const isZeroUnlimited = name !== 'max_scopes' && name !== 'max_scope_path_len';
    const amount = isZeroUnlimited && Number(value) === 0 ? Infinity : Number(value);
    addIf(facts, true, `ticket_limits.${name}`, 'grants', amount);
  }
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

function addTree({ namespaces, sharding, observability, client_policies }: Manifest, facts: Facts): void {
  addIf(facts, namespaces.role_isolation, 'namespaces.role_isolation', 'restricts');
  for (const { service, target } of namespaces.mounts) {
    addIf(facts, true, `namespaces.mounts[${service}]`, 'grants', `/${target.join('/')}`);
  }
  addIf(facts, sharding.legacy_worker_alias, 'sharding.legacy_worker_alias', 'grants');
  for (const [table, leaves] of Object.entries(observability)) {
    for (const [name, value] of Object.entries(leaves)) {
      addIf(facts, value === true, `observability.${table}.${name}`, 'grants');
    }
  }
  for (const path of client_policies.coh.mount.allowlist) {
    addIf(facts, true, `client_policies.coh.mount.allowlist[${path}]`, 'grants');
  }
}

function addHostAndSidecars({ ecosystem, sidecars }: Manifest, facts: Facts): void {
  const { host, audit, policy, models } = ecosystem;
  addIf(facts, host.enable, 'ecosystem.host', 'grants', host.mount_at);
  for (const provider of host.providers) addIf(facts, host.enable, `ecosystem.host.providers[${provider}]`, 'grants');
  addIf(facts, audit.enable, 'ecosystem.audit', 'restricts');
  addIf(facts, audit.replay_enable, 'ecosystem.audit.replay', 'grants');
  addIf(facts, policy.enable, 'ecosystem.policy', 'restricts');
  for (const { id, target } of policy.rules) {
    addIf(facts, policy.enable, `ecosystem.policy.rules[${id}]`, 'restricts', target);
  }
  addIf(facts, models.enable, 'ecosystem.models', 'grants');
  for (const kind of ['modbus', 'dnp3', 'lora'] as const) {
    for (const { id, mount, scope } of sidecars[kind].adapters) {
      const place = `${sidecars[kind].mount_at}/${mount}, scope ${scope}`;
      addIf(facts, sidecars[kind].enable, `sidecars.${kind}.adapters[${id}]`, 'grants', place);
    }
  }
}

function addUpdates({ cas }: Manifest, facts: Facts): void {
  addIf(facts, cas.enable, 'cas', 'grants');
  addIf(facts, cas.enable && cas.delta.enable, 'cas.delta', 'grants');
  addIf(facts, cas.enable && cas.signing?.required === true, 'cas.signing.required', 'restricts');
  const key = cas.signing?.key_path ?? '';
  addIf(facts, cas.enable && key !== '', 'cas.signing.key_path', 'neutral', key);
}

function collectChangedKeys(a: unknown, b: unknown, field: Field<unknown>, path: string, into: Set<string>): void {
  const shape = field.shape.kind === 'optional' ? field.shape.inner.shape : field.shape;
  if (shape.kind === 'table' && isPresent(a) && isPresent(b)) {
    for (const [name, child] of Object.entries(shape.fields)) {
      const valueOf = (values: unknown) => (values as Record<string, unknown>)[name];
      collectChangedKeys(valueOf(a), valueOf(b), child, path === '' ? name : `${path}.${name}`, into);
    }
  } else if (JSON.stringify(a, bigintAsText) !== JSON.stringify(b, bigintAsText)) {
    into.add(path);
  }
}

/** An optional table may be `null`, and a table of a newer schema is not there at all. */
function isPresent(value: unknown): boolean {
  return value !== null && value !== undefined;
}

function bigintAsText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
