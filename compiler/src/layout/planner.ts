// SPDX-License-Identifier: Apache-2.0
/** Makes the plan of a manifest's domains on a board: objects first, then what refers to them. */
import { Failure } from '../../../diagnostics/diagnostic.ts';
import type { Board } from '../image/boards.ts';
import type { CompiledManifest } from '../manifest/compile.ts';
import { absentValue } from '../manifest/schema/dsl.ts';
import { ROOT_TASK_NAME } from '../manifest/schema/limits.ts';
import { type DomainEntry, type Protection, protection, SUPERVISOR_CALLS } from '../manifest/schema/protection.ts';
import { PAGE_BYTES, pagesOf, ROOT_PRIVATE_BYTES } from './address.ts';
import { boardChecks } from './board-checks.ts';
import { sizeChecks } from './checks.ts';
import { CapabilitySpace, SLOT_EVENTS, SLOT_FAULT } from './cspace.ts';
import { type Device, devicesOf, partName } from './devices.ts';
import type { RootChannel } from './format.ts';
import { constantName, type DomainPlan, OWN_EVENTS, type PlannedDomain, ROOT_EVENT_BIT, type Window } from './plan.ts';
import { present } from '../internal.ts';
import { OBJECT, RIGHTS } from './sel4.ts';
import { SharedObjects } from './shared.ts';

export function protectionOf({ manifest }: CompiledManifest): Protection {
  return manifest.protection ?? (absentValue(protection) as Protection);
}

/** Throws a `Failure` for what does not fit the board; what is wrong in itself was refused with the manifest. */
export function planDomains(manifest: CompiledManifest, board: Board): DomainPlan {
  const entries = protectionOf(manifest);
  const found = [...boardChecks(manifest, entries, board), ...sizeChecks(manifest, entries)];
  if (found.length > 0) throw new Failure(found);
  return new Planner(manifest, entries, board).plan();
}

class Planner {
  private readonly manifest: CompiledManifest;
  private readonly protection: Protection;
  private readonly board: Board;
  private readonly devices: ReadonlyMap<string, Device>;
  private readonly shared = new SharedObjects();
  private readonly domains: PlannedDomain[];

  constructor(manifest: CompiledManifest, entries: Protection, board: Board) {
    this.manifest = manifest;
    this.protection = entries;
    this.board = board;
    this.devices = devicesOf(board);
    let instance = 0;
    this.domains = entries.domains.map((entry, index) => {
      const firstInstance = instance;
      instance += entry.instances;
      return newDomain(entry, index, firstInstance);
    });
  }

  plan(): DomainPlan {
    this.addObjects();
    for (const domain of this.domains) {
      this.addEventBits(domain);
      this.addRegions(domain);
      this.addWindows(domain);
    }
    for (const domain of this.domains) this.addCapabilities(domain);
    const instances = this.domains.reduce((sum, { entry }) => sum + entry.instances, 0);
    return {
      board: this.board,
      manifest: this.manifest,
      protection: this.protection,
      shared: this.shared.objects,
      domains: this.domains,
      instances,
      root: this.rootSpace(instances),
    };
  }

  /** All shared objects, each kind in the order of the manifest: what an object refers to comes before it. */
  private addObjects(): void {
    const { rings, calls, dma } = this.protection;
    for (const domain of this.domains) {
      if (domain.entry.pool) continue;
      domain.events = this.shared.object(`events of ${domain.entry.name}`, OBJECT.notification, 5);
    }
    for (const { entry } of this.domains) {
      if (entry.server) this.shared.object(`endpoint of ${entry.name}`, OBJECT.endpoint, 4);
    }
    for (const { name, bytes } of [...rings, ...calls]) this.shared.frames('channel', name, pagesOf(bytes));
    for (const { name, bytes } of dma) this.shared.frames('dma', name, pagesOf(bytes));
    for (const { entry } of this.domains) {
      for (const device of entry.devices) {
        const { base, pages } = this.device(device);
        const first = present(base, `address of ${device}`);
        for (let n = 0; n < pages; n++) this.shared.device(partName(device, n), first + BigInt(n * PAGE_BYTES));
      }
    }
  }

  private addEventBits(domain: PlannedDomain): void {
    const { name, interrupts } = domain.entry;
    let bit = ROOT_EVENT_BIT + 1;
    for (const device of interrupts) {
      const { irq, irqs, isEdgeTriggered } = this.device(device);
      const first = present(irq, `interrupt number of ${device}`);
      for (let n = 0; n < irqs; n++) {
        const signals = { object: eventsOf(domain), badge: 1n << BigInt(bit) };
        this.shared.irq(partName(device, n), first + n, isEdgeTriggered, signals);
        domain.eventBits.push({ source: partName(device, n), kind: 'irq', bit: bit++ });
      }
    }
    for (const ring of this.protection.rings) {
      if (ring.producer !== name && ring.consumer !== name) continue;
      domain.eventBits.push({ source: ring.name, kind: 'ring', bit: bit++ });
    }
  }

  private addRegions(domain: PlannedDomain): void {
    for (const device of domain.entry.devices) {
      for (let n = 0; n < this.device(device).pages; n++) {
        const part = partName(device, n);
        domain.regions.push({ device: part, object: this.shared.index(`device ${part}`) });
      }
    }
  }

  private addWindows(domain: PlannedDomain): void {
    const { name, devices } = domain.entry;
    const add = (channel: string, kind: Window['kind'], bytes: number, peer: string | undefined): void => {
      // One page in front of every window stays unmapped, so that running over an end is a fault.
      const offset = domain.linearBytes + PAGE_BYTES;
      const frames = this.shared.framesOf(kind === 'dma' ? 'dma' : 'channel', channel);
      const at =
        peer === undefined || peer === ROOT_TASK_NAME
          ? undefined
          : present(this.domain(peer), `domain ${peer}`).firstInstance;
      domain.windows.push({ channel, kind, offset, bytes, frames, ...(at === undefined ? {} : { peer: at }) });
      domain.linearBytes = offset + bytes;
    };
    for (const ring of this.protection.rings) {
      if (ring.producer === name) add(ring.name, 'ring', ring.bytes, ring.consumer);
      else if (ring.consumer === name) add(ring.name, 'ring', ring.bytes, ring.producer);
    }
    for (const call of this.protection.calls) {
      if (call.bytes === 0) continue;
      if (call.clients.includes(name)) add(call.name, 'call', call.bytes, call.server);
      else if (call.server === name) add(call.name, 'call', call.bytes, call.clients[0]);
    }
    for (const buffer of this.protection.dma) {
      if (devices.includes(buffer.device)) add(buffer.name, 'dma', buffer.bytes, undefined);
    }
  }

  /** The capability space: fixed slots first, then one slot a capability, in the order of docs/domains.md. */
  private addCapabilities(domain: PlannedDomain): void {
    const { entry } = domain;
    const space = new CapabilitySpace(domain);
    space.fixed(SLOT_FAULT, 'fault handler', 'supervisor', 0, RIGHTS.call, { kind: 'fault', value: 0n });
    if (entry.pool) space.fixed(SLOT_EVENTS, 'own events', 'private', OWN_EVENTS, RIGHTS.read);
    else space.fixed(SLOT_EVENTS, 'own events', 'shared', eventsOf(domain), RIGHTS.read);
    space.name('EVENTS', SLOT_EVENTS);
    if (entry.server) {
      space.add('SERVER', 'own server endpoint', 'shared', this.endpointOf(entry.name), RIGHTS.read);
    }
    this.addCalls(domain, space);
    if (domain.rpc !== 0) {
      const why = `supervisor calls: ${entry.supervisor.join(', ')}`;
      space.add('SUPERVISOR', why, 'supervisor', 0, RIGHTS.call, { kind: 'rpc', value: 0n });
    }
    this.addSignals(domain, space);
    for (const device of entry.interrupts) {
      for (let n = 0; n < this.device(device).irqs; n++) {
        const what = `interrupt of ${partName(device, n)}`;
        space.add(`IRQ_${partConstant(device, n)}`, what, 'shared', this.shared.index(what), RIGHTS.all);
      }
    }
    domain.cnodeBits = space.bits();
  }

  private addCalls(domain: PlannedDomain, space: CapabilitySpace): void {
    const { name } = domain.entry;
    for (const { name: channel, clients, server } of this.protection.calls) {
      if (server === name) {
        for (const client of clients) {
          const { firstInstance, entry } = present(this.domain(client), `client ${client}`);
          domain.clients.push({ channel, domain: client, firstInstance, instances: entry.instances });
        }
      } else if (clients.includes(name)) {
        const instance = present(this.domain(server), `server ${server}`).firstInstance;
        const slot = space.add(
          `CALL_${constantName(channel)}`,
          `call ${server} over channel ${channel}`,
          'shared',
          this.endpointOf(server),
          RIGHTS.call,
          { kind: 'instance', value: 0n },
        );
        domain.calls.push({ slot, server: instance });
        domain.servers.push({ channel, instance });
      }
    }
  }

  private addSignals(domain: PlannedDomain, space: CapabilitySpace): void {
    const { name } = domain.entry;
    for (const { name: channel, producer, consumer } of this.protection.rings) {
      if (name !== producer && name !== consumer) continue;
      const [peerName, what] = name === producer ? [consumer, 'data'] : [producer, 'space'];
      // The root task never waits for space in a ring, so nobody tells it.
      if (peerName === ROOT_TASK_NAME) continue;
      const peer = present(this.domain(peerName), `domain ${peerName}`);
      const badge = { kind: 'literal', value: ringBadge(peer, channel) } as const;
      const why = `tell ${peerName} of ${what} in ring ${channel}`;
      space.add(`SIGNAL_${constantName(channel)}`, why, 'shared', eventsOf(peer), RIGHTS.write, badge);
    }
  }

  private rootSpace(instances: number): DomainPlan['root'] {
    const statusOffset = ROOT_PRIVATE_BYTES;
    const tableOffset = statusOffset + instances * PAGE_BYTES;
    let spanBytes = tableOffset + PAGE_BYTES;
    const channels: RootChannel[] = [];
    for (const { name, producer, consumer, bytes } of this.protection.rings) {
      if (producer !== ROOT_TASK_NAME) continue;
      const peer = present(this.domain(consumer), `consumer ${consumer}`);
      const offset = spanBytes + PAGE_BYTES;
      spanBytes = offset + bytes;
      const peerEvents = { object: eventsOf(peer), badge: ringBadge(peer, name) };
      channels.push({ name, frames: this.shared.framesOf('channel', name), offset, peerEvents });
    }
    return { statusOffset, tableOffset, spanBytes, channels };
  }

  private domain(name: string): PlannedDomain | undefined {
    return this.domains.find(({ entry }) => entry.name === name);
  }

  private device(name: string): Device {
    return present(this.devices.get(name), `device ${name}`);
  }

  private endpointOf(server: string): number {
    return this.shared.index(`endpoint of ${server}`);
  }
}

function newDomain(entry: DomainEntry, index: number, firstInstance: number): PlannedDomain {
  return {
    entry,
    index,
    firstInstance,
    rpc: entry.supervisor.reduce((mask, name) => mask | SUPERVISOR_CALLS[name], 0),
    capabilities: [],
    cnodeBits: 0,
    regions: [],
    eventBits: [],
    slots: [],
    windows: [],
    linearBytes: entry.memory_bytes,
    calls: [],
    clients: [],
    servers: [],
  };
}

/** Shared notification of a domain that is no pool. */
function eventsOf({ entry, events }: PlannedDomain): number {
  return present(events, `notification of ${entry.name}`);
}

function ringBadge(peer: PlannedDomain, channel: string): bigint {
  const bit = peer.eventBits.find(({ kind, source }) => kind === 'ring' && source === channel)?.bit;
  return 1n << BigInt(present(bit, `event of ${peer.entry.name} for ring ${channel}`));
}

function partConstant(device: string, n: number): string {
  return partName(constantName(device), n);
}
