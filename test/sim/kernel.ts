// SPDX-License-Identifier: Apache-2.0
/**
 * The kernel as the root task's wasm sees it, for tests in Node: boot information, untyped memory, capability spaces, mapped
 * device pages, threads, messages. It checks what the component asks for as the kernel would, as far as the root task's calls
 * go, and answers seL4's error codes.
 */
import { CapabilitySpace, ERROR, IRQ_HANDLER, makeObject, OTHER, TYPE, type SimObject } from './capabilities.ts';
import { Blocked, LinearMemory, Messages, type Message } from './component.ts';
import type { Device } from './devices.ts';

export { Blocked } from './component.ts';

export interface UntypedDesc {
  paddr: bigint;
  bits: number;
  device: boolean;
}

const DEVICE_WINDOW = 0xa000_0000n;
const PAGE_BYTES = 4096n;
/** Slots that the kernel fills; frames of the archive stand from FIRST_FRAME on. */
const INIT_TCB = 1n;
const INIT_CNODE = 2n;
const INIT_VSPACE = 3n;
const IRQ_CONTROL = 4n;
const ASID_POOL = 6n;
const FAULT_CAP = 0x10n;
const FIRST_FRAME = 0x20n;

/** Thrown by `halt`. */
export class Halted extends Error {}

export interface KernelOptions {
  untyped: readonly UntypedDesc[];
  devices: ReadonlyMap<bigint, Device>;
  /** Pages of the component archive. */
  archivePages: number;
  emptyStart?: bigint;
  emptyEnd?: bigint;
  cnodeBits?: bigint;
}

export class SimKernel {
  readonly space = new CapabilitySpace();
  readonly memory = new LinearMemory();
  readonly messages = new Messages();
  readonly bootinfo = new DataView(new ArrayBuffer(4096));
  /** Interrupt lines that are routed: line → notification and badge. */
  readonly irqs = new Map<bigint, { notification: SimObject; badge: bigint }>();
  /** Messages that wait for the root task's next receive. */
  readonly queue: (Message & { badge: bigint })[] = [];
  /** The root task's last answers. */
  readonly replies: Message[] = [];
  now = 0n;
  timerDeadline: bigint | undefined;
  /** Objects that the root task made. */
  made = 0;
  private readonly rootVspace = makeObject(TYPE.vspace);
  private readonly tcb = makeObject(TYPE.tcb);
  private bound: SimObject | undefined;

  constructor(private readonly options: KernelOptions) {
    this.writeBootinfo();
  }

  private writeBootinfo(): void {
    const { untyped, emptyStart = 0x1fbn, emptyEnd = 0x2000n, cnodeBits = 13n } = this.options;
    const first = emptyStart - BigInt(untyped.length);
    const word = (offset: number, value: bigint): void => this.bootinfo.setBigUint64(offset, value, true);
    word(32, 0x43_0000n);
    word(40, emptyStart);
    word(48, emptyEnd);
    word(136, cnodeBits);
    word(152, first);
    word(160, emptyStart);
    const slots = this.space.root.slots;
    const give = (slot: bigint, object: SimObject): void => void slots?.set(slot, { object, badge: 0n, rights: 15n });
    untyped.forEach((desc, i) => {
      word(168 + 16 * i, desc.paddr);
      this.bootinfo.setUint8(168 + 16 * i + 8, desc.bits);
      this.bootinfo.setUint8(168 + 16 * i + 9, desc.device ? 1 : 0);
      give(first + BigInt(i), makeObject(TYPE.untyped, desc));
    });
    give(INIT_TCB, this.tcb);
    give(INIT_CNODE, this.space.root);
    give(INIT_VSPACE, this.rootVspace);
    for (const slot of [IRQ_CONTROL, ASID_POOL]) give(slot, makeObject(OTHER));
    give(FAULT_CAP, makeObject(TYPE.endpoint));
    for (let i = 0; i < this.options.archivePages; i++)
      give(FIRST_FRAME + BigInt(i), makeObject(TYPE.page, { bits: 12 }));
  }

  /** Device that is mapped as region `index` of the root task's device window. */
  private region(index: number): Device {
    const frame = this.rootVspace.pages?.get(DEVICE_WINDOW + BigInt(index) * PAGE_BYTES);
    const device = frame?.device === true ? this.options.devices.get(frame.paddr) : undefined;
    if (device === undefined) throw new Error(`access to device region ${index}, where no device is mapped`);
    return device;
  }

  /** The signals of a notification, which are gone then. */
  private takeSignals(object: SimObject | undefined): bigint {
    const badge = object?.signals ?? 0n;
    if (object !== undefined) object.signals = 0n;
    return badge;
  }

  private receive(): bigint {
    const signals = this.takeSignals(this.bound);
    if (signals !== 0n) return signals;
    const message = this.queue.shift();
    if (message === undefined) throw new Blocked();
    this.messages.receive(message);
    return BigInt.asIntN(64, message.badge);
  }

  private objectCalls(): Record<string, (...values: never[]) => unknown> {
    const { space } = this;
    return {
      untyped_retype: (u: bigint, t: bigint, s: bigint, r: bigint, _i: bigint, _d: bigint, o: bigint, n: bigint) => {
        const code = space.retype(u, Number(t), s, r, o, n);
        if (code === ERROR.none) this.made += Number(n);
        return code;
      },
      cnode_copy: (r: bigint, d: bigint, dd: bigint, sr: bigint, s: bigint, sd: bigint, rights: bigint) => {
        const from = space.read(sr, s, sd);
        return space.put(r, d, dd, from && { object: from.object, badge: from.badge, rights });
      },
      cnode_mint: (
        r: bigint,
        d: bigint,
        dd: bigint,
        sr: bigint,
        s: bigint,
        sd: bigint,
        rights: bigint,
        badge: bigint,
      ) => {
        const from = space.read(sr, s, sd);
        return space.put(r, d, dd, from && { object: from.object, badge: BigInt.asUintN(64, badge), rights });
      },
      cnode_delete: (r: bigint, i: bigint, d: bigint) => space.remove(r, i, d),
      cnode_revoke: (r: bigint, i: bigint, d: bigint) => space.revoke(r, i, d),
      page_table_map: (table: bigint, vspace: bigint, vaddr: bigint) => space.mapTable(table, vspace, vaddr),
      page_map: (page: bigint, vspace: bigint, vaddr: bigint) => space.mapPage(page, vspace, vaddr),
      page_unmap: (page: bigint) => space.unmapPage(page),
      page_get_address: (page: bigint) => space.get(page)?.object.paddr ?? -1n,
      asid_pool_assign: (_pool: bigint, vspace: bigint) =>
        space.get(vspace)?.object.type === TYPE.vspace ? ERROR.none : ERROR.invalidCapability,
    };
  }

  private threadCalls(): Record<string, (...values: never[]) => unknown> {
    const { space } = this;
    const thread = (tcb: bigint) => space.get(tcb)?.object.thread;
    return {
      tcb_configure: (tcb: bigint, _f: bigint, c: bigint, _g: bigint, v: bigint, _b: bigint, frame: bigint) => {
        const target = thread(tcb);
        const types = [c, v, frame].map((cap) => space.get(cap)?.object.type);
        if (target === undefined || String(types) !== String([TYPE.cnode, TYPE.vspace, TYPE.page])) {
          return ERROR.invalidCapability;
        }
        target.configured = true;
        return ERROR.none;
      },
      tcb_set_space: (tcb: bigint, _f: bigint, cspace: bigint) =>
        space.get(tcb)?.object === this.tcb ? space.setTop(cspace) : ERROR.invalidCapability,
      tcb_set_sched_params: (tcb: bigint) => (thread(tcb) === undefined ? ERROR.invalidCapability : ERROR.none),
      tcb_bind_notification: (tcb: bigint, notification: bigint) => {
        const object = space.get(notification)?.object;
        const target = thread(tcb);
        if (target === undefined || object?.type !== TYPE.notification) return ERROR.invalidCapability;
        target.events = object;
        if (target === this.tcb.thread) this.bound = object;
        return ERROR.none;
      },
      tcb_suspend: (tcb: bigint) => {
        const target = thread(tcb);
        if (target === undefined) return ERROR.invalidCapability;
        target.running = false;
        return ERROR.none;
      },
      tcb_start: (tcb: bigint, ...registers: bigint[]) => {
        const target = thread(tcb);
        if (target?.configured !== true) return ERROR.invalidCapability;
        target.running = true;
        target.registers = registers;
        return ERROR.none;
      },
    };
  }

  private eventCalls(): Record<string, (...values: never[]) => unknown> {
    const { space, irqs } = this;
    return {
      recv: () => this.receive(),
      poll: (notification: bigint) => this.takeSignals(space.get(notification)?.object),
      signal: (notification: bigint) => {
        const cap = space.get(notification);
        if (cap?.object.type === TYPE.notification) cap.object.signals |= cap.badge;
      },
      reply: (label: bigint, words: number) => void this.replies.push(this.messages.outgoing(label, words)),
      irq_control_get_trigger: (_c: bigint, irq: bigint, _e: bigint, root: bigint, index: bigint, depth: bigint) =>
        space.put(root, index, depth, { object: makeObject(IRQ_HANDLER, { irq }), badge: 0n, rights: 15n }),
      irq_handler_set_notification: (handler: bigint, notification: bigint) => {
        const irq = space.get(handler)?.object.irq;
        const target = space.get(notification);
        if (irq === undefined || target?.object.type !== TYPE.notification) return ERROR.invalidCapability;
        irqs.set(irq, { notification: target.object, badge: target.badge });
        return ERROR.none;
      },
      irq_handler_ack: (handler: bigint) =>
        space.get(handler)?.object.irq === undefined ? ERROR.invalidCapability : ERROR.none,
    };
  }

  /** The import object of the component. */
  imports(): WebAssembly.Imports {
    return {
      ...this.memory.imports(),
      sel4: { ...this.objectCalls(), ...this.threadCalls(), ...this.eventCalls(), ...this.messages.imports() },
      cpu: {
        counter: () => this.now,
        counter_hz: () => 62_500_000n,
        timer_set: (deadline: bigint) => {
          this.timerDeadline = deadline;
        },
      },
      mmio: {
        read32: (region: number, offset: number) => this.region(region).read(offset),
        write32: (region: number, offset: number, value: number) => this.region(region).write(offset, value >>> 0),
      },
      startup: {
        bootinfo_word: (offset: number) => (offset + 8 <= 4096 ? this.bootinfo.getBigUint64(offset, true) : 0n),
        slots_used: () => 0,
        untyped_index: () => 0,
        untyped_bytes: () => 0n,
        fault_endpoint: () => FAULT_CAP,
        fault_cap: () => FAULT_CAP,
        archive_frame: (index: number) => FIRST_FRAME + BigInt(index),
        source_line: () => 0,
        trap_text: () => 0,
        finish_call: () => ERROR.none,
        thread_pc: () => 0n,
        section_start: (section: number) => BigInt(section) * 0x1000n,
        section_end: (section: number) => BigInt(section) * 0x1000n + 0x800n,
        set_fault_console: () => undefined,
        halt: () => {
          throw new Halted();
        },
      },
    };
  }

  /** Raises an interrupt line. */
  raise(irq: bigint): void {
    const route = this.irqs.get(irq);
    if (route !== undefined) route.notification.signals |= route.badge;
  }

  /** All threads. */
  threads(): { running: boolean; registers: bigint[]; events?: SimObject }[] {
    return this.space.all(TYPE.tcb).flatMap((object) => (object.thread === undefined ? [] : [object.thread]));
  }
}
