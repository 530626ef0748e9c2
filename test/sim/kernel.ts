/**
 * The kernel as the root task's wasm sees it, for tests in Node: boot information, untyped memory with the kernel's
 * watermark rule, mapped device pages, interrupts. It checks what the component asks for as the kernel would, as far as
 * the root task's calls go, and answers seL4's error codes.
 */
import type { Device } from './devices.ts';

export interface UntypedDesc {
  paddr: bigint;
  bits: number;
  device: boolean;
}

interface SimObject {
  type: bigint;
  paddr: bigint;
  bits: number;
  device: boolean;
  /** Bytes handed out, for untyped memory. */
  used: bigint;
  irq?: bigint;
  badge?: bigint;
}

const ERROR = { none: 0, invalidCapability: 2, failedLookup: 6, deleteFirst: 8, notEnoughMemory: 10 } as const;
const OBJECT_BITS: Record<string, number> = { '1': 11, '2': 4, '3': 5, '7': 12, '8': 21, '9': 12 };
const DEVICE_WINDOW = 0xa000_0000n;
const PAGE_BYTES = 4096n;

/** Thrown by `wait` when no interrupt is pending: the component would block here. */
export class Blocked extends Error {}

/** Thrown by `halt`. */
export class Halted extends Error {}

export interface KernelOptions {
  untyped: readonly UntypedDesc[];
  devices: ReadonlyMap<bigint, Device>;
  emptyStart?: bigint;
  emptyEnd?: bigint;
  cnodeBits?: bigint;
}

export class SimKernel {
  readonly slots = new Map<bigint, SimObject>();
  readonly regions = new Map<number, Device>();
  readonly bootinfo = new DataView(new ArrayBuffer(4096));
  /** Interrupt lines that are routed to the component: line → badge. */
  readonly irqBadges = new Map<bigint, bigint>();
  pending = 0n;
  now = 0n;
  timerDeadline: bigint | undefined;
  retypes = 0;
  private tables = 1;

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
    untyped.forEach((desc, i) => {
      word(168 + 16 * i, desc.paddr);
      this.bootinfo.setUint8(168 + 16 * i + 8, desc.bits);
      this.bootinfo.setUint8(168 + 16 * i + 9, desc.device ? 1 : 0);
      this.slots.set(first + BigInt(i), { type: 0n, used: 0n, ...desc });
    });
  }

  private retype(untyped: bigint, type: bigint, sizeBits: bigint, slot: bigint, count: bigint): number {
    const source = this.slots.get(untyped);
    if (source === undefined || source.type !== 0n || count !== 1n) return ERROR.invalidCapability;
    if (this.slots.has(slot)) return ERROR.deleteFirst;
    const bits = type === 0n ? Number(sizeBits) : OBJECT_BITS[String(type)];
    if (bits === undefined) return ERROR.invalidCapability;
    const size = 1n << BigInt(bits);
    const start = (source.used + size - 1n) & ~(size - 1n);
    if (start + size > 1n << BigInt(source.bits)) return ERROR.notEnoughMemory;
    source.used = start + size;
    this.slots.set(slot, { type, paddr: source.paddr + start, bits, device: source.device, used: 0n });
    this.retypes++;
    return ERROR.none;
  }

  private mapPage(page: bigint, vaddr: bigint): number {
    const object = this.slots.get(page);
    if (object === undefined || object.type !== 7n) return ERROR.invalidCapability;
    // The root task's first device page finds two levels of tables missing, as on the real kernel.
    if (this.tables < 3) return ERROR.failedLookup;
    const device = this.options.devices.get(object.paddr);
    if (device === undefined) throw new Error(`mapped 0x${object.paddr.toString(16)}: no device there`);
    this.regions.set(Number((vaddr - DEVICE_WINDOW) / PAGE_BYTES), device);
    return ERROR.none;
  }

  private region(index: number): Device {
    const device = this.regions.get(index);
    if (device === undefined) throw new Error(`access to unmapped device region ${index}`);
    return device;
  }

  /** The import object of the component. */
  imports(): WebAssembly.Imports {
    const slots = this.slots;
    return {
      sel4: {
        untyped_retype: (u: bigint, t: bigint, s: bigint, _r: bigint, _i: bigint, _d: bigint, o: bigint, n: bigint) =>
          this.retype(u, t, s, o, n),
        cnode_mint: (_r: bigint, dest: bigint, _d: bigint, _s: bigint, source: bigint, _sd: bigint, _ri: bigint, badge: bigint) => {
          const from = slots.get(source);
          if (from === undefined) return ERROR.failedLookup;
          if (slots.has(dest)) return ERROR.deleteFirst;
          slots.set(dest, { ...from, badge });
          return ERROR.none;
        },
        cnode_delete: (_r: bigint, index: bigint) => (slots.delete(index) ? ERROR.none : ERROR.none),
        page_table_map: () => {
          this.tables++;
          return ERROR.none;
        },
        page_map: (page: bigint, _v: bigint, vaddr: bigint) => this.mapPage(page, vaddr),
        page_get_address: (page: bigint) => slots.get(page)?.paddr ?? -1n,
        irq_control_get_trigger: (_c: bigint, irq: bigint, _e: bigint, _r: bigint, index: bigint) => {
          if (slots.has(index)) return ERROR.deleteFirst;
          slots.set(index, { type: -1n, paddr: 0n, bits: 0, device: false, used: 0n, irq });
          return ERROR.none;
        },
        irq_handler_set_notification: (handler: bigint, notification: bigint) => {
          const irq = slots.get(handler)?.irq;
          const badge = slots.get(notification)?.badge;
          if (irq === undefined || badge === undefined) return ERROR.invalidCapability;
          this.irqBadges.set(irq, badge);
          return ERROR.none;
        },
        irq_handler_ack: () => ERROR.none,
        wait: () => {
          if (this.pending === 0n) throw new Blocked();
          const badge = this.pending;
          this.pending = 0n;
          return badge;
        },
      },
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
        fault_endpoint: () => 0x1fdn,
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
    this.pending |= this.irqBadges.get(irq) ?? 0n;
  }
}
