/**
 * The generated parts of docs/capability-layout.md. They follow from the plan alone, so that the page changes with the
 * manifest and not with every line of code in a component.
 */
import { DEVICE_WINDOW, DOMAIN_TABLE, LINEAR_MEMORY, PAGE_BYTES } from '../address.ts';
import type { Capability } from '../format.ts';
import { type DomainPlan, type PlannedDomain, ROOT_TASK } from '../plan.ts';
import { RIGHTS } from '../sel4.ts';

/** By name of the part. */
export const LAYOUT_PARTS: Readonly<Record<string, (plan: DomainPlan) => string>> = {
  layout_graph: graph,
  layout_channels: channels,
  layout_domains: domains,
  layout_capabilities: capabilities,
  layout_memory: memory,
  layout_events: events,
};

interface Edge {
  from: string;
  to: string;
  kind: 'ring' | 'call' | 'supervisor' | 'device';
  name: string;
  bytes: number;
}

function edgesOf({ protection }: DomainPlan): Edge[] {
  const { domains: all, rings, calls } = protection;
  return [
    ...all.flatMap(({ name, devices, interrupts }) =>
      [...new Set([...devices, ...interrupts])].map((device): Edge => {
        const what = [
          ...(devices.includes(device) ? ['registers'] : []),
          ...(interrupts.includes(device) ? ['interrupt'] : []),
        ];
        return { from: device, to: name, kind: 'device', name: what.join(', '), bytes: 0 };
      }),
    ),
    ...rings.map(({ name, producer, consumer, bytes }): Edge => {
      return { from: producer, to: consumer, kind: 'ring', name, bytes };
    }),
    ...calls.flatMap(({ name, clients, server, bytes }) =>
      clients.map((client): Edge => ({ from: client, to: server, kind: 'call', name, bytes })),
    ),
    ...all.flatMap(({ name, supervisor }): Edge[] => {
      if (supervisor.length === 0) return [];
      return [{ from: name, to: ROOT_TASK, kind: 'supervisor', name: supervisor.join(', '), bytes: 0 }];
    }),
  ];
}

const ARROWS = { ring: '-->', call: '==>', supervisor: '-.->', device: '---' } as const;

function graph(plan: DomainPlan): string {
  const edges = edgesOf(plan);
  const node = (name: string): string => name.replaceAll('-', '_');
  const devices = new Set(edges.filter(({ kind }) => kind === 'device').map(({ from }) => from));
  const label = ({ kind, name, bytes }: Edge): string => {
    const size = bytes === 0 ? '' : `, ${bytes / 1024} KiB`;
    return kind === 'device' ? name : `${kind} ${name}${size}`;
  };
  return [
    '```mermaid',
    'graph LR',
    `    ${ROOT_TASK}["${ROOT_TASK}<br/>priority 254"]`,
    ...plan.domains.map(({ entry }) => {
      const count = entry.pool ? ` × ${entry.instances}` : '';
      return `    ${node(entry.name)}["${entry.name}${count}<br/>priority ${entry.priority}"]`;
    }),
    ...[...devices].map((name) => `    ${node(name)}(["${name}"])`),
    ...edges.map((edge) => `    ${node(edge.from)} ${ARROWS[edge.kind]}|"${label(edge)}"| ${node(edge.to)}`),
    '```',
  ].join('\n');
}

/** The graph once more, for readers without a renderer. */
function channels(plan: DomainPlan): string {
  const rows = edgesOf(plan).map(({ from, to, kind, name, bytes }) => [
    from,
    ARROWS[kind],
    to,
    kind,
    name,
    bytes === 0 ? '' : String(bytes),
  ]);
  return ['```text', ...columns([['from', '', 'to', 'kind', 'name', 'bytes'], ...rows]), '```'].join('\n');
}

function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function domains(plan: DomainPlan): string {
  const head = [
    ...['domain', 'component', 'instances', 'first', 'priority', 'memory', 'stack'],
    ...['restarts', 'watchdog', 'supervisor calls'],
  ];
  const rows = plan.domains.map(({ entry, firstInstance }) => [
    entry.name,
    entry.component,
    String(entry.instances),
    String(firstInstance),
    String(entry.priority),
    bytesText(entry.memory_bytes),
    bytesText(entry.stack_bytes),
    entry.restart.max === 0 ? 'none' : `${entry.restart.max} in ${entry.restart.window_ms / 1000} s`,
    `${entry.watchdog_ms} ms`,
    entry.supervisor.join(', ') || 'none',
  ]);
  return markdown(head, rows);
}

function capabilities(plan: DomainPlan): string {
  const rows = plan.domains.flatMap(({ entry, capabilities: all }) =>
    all.map((capability) => [
      entry.name,
      String(capability.slot),
      objectText(plan, entry.name, capability),
      rightsText(capability),
      badgeText(capability),
      capability.why,
    ]),
  );
  return markdown(['holder', 'slot', 'object', 'rights', 'badge', 'why'], rows);
}

function objectText({ shared }: DomainPlan, holder: string, { source, index }: Capability): string {
  if (source === 'supervisor') return 'supervisor endpoint';
  if (source === 'private') return `events of the instance of ${holder}`;
  return shared[index]?.name ?? '?';
}

function rightsText({ rights }: Capability): string {
  if (rights === RIGHTS.call) return 'write, grant reply';
  if (rights === RIGHTS.all) return 'all';
  const names = [
    ...((rights & RIGHTS.read) === 0 ? [] : ['read']),
    ...((rights & RIGHTS.write) === 0 ? [] : ['write']),
  ];
  return names.join(', ');
}

function badgeText({ badge }: Capability): string {
  switch (badge.kind) {
    case 'fault':
      return 'fault of instance and generation';
    case 'rpc':
      return 'supervisor call of instance';
    case 'instance':
      return 'client instance';
    case 'literal':
      return badge.value === 0n ? 'none' : hex(badge.value);
  }
}

/** Everything that is mapped and that somebody else also has: devices, channels, the domain table. */
function memory(plan: DomainPlan): string {
  const rows = plan.domains.flatMap((domain) =>
    [
      ...domain.regions.map(({ device }, n) => [
        hex(DEVICE_WINDOW + BigInt(n * PAGE_BYTES)),
        '1',
        `device ${device}`,
        'read, write',
      ]),
      [hex(DOMAIN_TABLE), '1', 'domain table', 'read'],
      ...domain.windows.map(({ channel, kind, offset, frames }) => [
        hex(LINEAR_MEMORY + BigInt(offset)),
        String(frames.count),
        `frames of ${kind === 'dma' ? 'DMA buffer' : kind} ${channel}`,
        'read, write',
      ]),
    ].map((row) => [domain.entry.name, ...row]),
  );
  return markdown(['holder', 'address', 'pages', 'object', 'rights'], rows);
}

function events(plan: DomainPlan): string {
  const rows = plan.domains.flatMap((domain) => [
    [domain.entry.name, '0', 'root task: poke or tick'],
    ...domain.eventBits.map(({ source, kind, bit }) => [
      domain.entry.name,
      String(bit),
      eventText(plan, domain, source, kind),
    ]),
  ]);
  return markdown(['holder', 'bit', 'source'], rows);
}

function eventText(plan: DomainPlan, { entry }: PlannedDomain, source: string, kind: 'irq' | 'ring'): string {
  if (kind === 'irq') return `interrupt of ${source}`;
  const ring = plan.protection.rings.find(({ name }) => name === source);
  return ring?.consumer === entry.name
    ? `data in ring ${source}, from ${ring.producer}`
    : `space in ring ${source}, from ${ring?.consumer ?? '?'}`;
}

function bytesText(bytes: number): string {
  return bytes % (1 << 20) === 0 ? `${bytes >> 20} MiB` : `${bytes / 1024} KiB`;
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}

/** Columns padded as prettier would do it, so that the page stays as it is made. */
function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((cell, column) => Math.max(3, cell.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[], fill: string): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0, fill)).join(' | ')} |`;
  return [
    line(head, ' '),
    line(
      head.map(() => ''),
      '-',
    ),
    ...rows.map((row) => line(row, ' ')),
  ].join('\n');
}
