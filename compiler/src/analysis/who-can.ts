/**
 * Who can read or write a path: by role, as NineDoor decides it, and by capability, as the kernel does. A role is worth
 * nothing without a way to the server; a domain on such a way is worth nothing without a ticket.
 */
import type { Capability } from '../layout/format.ts';
import { type DomainPlan, type PlannedDomain, ROOT_TASK } from '../layout/plan.ts';
import { accessOf, type PathAccess } from '../manifest/access.ts';
import { completed } from '../manifest/schema/manifest.ts';

/** Component that keeps the tree. */
const SERVER_COMPONENT = 'ninedoor';

export interface Way {
  /** From the outside to the server: domains, devices and channels in turn. */
  steps: string[];
  /** Capability with which the last domain before the server calls it. */
  capability: string;
}

export interface WhoCan extends PathAccess {
  server: string;
  ways: Way[];
  /** Others that could write the server's memory: none, unless it shares frames. */
  sharedMemory: string[];
}

export function whoCan(path: string, plan: DomainPlan): WhoCan {
  const server = plan.domains.find(({ entry }) => entry.component === SERVER_COMPONENT);
  const access = accessOf(path, completed(plan.manifest.manifest));
  if (server === undefined) return { ...access, server: 'none', ways: [], sharedMemory: [] };
  const ways = server.clients.map(({ channel, domain }) => wayFrom(domain, channel, plan));
  const sharedMemory = server.windows.map(({ channel, kind, peer }) => {
    const other = plan.domains.find(({ firstInstance }) => firstInstance === peer)?.entry.name ?? ROOT_TASK;
    return `${kind} buffer ${channel}, with ${other}`;
  });
  return { ...access, server: server.entry.name, ways, sharedMemory };
}

function wayFrom(name: string, channel: string, plan: DomainPlan): Way {
  const domain = plan.domains.find(({ entry }) => entry.name === name);
  const entry = domain === undefined ? [] : outside(domain, plan);
  const capability = domain?.capabilities.find(({ why }) => why.endsWith(` over channel ${channel}`));
  return {
    steps: [...entry, name, `call ${channel}`],
    capability: capability === undefined ? 'none' : describe(capability),
  };
}

/** How something from outside reaches the domain: the devices of those who feed it rings. */
function outside(domain: PlannedDomain, { protection, domains }: DomainPlan): string[] {
  const own = domain.entry.devices.map((device) => `device ${device}`);
  const fed = protection.rings
    .filter(({ consumer, producer }) => consumer === domain.entry.name && producer !== ROOT_TASK)
    .flatMap(({ name, producer }) => {
      const devices = domains.find(({ entry }) => entry.name === producer)?.entry.devices ?? [];
      return [...devices.map((device) => `device ${device}`), producer, `ring ${name}`];
    });
  return [...own, ...fed];
}

export function describe({ slot, rights, badge, why }: Capability): string {
  const names = [
    ...((rights & 2) !== 0 ? ['read'] : []),
    ...((rights & 1) !== 0 ? ['write'] : []),
    ...((rights & 4) !== 0 ? ['grant'] : []),
    ...((rights & 8) !== 0 ? ['grant-reply'] : []),
  ];
  const mark = badge.kind === 'literal' ? `0x${badge.value.toString(16)}` : badge.kind;
  return `slot ${slot}: ${why} (${names.join(' + ')}; badge ${mark})`;
}

export function renderWhoCan(result: WhoCan): string {
  const { path, mode, missing, roles, approval, server, ways, sharedMemory } = result;
  if (mode === 'unknown') return `${path}: no such path in the tree\n`;
  const lines = [`${path}: ${mode}`];
  if (missing !== undefined) lines.push(`not there: ${missing} is false, so nobody can`);
  else {
    const cell = (condition: string | undefined) =>
      condition === undefined ? 'no' : condition === '' ? 'yes' : condition;
    const rows = [['role', 'read', 'write'], ...roles.map(({ role, read, write }) => [role, cell(read), cell(write)])];
    const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
    lines.push(...rows.map((row) => `  ${row.map((text, at) => text.padEnd(widths[at] ?? 0)).join('  ')}`.trimEnd()));
    if (approval !== undefined) lines.push(`a write needs approval under rule ${approval}`);
  }
  lines.push(`kept by domain ${server}; ways to it, each session with its ticket:`);
  for (const { steps, capability } of ways) lines.push(`  ${steps.join(' -> ')} -> ${server}`, `    ${capability}`);
  lines.push(`memory of ${server} that others map: ${sharedMemory.length === 0 ? 'none' : ''}`.trimEnd());
  for (const text of sharedMemory) lines.push(`  ${text}`);
  return `${lines.join('\n')}\n`;
}
