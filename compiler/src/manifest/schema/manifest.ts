// SPDX-License-Identifier: Apache-2.0
/**
 * The whole schema 1.5, and 2.0, which adds to it. The order of keys, here and in every table below it, is the order of
 * the canonical JSON: it is covered by every hash, so a key may not move.
 */
import { clientPaths, clientPolicies, swarmui } from './clients.ts';
import * as core from './core.ts';
import { absentValue, type Field, table, type ValueOf } from './dsl.ts';
import { ecosystem, sidecars } from './ecosystem.ts';
import { observability, uiProviders } from './observability.ts';
import { type Protection, protection } from './protection.ts';
import * as settings from './settings.ts';

const tables = {
  meta: core.meta,
  root_task: core.rootTask,
  profile: core.profile,
  event_pump: core.eventPump,
  secure9p: core.secure9p,
  features: core.features,
  cache: core.cache,
  tickets: core.tickets,
  ticket_limits: core.ticketLimits,
  namespaces: core.namespaces,
  sharding: core.sharding,
  ecosystem,
  sidecars,
  telemetry: core.telemetry,
  telemetry_ingest: core.telemetryIngest,
  lifecycle: core.lifecycle,
  observability,
  ui_providers: uiProviders,
  client_policies: clientPolicies,
  client_paths: clientPaths,
  swarmui,
  cas: core.cas,
};

export const manifestSchema = table('Root-task manifest, schema 1.5.', tables);
export const manifestSchema20 = table('Root-task manifest, schema 2.0.', {
  ...tables,
  profile: settings.profile20,
  ecosystem: settings.ecosystem20,
  telemetry_ingest: settings.telemetryIngest20,
  ...settings.newTables,
  protection,
});

type Manifest15 = ValueOf<typeof manifestSchema>;
/** A manifest with every key of schema 2.0. */
export type Manifest20 = ValueOf<typeof manifestSchema20>;

/** What is not in schema 1.5 is there from 2.0 on. */
export type Manifest = Manifest15 & { readonly protection?: Protection } & Partial<settings.Settings>;

/** The schema that a manifest of this version is read by; unknown versions are refused by a rule. */
export function schemaOf(version: string): typeof manifestSchema | typeof manifestSchema20 {
  return version === '2.0' ? manifestSchema20 : manifestSchema;
}

/** The manifest with the defaults of 2.0 where it is older. */
export function completed(manifest: Manifest): Manifest20 {
  return fill(manifest, manifestSchema20) as Manifest20;
}

function fill(value: unknown, field: Field<unknown>): unknown {
  if (value === undefined) return absentValue(field);
  if (field.shape.kind !== 'table' || value === null) return value;
  const entries = Object.entries(field.shape.fields);
  return Object.fromEntries(
    entries.map(([name, child]) => [name, fill((value as Record<string, unknown>)[name], child)]),
  );
}
