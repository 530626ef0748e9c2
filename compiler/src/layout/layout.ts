// SPDX-License-Identifier: Apache-2.0
/** Completes a plan with the images of its components: every object, mapping and capability of every domain. */
import { type Diagnostic, Failure } from '../../../diagnostics/diagnostic.ts';
import { DEVICE_WINDOW, DOMAIN_TABLE, IPC_BUFFER, PAGE_BYTES, pagesOf, STACK_TOP, STATUS_PAGE } from './address.ts';
import { archivePages } from './archive.ts';
import { imageChecks, totalChecks } from './checks.ts';
import type { ComponentImage } from './component-image.ts';
import type { DomainLayout, Layout, Mapping } from './format.ts';
import {
  linearAddress,
  pageRange,
  type PrivateKey,
  privateObjects,
  type PrivateObjects,
  stackBottom,
} from './objects.ts';
import { present } from '../internal.ts';
import type { DomainPlan, PlannedDomain } from './plan.ts';
import { roleOf } from '../manifest/schema/protection.ts';
import { refusal } from './refusal.ts';
import { ATTRIBUTES, RIGHTS } from './sel4.ts';
import { verifyLayout } from './verify.ts';

export function layoutDomains(plan: DomainPlan, images: ReadonlyMap<string, ComponentImage>): Layout {
  const present = orderedImages(plan, images);
  stopOn(plan.domains.flatMap((domain) => imageChecks(plan, domain, imageOf(images, domain))));
  const archive = archivePages(present).entries;
  const domains = plan.domains.map((domain) => layoutDomain(domain, imageOf(images, domain), archive));
  const layout: Layout = {
    board: plan.board.name,
    manifestSha256: plan.manifest.hashes.manifest,
    shared: plan.shared,
    domains,
    rootChannels: plan.root.channels,
    instances: plan.instances,
    archive,
    totals: totalsOf(plan, domains, archive),
  };
  stopOn(totalChecks(plan, layout));
  stopOn(verifyLayout(plan, layout));
  return layout;
}

/** The images, each once, in the order of the plan's domains, for `archivePages`. */
export function orderedImages(plan: DomainPlan, images: ReadonlyMap<string, ComponentImage>): ComponentImage[] {
  const missing = plan.domains.filter(({ entry }) => !images.has(entry.component));
  stopOn(
    missing.map(({ entry, index }) => {
      const message = `component ${entry.component} of domain ${entry.name} has no image`;
      return refusal(plan.manifest, 'COH3611', `protection.domains[${index}].component`, message);
    }),
  );
  return [...new Set(plan.domains.map((domain) => imageOf(images, domain)))];
}

function imageOf(images: ReadonlyMap<string, ComponentImage>, { entry }: PlannedDomain): ComponentImage {
  return present(images.get(entry.component), `image of ${entry.component}`);
}

function stopOn(diagnostics: readonly Diagnostic[]): void {
  if (diagnostics.length > 0) throw new Failure(diagnostics);
}

function layoutDomain(domain: PlannedDomain, image: ComponentImage, archive: Layout['archive']): DomainLayout {
  const { entry, firstInstance, cnodeBits, rpc, calls } = domain;
  const frames = lastingPages(domain, image, archive);
  const runs = privateRuns(domain, image);
  const objects = privateObjects(domain, image, [
    ...frames.map(({ vaddr }) => vaddr),
    ...runs.flatMap(({ start, count }) => pageRange(start, count)),
  ]);
  const mappings = [...tableMappings(objects), ...frames, ...runs.flatMap((run) => privatePages(run, objects))];
  const lasting = mappings.filter(({ source }) => source !== 'private').length;
  const inRootTask = mappings.filter((mapping) => mapping.inRootTask).length;
  const events: DomainLayout['events'] = entry.pool
    ? { source: 'private', index: objects.at('events') }
    : { source: 'shared', index: present(domain.events, `notification of ${entry.name}`) };
  const role = roleOf(entry);
  return {
    name: entry.name,
    component: entry.component,
    firstInstance,
    instances: entry.instances,
    pool: entry.pool,
    ...(role === undefined ? {} : { role }),
    priority: entry.priority,
    // A domain holds no TCB, so there is nobody whose priority it could raise.
    mcp: 0,
    untypedBits: objects.untypedBits,
    entry: image.entry,
    stackTop: STACK_TOP,
    stackBytes: entry.stack_bytes,
    tcb: objects.at('tcb'),
    cnode: objects.at('cnode'),
    cnodeBits,
    vspace: objects.at('vspace'),
    ipcBuffer: objects.at('ipcBuffer'),
    status: objects.at('status'),
    events,
    faultSlot: 1,
    private: objects.rows,
    mappings,
    capabilities: domain.capabilities.map((capability) =>
      capability.source === 'private' ? { ...capability, index: objects.at('events') } : capability,
    ),
    blockSlots: objects.count + lasting + inRootTask + 1,
    restart: entry.restart,
    watchdog_ms: entry.watchdog_ms,
    rpc,
    calls,
  };
}

function tableMappings({ tables, at }: PrivateObjects): Mapping[] {
  return tables.map((vaddr, n) => ({
    ...mapping('page table', vaddr, 'private', at('tables') + n),
    rights: 0,
    attributes: ATTRIBUTES.table,
  }));
}

function mapping(why: string, vaddr: bigint, source: Mapping['source'], index: number): Mapping {
  return { why, vaddr, source, index, rights: RIGHTS.readWrite, attributes: ATTRIBUTES.data, inRootTask: false };
}

/** Pages that outlive the instance: archive, domain table, devices, channels. */
function lastingPages(domain: PlannedDomain, image: ComponentImage, archive: Layout['archive']): Mapping[] {
  const segment = (name: 'text' | 'rodata', start: bigint, attributes: number): Mapping[] => {
    const entry = archive.find((e) => e.component === image.component && e.segment === name);
    const { pages, firstPage } = present(entry, `${name} of ${image.component}`);
    return pageRange(start, pages).map((vaddr, n) => ({
      ...mapping(name === 'text' ? 'text' : 'read-only data', vaddr, 'archive', firstPage + n),
      rights: RIGHTS.read,
      attributes,
    }));
  };
  const devices = domain.regions.map(({ device, object }, n) => ({
    ...mapping(`registers of ${device}`, DEVICE_WINDOW + BigInt(n * PAGE_BYTES), 'shared', object),
    attributes: ATTRIBUTES.device,
  }));
  const windows = domain.windows.flatMap(({ channel, kind, offset, frames }) =>
    pageRange(linearAddress(offset), frames.count).map((vaddr, n) =>
      mapping(kind === 'dma' ? `DMA buffer ${channel}` : `${kind} ${channel}`, vaddr, 'shared', frames.first + n),
    ),
  );
  return [
    ...segment('text', image.text, ATTRIBUTES.text),
    ...segment('rodata', image.rodata, ATTRIBUTES.data),
    { ...mapping('domain table', DOMAIN_TABLE, 'domainTable', 0), rights: RIGHTS.read },
    ...devices,
    ...windows,
  ];
}

/** Pages that vanish with the instance. */
interface PrivateRun {
  why: string;
  key: PrivateKey;
  start: bigint;
  count: number;
}

function privateRuns({ entry }: PlannedDomain, image: ComponentImage): PrivateRun[] {
  return [
    { why: 'bss', key: 'bss', start: image.bss, count: image.bssPages },
    { why: 'stack', key: 'stack', start: stackBottom(entry), count: pagesOf(entry.stack_bytes) },
    { why: 'IPC buffer', key: 'ipcBuffer', start: IPC_BUFFER, count: 1 },
    { why: 'status page', key: 'status', start: STATUS_PAGE, count: 1 },
    { why: 'linear memory', key: 'linear', start: linearAddress(0), count: pagesOf(entry.memory_bytes) },
  ];
}

function privatePages({ why, key, start, count }: PrivateRun, objects: PrivateObjects): Mapping[] {
  return pageRange(start, count).map((vaddr, n) => ({
    ...mapping(why, vaddr, 'private', objects.at(key) + n),
    inRootTask: key === 'status',
  }));
}

function totalsOf(plan: DomainPlan, domains: readonly DomainLayout[], archive: Layout['archive']): Layout['totals'] {
  const sum = (value: (domain: DomainLayout) => number): number =>
    domains.reduce((total, domain) => total + value(domain) * domain.instances, 0);
  const sharedBytes = plan.shared
    .filter(({ kind }) => kind === 'object' || kind === 'dma')
    .reduce((bytes, { bits }) => bytes + 2 ** bits, 0);
  const archiveBytes = archive.reduce((bytes, { pages }) => bytes + pages * PAGE_BYTES, 0);
  return {
    capabilities: sum(({ capabilities }) => capabilities.length),
    slots: sum(({ blockSlots }) => blockSlots),
    bytes: sum(({ untypedBits }) => 2 ** untypedBits) + sharedBytes + archiveBytes,
  };
}
