// SPDX-License-Identifier: Apache-2.0
/**
 * The plan: everything about protection domains that does not depend on how large their components turn out to be.
 * Instances, shared objects, slots, badges and linear-memory offsets; a component is compiled with what stands here.
 * planner.ts makes it, `layoutDomains` (layout.ts) completes it.
 */
import type { Board } from '../image/boards.ts';
import type { CompiledManifest } from '../manifest/compile.ts';
import type { DomainEntry, Protection } from '../manifest/schema/protection.ts';
import type { Capability, RootChannel, SharedObject } from './format.ts';

/** Bit of every `events` word that the root task signals: poke or tick. */
export const ROOT_EVENT_BIT = 0;
/** Index of a pool's private notification until the objects of an instance are placed. */
export const OWN_EVENTS = -1;

/** Frames that are mapped behind the private memory of a domain, at `offset` of its linear memory. */
export interface Window {
  channel: string;
  kind: 'ring' | 'call' | 'dma';
  offset: number;
  bytes: number;
  frames: { first: number; count: number };
  /** First instance of the domain at the other end; absent for the root task and for devices. */
  peer?: number;
}

export interface PlannedDomain {
  entry: DomainEntry;
  /** Place in the manifest, for diagnostics. */
  index: number;
  firstInstance: number;
  rpc: number;
  /** Shared object of its notification; a pool's instances have private ones. */
  events?: number;
  /**
   * Capabilities of an instance; that of its own private notification has the source `private` and index OWN_EVENTS.
   */
  capabilities: Capability[];
  cnodeBits: number;
  /** Region n of the device window. */
  regions: { device: string; object: number }[];
  /** Bits of its `events`, without the root task's. */
  eventBits: { source: string; kind: 'irq' | 'ring'; bit: number }[];
  /** What stands in its generated module, by slot. */
  slots: { name: string; slot: number }[];
  windows: Window[];
  /** End of everything in its linear memory. */
  linearBytes: number;
  calls: { slot: number; server: number }[];
  /** Domains that call it. */
  clients: { channel: string; domain: string; firstInstance: number; instances: number }[];
  /** Servers that it calls, by channel. */
  servers: { channel: string; instance: number }[];
}

export interface DomainPlan {
  board: Board;
  manifest: CompiledManifest;
  protection: Protection;
  shared: SharedObject[];
  domains: PlannedDomain[];
  instances: number;
  root: {
    statusOffset: number;
    tableOffset: number;
    /** End of everything in the root task's linear memory. */
    spanBytes: number;
    channels: RootChannel[];
  };
}

/** `serial-in` → `SERIAL_IN`. */
export function constantName(name: string): string {
  return name.toUpperCase().replaceAll('-', '_');
}

/**
 * Name of a component's generated module, and of everything else that must be an identifier: `worker-gpu` →
 * `worker_gpu`.
 */
export function moduleName(component: string): string {
  return component.replaceAll('-', '_');
}
