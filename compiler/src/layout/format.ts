// SPDX-License-Identifier: Apache-2.0
/**
 * The layout: what the compiler decides about protection domains and the root task carries out. One description in two
 * forms: `layout.json` for tools and people, `generated/layout.ts` for the root task. docs/domains.md explains the
 * terms.
 */

import type { ROLES } from '../manifest/schema/core.ts';

/** Where a capability or a mapping takes its object from. */
export const SOURCE = {
  /** Private object of the instance: index into its slot block. */
  private: 0,
  /** Shared object: index into `shared`. */
  shared: 1,
  /** Page of the archive: index of the page; rights at most read. */
  archive: 2,
  /** The supervisor endpoint (faults and RPC). */
  supervisor: 3,
  /** The domain table page. */
  domainTable: 4,
  /** Reserved for the CNode of the instance itself. */
  none: 5,
} as const;

export const SHARED_KIND = { object: 0, device: 1, irq: 2, dma: 3 } as const;

/** What a badge stands for; the root task computes the value from the instance. */
export const BADGE = {
  /** `value` itself. */
  literal: 0,
  /** Fault handler: 1 << 62 | generation << 16 | instance. */
  fault: 1,
  /** RPC: 1 << 61 | instance. */
  rpc: 2,
  /** Client of a server: the instance number. */
  instance: 3,
} as const;

/** Columns of the arrays of words in `generated/layout.ts`, in order; the module exports the place of each. */
export const COLUMNS = {
  SHARED: ['kind', 'type', 'bits', 'detail', 'signals_object', 'signals_badge'],
  ROOT_CHANNELS: ['first_frame', 'frames', 'offset', 'peer_events', 'badge'],
  DOMAINS: [
    ...[
      'first_instance',
      'instances',
      'is_pool',
      'priority',
      'mcp',
      'untyped_bits',
      'entry',
      'stack_top',
      'stack_bytes',
    ],
    ...['tcb', 'cnode', 'cnode_bits', 'vspace', 'ipc_buffer', 'status', 'events_source', 'events_index', 'fault_slot'],
    ...['private_start', 'private_rows', 'map_start', 'map_rows', 'cap_start', 'cap_rows', 'call_start', 'call_rows'],
    ...['block_slots', 'restart_max', 'restart_window_ms', 'restart_backoff_ms', 'watchdog_ms', 'rpc_mask'],
    ...['component', 'role'],
  ],
  PRIVATE: ['type', 'size_bits', 'count'],
  MAPS: ['vaddr', 'source', 'index', 'rights', 'attributes', 'in_root_task'],
  CAPS: ['slot', 'source', 'index', 'rights', 'badge_kind', 'badge'],
  CALLS: ['slot', 'server'],
} as const;

export interface SharedObject {
  /** For people: `events of uart`, `frame 0 of channel serial-rx`, `device pl011`, … */
  name: string;
  kind: keyof typeof SHARED_KIND;
  /** object and dma: seL4 object type; device: 0; irq: 0. */
  type: number;
  /** object and dma: size in bits; irq: interrupt number. */
  bits: number;
  /** device: physical address; irq: 1 for edge triggered. */
  detail: bigint;
  /** irq: the shared notification that it signals, and the badge. */
  signals?: { object: number; badge: bigint };
}

export interface PrivateObject {
  name: string;
  type: number;
  /** As seL4_Untyped_Retype takes it: 0 for fixed-size objects, slots in bits for a CNode. */
  sizeBits: number;
  count: number;
}

export interface Mapping {
  why: string;
  vaddr: bigint;
  source: keyof typeof SOURCE;
  index: number;
  /** 1 write, 2 read, as seL4 packs them. 0: a page table. */
  rights: number;
  /** seL4 VM attributes. */
  attributes: number;
  /** Map the same frame in the root task too, at its window for status pages. */
  inRootTask: boolean;
}

export interface Capability {
  why: string;
  slot: number;
  source: keyof typeof SOURCE;
  index: number;
  rights: number;
  badge: { kind: keyof typeof BADGE; value: bigint };
}

export interface DomainLayout {
  name: string;
  component: string;
  /** First instance number; a static domain has one instance, a pool several. */
  firstInstance: number;
  instances: number;
  pool: boolean;
  /** Of the workers of a pool. */
  role?: (typeof ROLES)[number];
  priority: number;
  mcp: number;
  /** Size of the untyped that one instance is made of. */
  untypedBits: number;
  entry: bigint;
  stackTop: bigint;
  stackBytes: number;
  /** Indexes into the slot block of the private objects that the root task handles by name. */
  tcb: number;
  cnode: number;
  cnodeBits: number;
  vspace: number;
  ipcBuffer: number;
  status: number;
  /** events: source of the notification that is bound to the TCB. */
  events: { source: 'private' | 'shared'; index: number };
  faultSlot: number;
  private: PrivateObject[];
  mappings: Mapping[];
  capabilities: Capability[];
  /**
   * Slots of one block in the root task's CSpace, in this order: private objects, one copy for every mapping that is
   * not of a private object (in the order of `mappings`), one copy for every mapping `inRootTask`, and the badged
   * `events` capability with which the root task pokes the instance.
   */
  blockSlots: number;
  restart: { max: number; window_ms: number; backoff_ms: number };
  watchdog_ms: number;
  /** Bit mask of supervisor calls that the domain may make (RPC in roottask/supervisor/rpc.ts). */
  rpc: number;
  /** Instances whose server this domain calls, by slot in its CNode: tells whom a caller waits for. */
  calls: { slot: number; server: number }[];
}

/** A channel with the root task at one end: it maps the frames in its own linear memory. */
export interface RootChannel {
  name: string;
  /** First shared object of its frames, and how many. */
  frames: { first: number; count: number };
  /** Offset in the root task's linear memory. */
  offset: number;
  /** Shared notification of the peer, and the badge that says "this channel". */
  peerEvents: { object: number; badge: bigint };
}

export interface Layout {
  board: string;
  manifestSha256: string;
  shared: SharedObject[];
  domains: DomainLayout[];
  rootChannels: RootChannel[];
  /** Instances over all domains. */
  instances: number;
  /** Pages of the archive, in order: component and segment of each. */
  archive: { component: string; segment: 'text' | 'rodata'; pages: number; firstPage: number }[];
  totals: { capabilities: number; slots: number; bytes: number };
}
