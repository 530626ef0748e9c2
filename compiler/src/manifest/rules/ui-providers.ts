// SPDX-License-Identifier: Apache-2.0
/** Rules for what user interfaces are offered: only what exists can be offered. */
import type { CodeTable } from '../codes.ts';
import type { Report } from '../report.ts';
import type { Manifest } from '../schema/manifest.ts';

export const uiProviderCodes: CodeTable = {
  COH2801: {
    cause: 'The provider reads a file that this manifest switches off.',
    fix: 'enable the file under [observability], or do not offer it',
  },
  COH2802: {
    cause: 'Without a policy there is nothing to decide beforehand.',
    fix: 'set `ecosystem.policy.enable = true`, or switch both preflight providers off',
  },
  COH2803: {
    cause: 'Updates live in the content-addressed store.',
    fix: 'set `cas.enable = true`, or switch both update providers off',
  },
  COH2804: {
    cause: 'Clients check an update against its manifest, so a store without it cannot be used.',
    fix: 'set `ui_providers.updates.manifest = true`',
  },
};

export function checkUiProviders(manifest: Manifest, report: Report): void {
  const { ui_providers: offered, ecosystem, cas } = manifest;
  checkTable('proc_9p', manifest, report);
  checkTable('proc_ingest', manifest, report);
  const preflight = 'ui_providers.policy_preflight';
  const policy = 'ecosystem.policy.enable';
  const preflights = (['req', 'diff'] as const).filter((key) => offered.policy_preflight[key]);
  if (preflights[0] !== undefined && !ecosystem.policy.enable) {
    report.error('COH2802', [`${preflight}.${preflights[0]}`, policy], `${preflight} requires ${policy} = true`);
  }
  const updates = 'ui_providers.updates';
  const providers = (['manifest', 'status'] as const).filter((key) => offered.updates[key]);
  if (providers[0] !== undefined && !cas.enable) {
    report.error('COH2803', [`${updates}.${providers[0]}`, 'cas.enable'], `${updates} requires cas.enable = true`);
  }
  if (cas.enable && !offered.updates.manifest) {
    const path = `${updates}.manifest`;
    report.error('COH2804', [path, 'cas.enable'], `${path} must be true when cas.enable = true`);
  }
}

function checkTable(table: 'proc_9p' | 'proc_ingest', manifest: Manifest, report: Report): void {
  const observed = manifest.observability[table] as Readonly<Record<string, unknown>>;
  for (const [key, isOffered] of Object.entries(manifest.ui_providers[table])) {
    if (!isOffered || observed[key] === true) continue;
    const source = `observability.${table}.${key}`;
    const path = `ui_providers.${table}.${key}`;
    report.error('COH2801', [path, source], `${path} requires ${source} = true`);
  }
}
