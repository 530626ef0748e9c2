// SPDX-License-Identifier: Apache-2.0
/**
 * A second opinion on a finished layout: from the manifest's own words it works out what each domain may hold, and
 * refuses a layout with anything more. Nothing here is shared with the code that made the layout; what it finds is a
 * bug there.
 */
import type { Diagnostic } from '../../../diagnostics/diagnostic.ts';
import type { Board } from '../image/boards.ts';
import { SUPERVISOR_CALLS } from '../manifest/schema/protection.ts';
import { layoutCodes } from './codes.ts';
import { devicesOf } from './devices.ts';
import { present } from '../internal.ts';
import type { Capability, DomainLayout, Layout, Mapping } from './format.ts';
import type { DomainPlan } from './plan.ts';
import { OBJECT } from './sel4.ts';

const WRITE = 1;
const GRANT = 4;
const EXECUTE_NEVER = 4;
const DEVICE_ATTRIBUTES = 4;
const RESERVED_BADGE_BITS = 62n;
const ROOT_PRIORITY = 254;

export function verifyLayout(plan: DomainPlan, layout: Layout): Diagnostic[] {
  const found: string[] = [];
  const complain = (text: string): void => void found.push(text);
  const uses = declaredUses(plan);
  for (const domain of layout.domains) {
    const declared = uses.capabilities.get(domain.name);
    if (declared === undefined) complain(`domain ${domain.name}: not in the manifest`);
    else verifyCapabilities(domain, layout, declared, complain);
    verifyMappings(domain, complain);
  }
  verifySharedFrames(layout, uses.frames, complain);
  verifyPriorities(layout, complain);
  verifyBadges(layout, complain);
  return found.map((message) => ({ code: 'COH3612', severity: 'error', message, ...layoutCodes.COH3612 }));
}

type Complain = (text: string) => void;

interface Uses {
  /** By domain: `object name|rights` of every capability that the manifest gives reason for. */
  capabilities: Map<string, string[]>;
  /** By shared object: the domains that may map it. */
  frames: Map<string, string[]>;
}

/** Names of the parts of a device: the board tells how many pages or interrupts it has. */
function parts(board: Board, device: string, what: 'irqs' | 'pages', name: string): string[] {
  const count = present(devicesOf(board).get(device), `device ${device}`)[what];
  return Array.from({ length: count }, (_, n) => (n === 0 ? name : `${name} + ${n}`));
}

function declaredUses({ protection, board }: DomainPlan): Uses {
  const uses: Uses = { capabilities: new Map(), frames: new Map() };
  const { domains, rings, calls, dma } = protection;
  for (const { name, server, supervisor, interrupts, devices } of domains) {
    uses.capabilities.set(name, [
      'supervisor|9|fault',
      `events of ${name}|2|literal`,
      ...(server ? [`endpoint of ${name}|2|literal`] : []),
      ...(supervisor.length > 0 ? ['supervisor|9|rpc'] : []),
      ...calls.filter(({ clients }) => clients.includes(name)).map((call) => `endpoint of ${call.server}|9|instance`),
      ...rings.filter(({ producer }) => producer === name).map(({ consumer }) => `events of ${consumer}|1|literal`),
      ...rings.filter(({ consumer }) => consumer === name).map(({ producer }) => `events of ${producer}|1|literal`),
      ...interrupts
        .flatMap((device) => parts(board, device, 'irqs', `interrupt of ${device}`))
        .map((what) => `${what}|15|literal`),
    ]);
    for (const device of devices) {
      for (const part of parts(board, device, 'pages', `device ${device}`)) uses.frames.set(part, [name]);
    }
  }
  for (const { name, producer, consumer } of rings) uses.frames.set(`channel ${name}`, [producer, consumer]);
  for (const { name, clients, server } of calls) uses.frames.set(`channel ${name}`, [...clients, server]);
  for (const { name, device } of dma) {
    uses.frames.set(`dma ${name}`, present(uses.frames.get(`device ${device}`), `driver of ${device}`));
  }
  return uses;
}

function verifyCapabilities(domain: DomainLayout, layout: Layout, uses: readonly string[], complain: Complain): void {
  const left = [...uses];
  const slots = new Set<number>();
  for (const capability of domain.capabilities) {
    const what = objectOf(capability, domain, layout);
    const use = left.indexOf(`${what}|${capability.rights}|${capability.badge.kind}`);
    const place = `domain ${domain.name}, slot ${capability.slot}`;
    if (use === -1) complain(`${place}: nothing in the manifest gives it ${what} with rights ${capability.rights}`);
    else left.splice(use, 1);
    if (slots.has(capability.slot) || capability.slot < 1 || capability.slot >= 2 ** domain.cnodeBits) {
      complain(`${place}: taken twice, or outside the CNode`);
    }
    slots.add(capability.slot);
  }
  const mask = layoutRpc(domain, uses);
  if (!mask) complain(`domain ${domain.name}: mask ${domain.rpc} of supervisor calls without such a capability`);
}

/** A mask without the capability, or the other way round, would be authority that only half exists. */
function layoutRpc(domain: DomainLayout, uses: readonly string[]): boolean {
  const all = Object.values(SUPERVISOR_CALLS).reduce<number>((mask, bit) => mask | bit, 0);
  return (domain.rpc !== 0) === uses.includes('supervisor|9|rpc') && (domain.rpc & ~all) === 0;
}

function objectOf({ source, index }: Capability, domain: DomainLayout, { shared }: Layout): string {
  if (source === 'supervisor') return 'supervisor';
  if (source === 'shared') return shared[index]?.name ?? `shared object ${index}`;
  const isEvents = source === 'private' && domain.events.source === 'private' && domain.events.index === index;
  return isEvents ? `events of ${domain.name}` : `${source} object ${index}`;
}

function verifyMappings(domain: DomainLayout, complain: Complain): void {
  const pages = domain.mappings.filter(({ rights }) => rights !== 0);
  const objects = privateTypes(domain);
  const addresses = new Set<bigint>();
  const used = new Set<number>();
  for (const page of domain.mappings) {
    const place = `domain ${domain.name}, page 0x${page.vaddr.toString(16)}`;
    const isTable = page.rights === 0;
    if (!isTable) {
      if (addresses.has(page.vaddr)) complain(`${place}: mapped twice`);
      addresses.add(page.vaddr);
      verifyRights(page, place, complain);
    }
    if (page.source !== 'private') continue;
    if (objects[page.index] !== (isTable ? OBJECT.pageTable : OBJECT.page))
      complain(`${place}: object of another type`);
    if (used.has(page.index)) complain(`${place}: object ${page.index} is mapped twice`);
    used.add(page.index);
  }
  const isCovered = ({ vaddr }: Mapping): boolean =>
    domain.mappings.some(({ rights, vaddr: table }) => rights === 0 && table === (vaddr >> 21n) << 21n);
  if (!pages.every(isCovered)) complain(`domain ${domain.name}: a page without a page table`);
}

/** Object type by place in the slot block. */
function privateTypes(domain: DomainLayout): number[] {
  return domain.private.flatMap(({ type, count }) => Array.from({ length: count }, () => type));
}

function verifyRights({ source, rights, attributes }: Mapping, place: string, complain: Complain): void {
  const isWritable = (rights & WRITE) !== 0;
  const isExecutable = (attributes & EXECUTE_NEVER) === 0;
  if ((rights & GRANT) !== 0 || rights > 3) complain(`${place}: rights ${rights}`);
  if (isWritable && isExecutable) complain(`${place}: both writable and executable`);
  if (isWritable && source !== 'private' && source !== 'shared') complain(`${place}: ${source} is writable`);
  if (isExecutable && source !== 'archive') complain(`${place}: executable, but not from the archive`);
}

/** No frame is writable in two domains unless a channel joins them; devices and DMA frames only at their driver. */
function verifySharedFrames(layout: Layout, frames: Uses['frames'], complain: Complain): void {
  for (const domain of layout.domains) {
    for (const { source, index, vaddr, attributes } of domain.mappings) {
      if (source !== 'shared') continue;
      const object = layout.shared[index];
      const place = `domain ${domain.name}, page 0x${vaddr.toString(16)}`;
      if (object === undefined) {
        complain(`${place}: there is no shared object ${index}`);
        continue;
      }
      const owner = object.name.replace(/^frame \d+ of /, '');
      if (frames.get(owner)?.includes(domain.name) !== true) complain(`${place}: ${owner} is not for this domain`);
      if (domain.instances > 1) complain(`${place}: ${owner} would be shared by all instances of the pool`);
      if ((object.kind === 'device') !== (attributes === DEVICE_ATTRIBUTES)) {
        complain(`${place}: attributes ${attributes} for ${owner}`);
      }
    }
  }
}

function verifyPriorities({ domains }: Layout, complain: Complain): void {
  for (const { name, priority, mcp, calls } of domains) {
    if (priority >= ROOT_PRIORITY) complain(`domain ${name}: priority ${priority} is not below the root task's`);
    if (mcp !== 0) complain(`domain ${name}: may raise priorities to ${mcp}`);
    for (const { server } of calls) {
      const callee = domains.find((d) => server >= d.firstInstance && server < d.firstInstance + d.instances);
      if (callee === undefined || callee.priority <= priority) {
        complain(`domain ${name}: calls ${callee?.name ?? `instance ${server}`}, which is not above it`);
      }
    }
  }
}

/** A bit of an `events` word has one source. */
function verifyBadges({ domains, shared, rootChannels }: Layout, complain: Complain): void {
  const badges = [
    ...shared.flatMap(({ signals }) => (signals === undefined ? [] : [signals])),
    ...rootChannels.map(({ peerEvents }) => peerEvents),
    ...domains.flatMap(({ capabilities }) =>
      capabilities
        .filter(({ badge, source }) => source === 'shared' && badge.kind === 'literal' && badge.value !== 0n)
        .map(({ index, badge }) => ({ object: index, badge: badge.value })),
    ),
  ];
  const taken = new Set<string>();
  for (const { object, badge } of badges) {
    const name = shared[object]?.name ?? `shared object ${object}`;
    const isBit = badge > 1n && (badge & (badge - 1n)) === 0n && badge < 1n << RESERVED_BADGE_BITS;
    if (!isBit || taken.has(`${object} ${badge}`))
      complain(`badge 0x${badge.toString(16)} of ${name} is not a free bit`);
    taken.add(`${object} ${badge}`);
  }
}
