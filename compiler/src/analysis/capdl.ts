// SPDX-License-Identifier: Apache-2.0
/**
 * A layout in the text form of seL4's capability distribution language, for seL4's own tools. It shows the system as it
 * is once everything has started: of a pool one instance, unless all are asked for. The kernel objects of the root task
 * itself are left out but for its endpoint, since it makes everything else.
 */
import type { Capability, DomainLayout, Layout, Mapping } from '../layout/format.ts';
import { internalError, present } from '../internal.ts';
import { OBJECT } from '../layout/sel4.ts';

const PAGE_BITS = 12n;
const INDEX_BITS = 9n;
const LEVELS = ['pgd', 'pud', 'pd', 'pt'] as const;
/** Bits of an address that a slot of each level stands for. */
const SLOT_BITS = [39n, 30n, 21n, PAGE_BITS] as const;
const EXECUTE_NEVER = 4;
const DEVICE_ATTRIBUTES = 4;

export function capdl(layout: Layout, allInstances = false): string {
  const objects: string[] = ['  supervisor_ep = ep', '  domain_table = frame (4k)'];
  const caps: string[] = [];
  layout.shared.forEach((object, index) => objects.push(`  ${sharedName(layout, index)} = ${sharedType(object)}`));
  const archive = layout.archive.reduce((pages, entry) => Math.max(pages, entry.firstPage + entry.pages), 0);
  for (let page = 0; page < archive; page++) objects.push(`  archive_${page} = frame (4k)`);
  for (const domain of layout.domains) {
    const count = allInstances ? domain.instances : 1;
    for (let n = 0; n < count; n++) {
      const instance = new Instance(layout, domain, domain.firstInstance + n);
      objects.push(...instance.objects());
      caps.push(...instance.caps());
    }
  }
  const handlers = layout.shared.flatMap(({ kind, signals }, index) => {
    if (kind !== 'irq' || signals === undefined) return [];
    const notification = sharedName(layout, signals.object);
    return [`  ${sharedName(layout, index)} { 0: ${notification} (badge: ${number(signals.badge)}) }`];
  });
  const nodes = layout.shared.flatMap(({ kind, bits }, index) =>
    kind === 'irq' ? [`  ${bits}: ${sharedName(layout, index)}`] : [],
  );
  return [
    '-- Capability layout, made by coh-rtc from the manifest with this hash:',
    `-- ${layout.manifestSha256}`,
    'arch aarch64',
    '',
    'objects {',
    ...objects,
    '}',
    '',
    'caps {',
    ...caps,
    ...handlers,
    '}',
    '',
    'irq maps {',
    ...nodes,
    '}',
    '',
  ].join('\n');
}

function sharedType({ kind, type, bits, detail }: Layout['shared'][number]): string {
  if (kind === 'dma') return 'frame (4k)';
  if (kind === 'device') return `frame (4k, paddr: ${number(detail)})`;
  if (kind === 'irq') return `arm_irq (trigger: ${detail === 1n ? 'edge' : 'level'})`;
  if (type === OBJECT.endpoint) return 'ep';
  if (type === OBJECT.notification) return 'notification';
  if (type === OBJECT.page && bits === Number(PAGE_BITS)) return 'frame (4k)';
  throw new Error(`no capDL type for object type ${type} of ${bits} bits`);
}

function sharedName({ shared }: Layout, index: number): string {
  return identifier(present(shared[index], `shared object ${index}`).name);
}

function identifier(text: string): string {
  return text.replace(/[^A-Za-z0-9]+/g, '_');
}

function number(value: bigint): string {
  return `0x${value.toString(16)}`;
}

class Instance {
  private readonly layout: Layout;
  private readonly domain: DomainLayout;
  private readonly instance: number;
  private readonly prefix: string;

  constructor(layout: Layout, domain: DomainLayout, instance: number) {
    this.layout = layout;
    this.domain = domain;
    this.instance = instance;
    this.prefix = identifier(domain.pool ? `${domain.name}_${instance - domain.firstInstance}` : domain.name);
  }

  objects(): string[] {
    const { domain } = this;
    const levels = this.tableLevels();
    const types = domain.private.flatMap(({ type, count }) => Array.from({ length: count }, () => type));
    return types.map((type, index) => `  ${this.name(index)} = ${this.privateType(type, levels.get(index))}`);
  }

  caps(): string[] {
    const { domain } = this;
    const cspace = domain.capabilities.map(
      (capability) => `  ${number(BigInt(capability.slot))}: ${this.target(capability)}`,
    );
    const tcb = [
      `  cspace: ${this.name(domain.cnode)} (guard: 0, guard_size: ${64 - domain.cnodeBits})`,
      `  vspace: ${this.name(domain.vspace)}`,
      `  ipc_buffer_slot: ${this.name(domain.ipcBuffer)} (RW)`,
      `  bound_notification: ${this.eventsName()}`,
    ];
    return [
      ...block(this.name(domain.tcb), tcb),
      ...block(this.name(domain.cnode), cspace),
      ...[...this.tables()].flatMap(([table, slots]) => block(table, slots)),
    ];
  }

  private privateType(type: number, level: number | undefined): string {
    const { domain, instance } = this;
    if (type === OBJECT.tcb) {
      const { entry, stackTop, priority, mcp, faultSlot } = domain;
      const registers = `ip: ${number(entry)}, sp: ${number(stackTop)}, init: [${instance}]`;
      return `tcb (${registers}, prio: ${priority}, max_prio: ${mcp}, fault_ep: ${number(BigInt(faultSlot))})`;
    }
    if (type === OBJECT.cnode) return `cnode (${domain.cnodeBits} bits)`;
    if (type === OBJECT.vspace) return LEVELS[0];
    if (type === OBJECT.pageTable) return LEVELS[present(level, 'level of a page table')] as string;
    if (type === OBJECT.notification) return 'notification';
    if (type === OBJECT.page) return 'frame (4k)';
    throw new Error(`no capDL type for object type ${type}`);
  }

  private name(index: number): string {
    const { domain } = this;
    const own = new Map([
      [domain.tcb, 'tcb'],
      [domain.cnode, 'cnode'],
      [domain.vspace, 'vspace'],
      [domain.ipcBuffer, 'ipc_buffer'],
      [domain.status, 'status_page'],
    ]);
    return `${this.prefix}_${own.get(index) ?? `object_${index}`}`;
  }

  private eventsName(): string {
    const { source, index } = this.domain.events;
    return source === 'shared' ? sharedName(this.layout, index) : this.name(index);
  }

  private target({ source, index, rights, badge }: Capability): string {
    const name = this.objectName(source, index);
    if (source === 'shared' && this.layout.shared[index]?.kind === 'irq') return name;
    const letters = `${(rights & 2) !== 0 ? 'R' : ''}${(rights & 1) !== 0 ? 'W' : ''}${(rights & 4) !== 0 ? 'G' : ''}${(rights & 8) !== 0 ? 'P' : ''}`;
    const value = this.badge(badge);
    return `${name} (${letters}${value === 0n ? '' : `, badge: ${number(value)}`})`;
  }

  /** In the first generation. */
  private badge({ kind, value }: Capability['badge']): bigint {
    const instance = BigInt(this.instance);
    if (kind === 'literal') return value;
    if (kind === 'rpc') return (1n << 61n) | instance;
    return (1n << 62n) | instance;
  }

  /** Level of each page table by its place: the layout lists the levels from the top, each by address. */
  private tableLevels(): Map<number, number> {
    const levels = new Map<number, number>();
    let level = 1;
    let last: bigint | undefined;
    for (const { index, vaddr, rights } of this.domain.mappings) {
      if (rights !== 0) continue;
      if (last !== undefined && vaddr <= last) level++;
      levels.set(index, level);
      last = vaddr;
    }
    return levels;
  }

  /** Slots of each table, the VSpace first. */
  private tables(): Map<string, string[]> {
    const levels = this.tableLevels();
    const slots = new Map<string, string[]>([[this.name(this.domain.vspace), []]]);
    const tableAt = new Map<string, string>();
    const put = (level: number, vaddr: bigint, target: string): void => {
      const table = level === 0 ? this.name(this.domain.vspace) : tableAt.get(tableKey(level, vaddr));
      const parent = present(table, `${this.prefix}: table of level ${level} for ${number(vaddr)}`);
      const slot = (vaddr >> slotBits(level)) & ((1n << INDEX_BITS) - 1n);
      const filled = slots.get(parent) ?? [];
      filled.push(`  ${number(slot)}: ${target}`);
      slots.set(parent, filled);
    };
    for (const { index, vaddr, rights } of this.domain.mappings) {
      if (rights !== 0) continue;
      const level = present(levels.get(index), `level of page table ${index}`);
      tableAt.set(tableKey(level, vaddr), this.name(index));
      put(level - 1, vaddr, this.name(index));
    }
    for (const page of this.domain.mappings) if (page.rights !== 0) put(3, page.vaddr, this.frame(page));
    return slots;
  }

  private objectName(source: Mapping['source'], index: number): string {
    switch (source) {
      case 'private':
        return this.name(index);
      case 'shared':
        return sharedName(this.layout, index);
      case 'archive':
        return `archive_${index}`;
      case 'supervisor':
        return 'supervisor_ep';
      case 'domainTable':
        return 'domain_table';
      case 'none':
        throw internalError(`${this.prefix}: object ${index} has no source`);
    }
  }

  private frame({ source, index, rights, attributes }: Mapping): string {
    const letters = `R${(rights & 1) !== 0 ? 'W' : ''}${(attributes & EXECUTE_NEVER) === 0 ? 'X' : ''}`;
    return `${this.objectName(source, index)} (${letters}${attributes === DEVICE_ATTRIBUTES ? ', uncached' : ''})`;
  }
}

/** Bits of an address that one slot of a table of this level stands for. */
function slotBits(level: number): bigint {
  return present(SLOT_BITS[level], `level ${level} of page tables`);
}

/** A table by its level and by what of the address leads to it. */
function tableKey(level: number, vaddr: bigint): string {
  return `${level} ${vaddr >> slotBits(level - 1)}`;
}

function block(name: string, lines: readonly string[]): string[] {
  return [`  ${name} {`, ...lines.map((line) => `  ${line}`), '  }'];
}
