// SPDX-License-Identifier: Apache-2.0
/** A domain's wasm in Node: its events, its calls, its devices. Who it is connected with is told by the one who makes it. */
import { Blocked, LinearMemory, Messages, type Message } from './component.ts';
import type { Device } from './devices.ts';

export interface DomainOptions {
  /** Slot of its own notification. */
  events: bigint;
  devices?: readonly Device[];
  /** What a signal through a slot does. */
  signals?: ReadonlyMap<bigint, () => void>;
  /** Who answers a call through a slot. */
  calls?: ReadonlyMap<bigint, (message: Message) => Message>;
  /** What acknowledging an interrupt through a slot does. */
  interrupts?: ReadonlyMap<bigint, () => void>;
  /** The generic counter. */
  counter?: () => bigint;
  /** How often the domain was started, and another instance. */
  generation?: () => bigint;
  peerGeneration?: (instance: number) => bigint;
}

const COUNTER_HZ = 62_500_000n;

interface DomainExports {
  start(): void;
  turn(): void;
}

/** Looks up what a capability slot stands for; an empty slot is what it would be in the image, a fault. */
function at<T>(map: ReadonlyMap<bigint, T> | undefined, slot: bigint, what: string): T {
  const found = map?.get(slot);
  if (found === undefined) throw new Error(`${what} through slot ${slot}, which is empty`);
  return found;
}

/** Turns after which a component that still finds work has hung. */
const TURN_LIMIT = 10_000;

export class SimDomain {
  readonly memory = new LinearMemory();
  readonly messages = new Messages();
  readonly instance: WebAssembly.Instance;
  events = 0n;
  /** Counter value at which it wants to be woken; 0: never. */
  alarm = 0n;
  /** Calls that wait for a server, with their badges, and what it answered. */
  readonly inbox: (Message & { badge: bigint })[] = [];
  readonly replies: Message[] = [];

  constructor(
    module: WebAssembly.Module,
    private readonly options: DomainOptions,
  ) {
    this.instance = new WebAssembly.Instance(module, this.imports());
    this.memory.attach(this.instance);
  }

  private get exports(): DomainExports {
    return this.instance.exports as unknown as DomainExports;
  }

  private imports(): WebAssembly.Imports {
    const { options, messages } = this;
    const region = (index: number): Device => {
      const device = options.devices?.[index];
      if (device === undefined) throw new Error(`access to device region ${index}, where nothing is mapped`);
      return device;
    };
    return {
      ...this.memory.imports(),
      sel4: {
        ...messages.imports(),
        wait: (slot: bigint) => {
          if (slot !== options.events) throw new Error(`wait on slot ${slot}`);
          if (this.events === 0n) throw new Blocked();
          return this.takeEvents();
        },
        poll: (slot: bigint) => {
          if (slot !== options.events) throw new Error(`poll on slot ${slot}`);
          return this.takeEvents();
        },
        recv: () => {
          const badge = this.receive();
          if (badge === 0n) throw new Blocked();
          return badge;
        },
        nb_recv: () => this.receive(),
        reply: (label: bigint, words: number) =>
          void this.replies.push(messages.outgoing(BigInt.asUintN(64, label), words)),
        // A test that gives no signals at all has nobody to wake.
        signal: (slot: bigint) => options.signals && at(options.signals, slot, 'signal')(),
        call: (slot: bigint, label: bigint, words: number) => {
          const reply = at(options.calls, slot, 'call')(messages.outgoing(BigInt.asUintN(64, label), words));
          messages.receive(reply);
          return reply.label;
        },
        irq_handler_ack: (slot: bigint) => {
          at(options.interrupts, slot, 'acknowledgement')();
          return 0;
        },
      },
      mmio: {
        read32: (index: number, offset: number) => region(index).read(offset),
        write32: (index: number, offset: number, value: number) => region(index).write(offset, value >>> 0),
      },
      cpu: { counter: () => options.counter?.() ?? 0n, counter_hz: () => COUNTER_HZ, timer_set: () => undefined },
      domain: {
        generation: () => options.generation?.() ?? 1n,
        instance: () => 0n,
        beat: () => undefined,
        peer_generation: (instance: number) => options.peerGeneration?.(instance) ?? 1n,
        control: () => 0n,
        set_alarm: (deadline: bigint) => {
          this.alarm = BigInt.asUintN(64, deadline);
        },
      },
    };
  }

  /** What a receive finds: signals, or else a call, or (0) nothing. */
  private receive(): bigint {
    if (this.events !== 0n) return this.takeEvents();
    const message = this.inbox.shift();
    if (message === undefined) return 0n;
    this.messages.receive(message);
    return BigInt.asIntN(64, message.badge);
  }

  private takeEvents(): bigint {
    const { events } = this;
    this.events = 0n;
    return events;
  }

  /** A client calls this server; returns the answer. */
  serve(badge: bigint, message: Message): Message {
    this.inbox.push({ badge, ...message });
    this.run();
    const [reply, ...more] = this.replies.splice(0);
    if (reply === undefined || more.length > 0) throw new Error('one call wants one reply');
    return reply;
  }

  start(): void {
    this.exports.start();
    this.memory.seal();
  }

  /** Runs until it blocks. */
  run(): void {
    try {
      for (let turn = 0; turn < TURN_LIMIT; turn++) this.exports.turn();
    } catch (error) {
      if (error instanceof Blocked) return;
      throw error;
    }
    throw new Error(`the component does not block within ${TURN_LIMIT} turns`);
  }
}
