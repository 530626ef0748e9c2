/**
 * The whole schema 1.5. The order of keys, here and in every table below it, is the order of the canonical JSON: it is
 * covered by every hash, so a key may not move.
 */
import { clientPaths, clientPolicies, swarmui } from './clients.ts';
import * as core from './core.ts';
import { table, type ValueOf } from './dsl.ts';
import { ecosystem, sidecars } from './ecosystem.ts';
import { observability, uiProviders } from './observability.ts';

export const manifestSchema = table('Root-task manifest, schema 1.5.', {
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
});

export type Manifest = ValueOf<typeof manifestSchema>;
