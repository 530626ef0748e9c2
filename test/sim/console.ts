// SPDX-License-Identifier: Apache-2.0
/**
 * Serial line, uart domain, console domain: both components' own wasm, joined by their rings as the manifest says. The uart has
 * the higher priority, so a signal to it lets it run at once; the console runs when the uart has nothing to do. Net is TypeScript.
 */
import type { Modules } from '../support/build.ts';
import { RingEnd, SharedFrames } from './channels.ts';
import type { LinearMemory, Message } from './component.ts';
import { SimNet } from './connections.ts';
import { SimPl011 } from './devices.ts';
import { SimDomain } from './domain.ts';

export type Supervisor = (message: Message) => Message;

type Constants = Readonly<Record<string, bigint>>;

function constant(constants: Constants, name: string): bigint {
  const value = constants[name];
  if (value === undefined) throw new Error(`the generated module has no ${name}`);
  return value;
}

/** Switches between the two after which they do not come to rest any more. */
const ROUND_LIMIT = 100_000;

/** What else a console is connected with: NineDoor, over a buffer in its memory, and time. */
export interface ConsoleLink {
  ninedoor(message: Message, memory: LinearMemory): Message;
  counter(): bigint;
}

const NO_LINK: ConsoleLink = { ninedoor: () => ({ label: 5n, words: [] }), counter: () => 0n };

/** A server that is down: the root task answers CLOSED for it. */
const NOBODY: Supervisor = () => ({ label: 5n, words: [] });

export class SimConsole {
  readonly device = new SimPl011();
  readonly uart: SimDomain;
  console: SimDomain;
  readonly net: SimNet;
  private readonly uartNames: Constants;
  private readonly consoleNames: Constants;
  private serialIn: SharedFrames;
  private serialOut: SharedFrames;
  private irqEnabled = false;
  /** How often the console was started. */
  consoleGeneration = 0n;
  /** While it is down, nothing wakes a domain. */
  uartDown = false;
  consoleDown = false;

  constructor(
    private readonly modules: Modules,
    private readonly supervisor: Supervisor = NOBODY,
    private readonly link: ConsoleLink = NO_LINK,
  ) {
    const uart = (this.uartNames = modules.constants('uart'));
    this.consoleNames = modules.constants('console');
    this.uart = new SimDomain(modules.uart, {
      events: constant(uart, 'SLOT_EVENTS'),
      devices: [this.device],
      signals: new Map([
        [constant(uart, 'SLOT_SIGNAL_SERIAL_IN'), () => this.toConsole('EVENT_SERIAL_IN')],
        [constant(uart, 'SLOT_SIGNAL_SERIAL_OUT'), () => this.toConsole('EVENT_SERIAL_OUT')],
      ]),
      interrupts: new Map([[constant(uart, 'SLOT_IRQ_PL011'), () => void (this.irqEnabled = true)]]),
    });
    this.console = this.newConsole();
    this.net = new SimNet({
      rings: () => ({ toConsole: this.ring('NET_CONSOLE'), fromConsole: this.ring('CONSOLE_NET') }),
      wake: (event) => this.toConsole(event),
      settle: () => this.settle(),
    });
    this.serialIn = this.join('SERIAL_IN');
    this.serialOut = this.join('SERIAL_OUT');
  }

  private newConsole(): SimDomain {
    const { modules, link, consoleNames: console } = this;
    const generation = (this.consoleGeneration += 1n);
    return new SimDomain(modules.console, {
      events: constant(console, 'SLOT_EVENTS'),
      signals: new Map([
        [constant(console, 'SLOT_SIGNAL_SERIAL_IN'), () => this.toUart('EVENT_SERIAL_IN')],
        [constant(console, 'SLOT_SIGNAL_SERIAL_OUT'), () => this.toUart('EVENT_SERIAL_OUT')],
        [constant(console, 'SLOT_SIGNAL_NET_CONSOLE'), () => this.net.signalled()],
        [constant(console, 'SLOT_SIGNAL_CONSOLE_NET'), () => this.net.signalled()],
      ]),
      calls: new Map([
        [constant(console, 'SLOT_SUPERVISOR'), this.supervisor],
        [constant(console, 'SLOT_CALL_CONSOLE_9P'), (message) => link.ninedoor(message, this.console.memory)],
      ]),
      counter: () => link.counter(),
      generation: () => generation,
    });
  }

  /** A ring of the console's, as the other end sees it. */
  private ring(channel: string): RingEnd {
    const names = this.consoleNames;
    const [offset = 0, size = 0] = [`${channel}_OFFSET`, `${channel}_BYTES`].map((name) =>
      Number(constant(names, name)),
    );
    return new RingEnd(this.console.memory.bytes.subarray(offset, offset + size));
  }

  private join(channel: string): SharedFrames {
    const frames = new SharedFrames(Number(constant(this.consoleNames, `${channel}_BYTES`)));
    frames.map(this.uart.memory, Number(constant(this.uartNames, `${channel}_OFFSET`)));
    frames.map(this.console.memory, Number(constant(this.consoleNames, `${channel}_OFFSET`)));
    return frames;
  }

  private publish(from: SimDomain): void {
    this.serialIn.publish(from.memory);
    this.serialOut.publish(from.memory);
  }

  private toConsole(event: string): void {
    this.console.events |= constant(this.consoleNames, event);
  }

  private toUart(event: string): void {
    this.uart.events |= constant(this.uartNames, event);
    this.publish(this.console);
    this.runUart();
  }

  private runUart(): void {
    if (this.uartDown) return;
    this.uart.run();
    this.publish(this.uart);
  }

  /** Lets both run until nothing is left to do. */
  settle(): void {
    for (let round = 0; round < ROUND_LIMIT; round++) {
      if (this.irqEnabled && !this.uartDown && this.device.received.length > 0) {
        this.irqEnabled = false;
        this.uart.events |= constant(this.uartNames, 'EVENT_IRQ_PL011');
      }
      if (this.uart.events !== 0n && !this.uartDown) this.runUart();
      else if (this.console.events !== 0n && !this.consoleDown) {
        this.console.run();
        this.publish(this.console);
      } else return;
    }
    throw new Error('the domains wake each other for ever, or an interrupt does not cease');
  }

  /** Starts both; returns what the console sends. */
  start(): string {
    this.uart.start();
    this.publish(this.uart);
    this.console.start();
    this.publish(this.console);
    this.settle();
    return this.device.take();
  }

  /** Types bytes; returns what the console sends. */
  type(input: string | Uint8Array): string {
    for (const byte of typeof input === 'string' ? Buffer.from(input, 'latin1') : input)
      this.device.received.push(byte);
    this.settle();
    return this.device.take();
  }

  /** The producer's end of the log ring. */
  get log(): RingEnd {
    return this.ring('LOG');
  }

  /** The root task logs something; returns what the console sends. */
  logged(text: string): string {
    this.log.write(Buffer.from(text, 'latin1'));
    this.toConsole('EVENT_LOG');
    this.settle();
    return this.device.take();
  }

  /** Writes to a ring between the two behind the backs of both. */
  tamper(which: 'in' | 'out', change: (ring: RingEnd) => void): void {
    const frames = which === 'in' ? this.serialIn : this.serialOut;
    change(new RingEnd(frames.bytes(this.uart.memory)));
    frames.publish(this.uart.memory);
  }

  /** The console dies, and is started again with nothing but its frames. */
  restartConsole(): string {
    const old = this.console.memory.bytes;
    this.console = this.newConsole();
    const names = this.consoleNames;
    for (const name of Object.keys(names).filter((key) => key.endsWith('_OFFSET'))) {
      const at = Number(names[name]);
      const end = at + Number(constant(names, name.replace(/_OFFSET$/, '_BYTES')));
      this.console.memory.bytes.set(old.subarray(at, end), at);
    }
    this.serialIn = this.join('SERIAL_IN');
    this.serialOut = this.join('SERIAL_OUT');
    this.console.start();
    this.publish(this.console);
    this.settle();
    return this.device.take();
  }

  /** The supervisor pokes who has set an alarm, when its time has come. */
  wakeIfDue(): void {
    const { alarm } = this.console;
    if (alarm !== 0n && this.link.counter() >= alarm) this.toConsole('EVENT_ROOT');
    this.settle();
  }

  /** The supervisor's poke. */
  poke(): void {
    this.uart.events |= constant(this.uartNames, 'EVENT_ROOT');
    this.console.events |= constant(this.consoleNames, 'EVENT_ROOT');
    this.settle();
  }
}
