// SPDX-License-Identifier: Apache-2.0
/**
 * Who can read or write a path: by role, as NineDoor decides it, and by capability, as the kernel does. A role is worth
 * nothing without a way to the server; a domain on such a way is worth nothing without a ticket.
 */
import type { Capability } from '../layout/format.ts';
import { present } from '../internal.ts';
import type { DomainPlan, PlannedDomain, Window } from '../layout/plan.ts';
import { ROOT_TASK_NAME } from '../manifest/schema/limits.ts';
import { textTable } from '../text-table.ts';
import { accessOf, type PathAccess } from '../manifest/access.ts';
import { completed } from '../manifest/schema/manifest.ts';

/** Component that keeps the tree. */
const SERVER_COMPONENT = 'ninedoor';

export interface Way {
  /** From the outside to the server: domains, devices and channels in turn. */
  steps: string[];
  /** Capability with which the last domain before the server calls or signals it. */
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
  const rings = plan.protection.rings.filter(({ consumer }) => consumer === server.entry.name);
  const ways = [
    ...server.clients.flatMap(({ channel, domain }) => waysOver(domain, channel, `call ${channel}`, plan)),
    ...rings.flatMap(({ name, producer }) => waysOver(producer, name, `ring ${name}`, plan)),
  ];
  const sharedMemory = server.windows.map((w) => `${w.kind} buffer ${w.channel}, with ${peerName(w, plan)}`);
  return { ...access, server: server.entry.name, ways, sharedMemory };
}

/** Who is at the other end of a window: a domain, a device, or the root task. */
function peerName({ channel, kind, peer }: Window, plan: DomainPlan): string {
  if (kind === 'dma') {
    const buffer = plan.protection.dma.find(({ name }) => name === channel);
    return `device ${present(buffer, `DMA buffer ${channel}`).device}`;
  }
  if (peer === undefined) return ROOT_TASK_NAME;
  const domain = plan.domains.find(({ firstInstance }) => firstInstance === peer);
  return present(domain, `domain of instance ${peer}`).entry.name;
}

/**
 * The ways over one channel that ends at the server: one for each device, or other source, that feeds the domain at its
 * start.
 */
function waysOver(name: string, channel: string, step: string, plan: DomainPlan): Way[] {
  const held =
    name === ROOT_TASK_NAME
      ? undefined
      : domainOf(name, plan).capabilities.find(
          ({ why }) => why.endsWith(` over channel ${channel}`) || why.endsWith(` ring ${channel}`),
        );
  const capability = held === undefined ? 'shared frames only' : describe(held);
  return outside(name, plan, new Set([name])).map((steps) => ({ steps: [...steps, step], capability }));
}

/**
 * How something from outside reaches the domain: chains of rings that begin at a device. Whoever holds a device is
 * where the outside comes in; others are followed back to those who feed them.
 */
function outside(name: string, plan: DomainPlan, seen: ReadonlySet<string>): string[][] {
  if (name === ROOT_TASK_NAME) return [[name]];
  const { devices } = domainOf(name, plan).entry;
  if (devices.length > 0) return devices.map((device) => [`device ${device}`, name]);
  const feeding = plan.protection.rings.filter(
    ({ consumer, producer }) => consumer === name && producer !== ROOT_TASK_NAME && !seen.has(producer),
  );
  if (feeding.length === 0) return [[name]];
  return feeding.flatMap(({ name: ring, producer }) =>
    outside(producer, plan, new Set([...seen, producer])).map((chain) => [...chain, `ring ${ring}`, name]),
  );
}

function domainOf(name: string, plan: DomainPlan): PlannedDomain {
  return present(
    plan.domains.find(({ entry }) => entry.name === name),
    `domain ${name}`,
  );
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
  const lines = [`${path}: ${mode}`];
  if (missing !== undefined) lines.push(`not there: ${missing} is false, so nobody can`);
  else {
    const cell = (condition: string | undefined) =>
      condition === undefined ? 'no' : condition === '' ? 'yes' : condition;
    const rows = [['role', 'read', 'write'], ...roles.map(({ role, read, write }) => [role, cell(read), cell(write)])];
    lines.push(...textTable(rows).map((line) => `  ${line}`));
    if (approval !== undefined) lines.push(`a write needs approval under rule ${approval}`);
  }
  lines.push(`kept by domain ${server}; ways to it, each session with its ticket:`);
  for (const { steps, capability } of ways) lines.push(`  ${steps.join(' -> ')} -> ${server}`, `    ${capability}`);
  lines.push(`memory of ${server} that others map: ${sharedMemory.length === 0 ? 'none' : ''}`.trimEnd());
  for (const text of sharedMemory) lines.push(`  ${text}`);
  return `${lines.join('\n')}\n`;
}
