/**
 * The whole schema 1.5, and 2.0, which adds [protection] at its end. The order of keys, here and in every table below it, is the order of the canonical JSON: it is
 * covered by every hash, so a key may not move.
 */
import { clientPaths, clientPolicies, swarmui } from './clients.ts';
import * as core from './core.ts';
import { table, type ValueOf } from './dsl.ts';
import { ecosystem, sidecars } from './ecosystem.ts';
import { observability, uiProviders } from './observability.ts';
import { type Protection, protection } from './protection.ts';

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
export const manifestSchema20 = table('Root-task manifest, schema 2.0.', { ...tables, protection });

/** `protection` is there from schema 2.0 on. */
export type Manifest = ValueOf<typeof manifestSchema> & { readonly protection?: Protection };

/** The schema that a manifest of this version is read by; unknown versions are refused by a rule. */
export function schemaOf(version: string): typeof manifestSchema | typeof manifestSchema20 {
  return version === '2.0' ? manifestSchema20 : manifestSchema;
}
