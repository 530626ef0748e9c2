// SPDX-License-Identifier: Apache-2.0
/**
 * Verifies a capability layout against its certificate. Small enough to be read in one sitting, and written without one
 * line of the compiler that made them: it shares the file format (docs/certificate.md) and nothing else.
 *
 *   node --import tsx compiler/check/check.ts DIR      reads layout.json, certificate.json and manifest.json in DIR
 *
 * What it shows, if it accepts: (1) closure: every capability of every domain follows from a declaration, every
 * declaration has its capability, and none gives a way to get others; (2) disjointness: no memory is writable in two
 * domains unless a declared channel joins them, devices have one driver, nothing is both writable and executable; (3)
 * order: calls go upwards, so nobody waits in a circle; (4) stacks: the worst case found fits. What it takes for
 * granted: that the root task builds what layout.json says, that the kernel is right, and that the stack analysis
 * looked at the code that runs.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

type Badge = { kind: string; value: string };
interface Capability {
  slot: number;
  source: string;
  index: number;
  rights: number;
  badge: Badge;
}
interface Mapping {
  vaddr: string;
  source: string;
  index: number;
  rights: number;
  attributes: number;
}
interface Domain {
  name: string;
  component: string;
  firstInstance: number;
  instances: number;
  pool: boolean;
  priority: number;
  mcp: number;
  untypedBits: number;
  stackTop: string;
  stackBytes: number;
  cnodeBits: number;
  events: { source: string; index: number };
  faultSlot: number;
  private: { type: number; sizeBits: number; count: number }[];
  mappings: Mapping[];
  capabilities: Capability[];
  rpc: number;
  calls: { slot: number; server: number }[];
}
interface Shared {
  name: string;
  kind: string;
  type: number;
  bits: number;
  detail: string;
  signals?: { object: number; badge: string };
}
interface Layout {
  manifestSha256: string;
  shared: Shared[];
  domains: Domain[];
  rootChannels: {
    name: string;
    frames: { first: number; count: number };
    peerEvents: { object: number; badge: string };
  }[];
  archive: { component: string; segment: string; pages: number; firstPage: number }[];
  instances: number;
}
interface Declared {
  domains: {
    name: string;
    component: string;
    server: boolean;
    devices: string[];
    interrupts: string[];
    supervisor: string[];
    instances: number;
    pool: boolean;
  }[];
  rings: { name: string; producer: string; consumer: string; bytes: number }[];
  calls: { name: string; clients: string[]; server: string; bytes: number }[];
  dma: { name: string; device: string; bytes: number }[];
}
interface Certificate {
  format: string;
  manifest_sha256: string;
  layout_sha256: string;
  board: { name: string; ram_start: string; ram_end: string };
  declared: Declared;
  holders: { object: number; holders: string[] }[];
  ranks: Record<string, number>;
  stacks: { domain: string; stack_bytes: number; worst_case_bytes: number | null }[];
}

/** seL4 object types, rights and attributes, as its manual numbers them for AArch64. */
const TYPE = { tcb: 1, endpoint: 2, notification: 3, cnode: 4, vspace: 6, page: 7, table: 9 };
const FIXED_BITS: Readonly<Record<number, number>> = { 1: 11, 2: 4, 3: 5, 6: 12, 7: 12, 9: 12 };
const WRITE = 1;
const READ = 2;
const GRANT_REPLY = 8;
const EXECUTE_NEVER = 4;
const DEVICE_MEMORY = 4;
const PAGE = 4096n;
/** Above every domain; the root task runs at it. */
const ROOT_PRIORITY = 254;
const SUPERVISOR_BITS: Readonly<Record<string, number>> = { info: 1, spawn: 2, kill: 4, lifecycle: 8 };
/** Linear memory, and the end of the window that the component can address. */
const LINEAR = 0x20_0000n;
const WINDOW_END = LINEAR + (8n << 30n);

export interface Files {
  layout: string;
  certificate: string;
  /** Resolved manifest. */
  manifest: string;
}

/** What is wrong, one line each; nothing if the layout is as certified. */
export function check(files: Files): string[] {
  const layout = JSON.parse(files.layout) as Layout;
  const certificate = JSON.parse(files.certificate) as Certificate;
  const found: string[] = [];
  const complain = (text: string): void => void found.push(text);
  checkOrigin(files, layout, certificate, complain);
  checkClosure(layout, certificate.declared, complain);
  checkMemory(layout, certificate, complain);
  checkOrder(layout, certificate, complain);
  checkStacks(layout, certificate, complain);
  return found;
}

type Complain = (text: string) => void;

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The three files belong together, and what is declared is what the manifest says. */
function checkOrigin(files: Files, layout: Layout, certificate: Certificate, complain: Complain): void {
  if (certificate.format !== 'cohesix-certificate/v1') complain(`origin: format ${certificate.format} is unknown`);
  if (certificate.layout_sha256 !== sha256(files.layout)) complain('origin: the certificate is of another layout');
  const manifest = sha256(files.manifest);
  if (certificate.manifest_sha256 !== manifest) complain('origin: the certificate is of another manifest');
  if (layout.manifestSha256 !== manifest) complain('origin: the layout is of another manifest');
  // A manifest without [protection] has the default domains; then the certificate is their only declaration.
  const { protection } = JSON.parse(files.manifest) as { protection?: Declared };
  if (protection === undefined) return;
  for (const table of ['domains', 'rings', 'calls', 'dma'] as const) {
    const said = protection[table];
    const declared = certificate.declared[table];
    const isSame = declared.every((entry, index) => {
      const source = said[index] as unknown as Record<string, unknown> | undefined;
      return Object.entries(entry).every(([key, value]) => JSON.stringify(source?.[key]) === JSON.stringify(value));
    });
    if (said.length !== declared.length || !isSame) complain(`origin: ${table} are not those of the manifest`);
  }
}

// ---- Closure --------------------------------------------------------------------------------------------------------

/** What a capability is good for, as text: object, rights, kind of badge. */
function checkClosure(layout: Layout, declared: Declared, complain: Complain): void {
  const names = declared.domains.map(({ name }) => name);
  if (JSON.stringify(names) !== JSON.stringify(layout.domains.map(({ name }) => name))) {
    complain('closure: the domains are not those that are declared');
    return;
  }
  let instance = 0;
  layout.domains.forEach((domain, index) => {
    const entry = declared.domains[index];
    if (entry === undefined) return;
    if (domain.instances !== entry.instances || domain.firstInstance !== instance || domain.pool !== entry.pool) {
      complain(`closure: ${domain.name} has other instances than declared`);
    }
    instance += domain.instances;
    checkCapabilities(domain, expectedOf(entry, declared), layout, complain);
    const mask = entry.supervisor.reduce((bits, name) => bits | (SUPERVISOR_BITS[name] ?? 1 << 30), 0);
    if (domain.rpc !== mask) complain(`closure: ${domain.name} may make supervisor calls ${domain.rpc}, not ${mask}`);
    if (domain.mcp !== 0) complain(`closure: ${domain.name} may raise priorities`);
  });
  checkSignals(layout, complain);
}

function expectedOf(entry: Declared['domains'][number], { rings, calls }: Declared): string[] {
  const { name } = entry;
  return [
    `supervisor ${WRITE | GRANT_REPLY} fault`,
    `events of ${name} ${READ} literal`,
    ...(entry.server ? [`endpoint of ${name} ${READ} literal`] : []),
    ...(entry.supervisor.length > 0 ? [`supervisor ${WRITE | GRANT_REPLY} rpc`] : []),
    ...calls
      .filter(({ clients }) => clients.includes(name))
      .map(({ server }) => `endpoint of ${server} ${WRITE | GRANT_REPLY} instance`),
    ...rings
      .filter(({ producer, consumer }) => name === producer || (name === consumer && producer !== 'roottask'))
      .map(({ producer, consumer }) => `events of ${name === producer ? consumer : producer} ${WRITE} literal`),
    ...entry.interrupts.map((device) => `interrupt of ${device} 15 literal`),
  ];
}

function checkCapabilities(domain: Domain, expected: string[], layout: Layout, complain: Complain): void {
  const left = [...expected];
  const slots = new Set<number>();
  const interrupts = new Set<number>();
  for (const capability of domain.capabilities) {
    const { slot, rights, badge } = capability;
    const text = `${objectOf(capability, domain, layout)} ${rights} ${badge.kind}`;
    const isFurther = isFurtherInterrupt(capability, layout) && !interrupts.has(capability.index);
    if (rights === 15) interrupts.add(capability.index);
    const at = left.indexOf(text);
    if (at === -1 && !(isFurther && expected.includes(text)))
      complain(`closure: ${domain.name}, slot ${slot}: nobody declared "${text}"`);
    else if (at !== -1) left.splice(at, 1);
    if (slot < 1 || slot >= 2 ** domain.cnodeBits || slots.has(slot)) {
      complain(`closure: ${domain.name}, slot ${slot} is taken or does not exist`);
    }
    slots.add(slot);
    // Only these give nothing beyond themselves: no CNode, no untyped memory, no thread, no address space.
    if (capability.source === 'shared' && !isHarmless(layout.shared[capability.index])) {
      complain(`closure: ${domain.name}, slot ${slot} gives a way to other capabilities`);
    }
  }
  for (const text of left) complain(`closure: ${domain.name} lacks "${text}"`);
  const fault = domain.capabilities.find(({ slot }) => slot === domain.faultSlot);
  if (fault?.badge.kind !== 'fault') complain(`closure: faults of ${domain.name} go nowhere`);
}

/** A device may have several interrupts; the further ones are numbered. */
function isFurtherInterrupt({ source, index }: Capability, { shared }: Layout): boolean {
  const object = shared[index];
  return source === 'shared' && object?.kind === 'irq' && deviceOf(object.name) !== object.name;
}

/** Several pages and interrupts of one device have its name and a number. */
function deviceOf(name: string): string {
  return name.replace(/ \+ \d+$/, '');
}

function isHarmless(object: Shared | undefined): boolean {
  if (object?.kind === 'irq') return true;
  return object?.kind === 'object' && (object.type === TYPE.endpoint || object.type === TYPE.notification);
}

function objectOf({ source, index }: Capability, domain: Domain, { shared }: Layout): string {
  if (source === 'supervisor') return 'supervisor';
  if (source === 'shared') return deviceOf(shared[index]?.name ?? `shared object ${index}`);
  if (source === 'private' && domain.events.source === 'private' && domain.events.index === index) {
    return typesOf(domain)[index] === TYPE.notification ? `events of ${domain.name}` : `private object ${index}`;
  }
  return `${source} object ${index}`;
}

/** Type of each private object, by its place. */
function typesOf(domain: Domain): number[] {
  return domain.private.flatMap(({ type, count }) => Array.from({ length: count }, () => type));
}

/** A bit of a notification means one thing: it has one source. */
function checkSignals({ domains, shared, rootChannels }: Layout, complain: Complain): void {
  const signals = [
    ...shared.flatMap(({ signals: s }) => (s === undefined ? [] : [s])),
    ...rootChannels.map(({ peerEvents }) => peerEvents),
    ...domains.flatMap(({ capabilities }) =>
      capabilities
        .filter(({ source, rights, badge, index }) => {
          return source === 'shared' && rights === WRITE && badge.kind === 'literal' && shared[index]?.type === 3;
        })
        .map(({ index, badge }) => ({ object: index, badge: badge.value })),
    ),
  ];
  const taken = new Set<string>();
  for (const { object, badge } of signals) {
    const value = BigInt(badge);
    const key = `${object} ${badge}`;
    if (value < 2n || (value & (value - 1n)) !== 0n || value >= 1n << 62n || taken.has(key)) {
      complain(`closure: badge ${badge} of ${shared[object]?.name ?? object} is not one free bit`);
    }
    taken.add(key);
  }
}

// ---- Memory ---------------------------------------------------------------------------------------------------------

function checkMemory(layout: Layout, certificate: Certificate, complain: Complain): void {
  for (const domain of layout.domains) {
    checkPages(domain, layout, complain);
    checkUntyped(domain, complain);
  }
  checkHolders(layout, certificate, complain);
  checkDevices(layout, certificate, complain);
  checkArchive(layout, complain);
}

function checkPages(domain: Domain, { shared }: Layout, complain: Complain): void {
  const types = typesOf(domain);
  const addresses = new Set<bigint>();
  const used = new Set<number>();
  for (const { vaddr, source, index, rights, attributes } of domain.mappings) {
    const place = `memory: ${domain.name}, page ${vaddr}`;
    const address = BigInt(vaddr);
    if (source === 'private') {
      if (types[index] !== (rights === 0 ? TYPE.table : TYPE.page)) complain(`${place}: object ${index} is no page`);
      if (used.has(index)) complain(`${place}: object ${index} is mapped twice`);
      used.add(index);
    }
    if (rights === 0) continue;
    if (addresses.has(address)) complain(`${place}: mapped twice`);
    addresses.add(address);
    if (address % PAGE !== 0n || address < PAGE || address >= WINDOW_END)
      complain(`${place}: outside the address space`);
    const isWritable = (rights & WRITE) !== 0;
    const isExecutable = (attributes & EXECUTE_NEVER) === 0;
    if ((rights & ~(READ | WRITE)) !== 0) complain(`${place}: rights ${rights}`);
    if (isWritable && isExecutable) complain(`${place}: writable and executable`);
    if (isExecutable && source !== 'archive') complain(`${place}: executable, but not from the archive`);
    if (isWritable && source !== 'private' && source !== 'shared') complain(`${place}: ${source} is writable`);
    if (source === 'shared' && domain.instances > 1) complain(`${place}: shared by instances of a pool`);
    if (source === 'shared' && (attributes === DEVICE_MEMORY) !== (shared[index]?.kind === 'device')) {
      complain(`${place}: attributes ${attributes}`);
    }
  }
  checkGuards(domain, addresses, complain);
}

/** What grows down or runs over an end meets nothing. */
function checkGuards(domain: Domain, addresses: ReadonlySet<bigint>, complain: Complain): void {
  const bottom = BigInt(domain.stackTop) - BigInt(domain.stackBytes);
  if (addresses.has(bottom - PAGE)) complain(`memory: ${domain.name} has no guard below its stack`);
  for (let at = bottom; at < BigInt(domain.stackTop); at += PAGE) {
    if (!addresses.has(at)) complain(`memory: ${domain.name} has a hole in its stack`);
  }
  const windows = domain.mappings.filter(({ source, vaddr }) => source === 'shared' && BigInt(vaddr) >= LINEAR);
  for (const { vaddr, index } of windows) {
    const below = domain.mappings.find((m) => m.rights !== 0 && BigInt(m.vaddr) === BigInt(vaddr) - PAGE);
    // The page below is of the same run of frames, or nothing.
    if (below !== undefined && !(below.source === 'shared' && below.index === index - 1)) {
      complain(`memory: ${domain.name} has no guard below ${vaddr}`);
    }
  }
}

/** The private objects of an instance fit its untyped memory in the order in which they are made. */
function checkUntyped(domain: Domain, complain: Complain): void {
  let end = 0;
  for (const { type, sizeBits, count } of domain.private) {
    const bits = type === TYPE.cnode ? 5 + sizeBits : FIXED_BITS[type];
    if (bits === undefined) complain(`memory: ${domain.name} has objects of type ${type}`);
    const size = 2 ** (bits ?? 0);
    end = Math.ceil(end / size) * size + size * count;
  }
  if (end > 2 ** domain.untypedBits) complain(`memory: the objects of ${domain.name} do not fit its untyped memory`);
}

/** Who sees a shared frame is exactly who is declared for its channel, its buffer or its device. */
function checkHolders(layout: Layout, { holders, declared }: Certificate, complain: Complain): void {
  const certified = new Map(holders.map((entry) => [entry.object, entry.holders.join(', ')]));
  const allowed = new Map<string, readonly string[]>();
  for (const { name, producer, consumer } of declared.rings) allowed.set(`channel ${name}`, [producer, consumer]);
  for (const { name, clients, server } of declared.calls) allowed.set(`channel ${name}`, [...clients, server]);
  for (const { name, devices } of declared.domains)
    for (const device of devices) allowed.set(`device ${device}`, [name]);
  for (const { name, device } of declared.dma) allowed.set(`dma ${name}`, allowed.get(`device ${device}`) ?? []);
  layout.shared.forEach(({ name }, object) => {
    const mapped = layout.domains.filter(({ mappings }) => mappings.some((m) => isOf(m, object))).map((d) => d.name);
    const isRoots = layout.rootChannels.some(({ frames: f }) => object >= f.first && object < f.first + f.count);
    const all = [...mapped, ...(isRoots ? ['roottask'] : [])].sort();
    if ((certified.get(object) ?? '') !== all.join(', ')) {
      complain(`memory: ${name} is seen by ${all.join(', ') || 'nobody'}, not as certified`);
    }
    if (all.length > 2) complain(`memory: ${name} is seen by more than two`);
    const owner = deviceOf(/^frame \d+ of (.*)$/.exec(name)?.[1] ?? name);
    for (const holder of all) {
      if (allowed.get(owner)?.includes(holder) !== true) complain(`memory: ${name} is not for ${holder}`);
    }
    for (const { name: domain, mappings } of layout.domains) {
      if (mappings.filter((m) => isOf(m, object)).length > 1) complain(`memory: ${domain} maps ${name} twice`);
    }
  });
}

function isOf({ source, index }: Mapping, object: number): boolean {
  return source === 'shared' && index === object;
}

/** Registers of different devices are different pages, and none of them is RAM. */
function checkDevices({ shared }: Layout, { board }: Certificate, complain: Complain): void {
  const pages = new Map<bigint, string>();
  const interrupts = new Map<number, string>();
  for (const { kind, name, detail, bits } of shared) {
    if (kind === 'device') {
      const page = BigInt(detail) / PAGE;
      if (pages.has(page)) complain(`memory: ${name} and ${pages.get(page) ?? ''} are one page`);
      pages.set(page, name);
      if (BigInt(detail) >= BigInt(board.ram_start) && BigInt(detail) < BigInt(board.ram_end)) {
        complain(`memory: ${name} is RAM`);
      }
    }
    if (kind !== 'irq') continue;
    if (interrupts.has(bits)) complain(`memory: ${name} and ${interrupts.get(bits) ?? ''} are one interrupt`);
    interrupts.set(bits, name);
  }
}

/** A page of the archive belongs to one component, and only its domain maps it. */
function checkArchive({ archive, domains }: Layout, complain: Complain): void {
  const owner = new Map<number, string>();
  for (const { component, segment, pages, firstPage } of archive) {
    for (let page = firstPage; page < firstPage + pages; page++) {
      if (owner.has(page)) complain(`memory: page ${page} of the archive is in two segments`);
      owner.set(page, `${component} ${segment}`);
    }
  }
  for (const { name, component, mappings } of domains) {
    for (const { source, index, attributes } of mappings) {
      if (source !== 'archive') continue;
      const segment = (attributes & EXECUTE_NEVER) === 0 ? 'text' : 'rodata';
      if (owner.get(index) !== `${component} ${segment}`) {
        complain(`memory: ${name} maps page ${index} of the archive, which is ${owner.get(index) ?? 'nothing'}`);
      }
    }
  }
}

// ---- Order and stacks -----------------------------------------------------------------------------------------------

/** Calls go up in rank and in priority, and the table of calls is that of the capabilities. */
function checkOrder({ domains, shared }: Layout, { ranks }: Certificate, complain: Complain): void {
  for (const domain of domains) {
    const { name, priority, calls, capabilities } = domain;
    if (priority < 1 || priority >= ROOT_PRIORITY) complain(`order: ${name} has priority ${priority}`);
    const slots = capabilities.filter(({ badge }) => badge.kind === 'instance').map(({ slot }) => slot);
    if (JSON.stringify(slots) !== JSON.stringify(calls.map(({ slot }) => slot))) {
      complain(`order: the calls of ${name} are not those of its capabilities`);
    }
    for (const { slot, server } of calls) {
      const callee = domains.find((d) => server >= d.firstInstance && server < d.firstInstance + d.instances);
      const endpoint = capabilities.find((capability) => capability.slot === slot);
      if (callee === undefined || shared[endpoint?.index ?? -1]?.name !== `endpoint of ${callee.name}`) {
        complain(`order: ${name} calls another server than its capability leads to`);
        continue;
      }
      const [from, to] = [ranks[name], ranks[callee.name]];
      if (from === undefined || to === undefined || !(from < to))
        complain(`order: ${name} calls ${callee.name}, not up`);
      if (callee.priority <= priority) complain(`order: ${name} calls ${callee.name} of no higher priority`);
    }
  }
}

function checkStacks({ domains }: Layout, { stacks }: Certificate, complain: Complain): void {
  for (const { name, stackBytes } of domains) {
    const bound = stacks.find(({ domain }) => domain === name);
    if (bound === undefined) complain(`stack: ${name} is not certified`);
    else if (bound.stack_bytes !== stackBytes) complain(`stack: ${name} has ${stackBytes} bytes, not as certified`);
    else if (bound.worst_case_bytes === null) complain(`stack: no worst case is known for ${name}`);
    else if (bound.worst_case_bytes > stackBytes) {
      complain(`stack: ${name} needs ${bound.worst_case_bytes} bytes and has ${stackBytes}`);
    }
  }
}

// ---- Command --------------------------------------------------------------------------------------------------------

function main(directory: string): number {
  const read = (file: string): string => readFileSync(join(directory, file), 'utf8');
  let found: string[];
  try {
    const files = {
      layout: read('layout.json'),
      certificate: read('certificate.json'),
      manifest: read('manifest.json'),
    };
    found = check(files);
  } catch (error) {
    found = [`origin: ${error instanceof Error ? error.message : String(error)}`];
  }
  for (const text of found) process.stderr.write(`${text}\n`);
  if (found.length === 0) process.stdout.write(`${directory}: the layout is as certified\n`);
  return found.length === 0 ? 0 : 1;
}

if (resolve(process.argv[1] ?? '') === fileURLToPath(import.meta.url)) process.exitCode = main(process.argv[2] ?? '.');
