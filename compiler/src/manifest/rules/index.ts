// SPDX-License-Identifier: Apache-2.0
/** All rules, in the order in which they are evaluated and their errors reported. */
import type { CodeTable } from '../codes.ts';
import type { Report } from '../report.ts';
import type { Manifest } from '../schema/manifest.ts';
import * as cas from './cas.ts';
import * as clients from './clients.ts';
import * as core from './core.ts';
import * as ecosystem from './ecosystem.ts';
import * as observability from './observability.ts';
import * as protection from './protection.ts';
import * as release from './release.ts';
import * as settings from './settings.ts';
import * as sidecars from './sidecars.ts';
import * as swarmui from './swarmui.ts';
import * as telemetry from './telemetry.ts';
import * as uiProviders from './ui-providers.ts';

type Rule = (manifest: Manifest, report: Report) => void;

const RULES: readonly Rule[] = [
  core.checkSchemaVersion,
  core.checkSecure9p,
  core.checkKernelProfile,
  core.checkCache,
  core.checkMounts,
  core.checkSharding,
  core.checkDuplicateTickets,
  core.checkTicketLimits,
  ecosystem.checkPolicy,
  ecosystem.checkAudit,
  ecosystem.checkHost,
  (manifest, report) => sidecars.checkBusSidecar('modbus', manifest, report),
  (manifest, report) => sidecars.checkBusSidecar('dnp3', manifest, report),
  sidecars.checkLora,
  sidecars.checkSidecarsTogether,
  telemetry.checkTelemetry,
  telemetry.checkLifecycle,
  observability.checkObservability,
  uiProviders.checkUiProviders,
  clients.checkCohsh,
  clients.checkSharedPolicies,
  clients.checkCohMount,
  clients.checkCohTelemetry,
  clients.checkCohRun,
  clients.checkCohPeft,
  swarmui.checkClientPaths,
  swarmui.checkSwarmuiCache,
  swarmui.checkHive,
  swarmui.checkNamespaceRoots,
  cas.checkCas,
  cas.checkQueenTicket,
  sidecars.checkSidecarMounts,
  protection.checkProtection,
  settings.checkSettings,
  release.checkRelease,
];

export function checkRules(manifest: Manifest, report: Report): void {
  for (const rule of RULES) rule(manifest, report);
}

export const ruleCodes: CodeTable = {
  ...core.coreCodes,
  ...ecosystem.ecosystemCodes,
  ...sidecars.sidecarCodes,
  ...telemetry.telemetryCodes,
  ...observability.observabilityCodes,
  ...uiProviders.uiProviderCodes,
  ...clients.clientCodes,
  ...swarmui.swarmuiCodes,
  ...cas.casCodes,
  ...protection.protectionCodes,
  ...settings.settingsCodes,
  ...release.releaseCodes,
};
