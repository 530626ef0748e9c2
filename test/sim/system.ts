// SPDX-License-Identifier: Apache-2.0
/**
 * The whole system without workers' own code: root task, NineDoor, console and uart, each with the wasm of the image, joined as
 * the manifest says. Time moves when the test says so.
 */
import type { Modules } from '../support/build.ts';
import { SharedFrames } from './channels.ts';
import type { LinearMemory, Message } from './component.ts';
import { SimConsole } from './console.ts';
import { SimDomain } from './domain.ts';
import { SimRootTask } from './roottask.ts';

const CLIENT_BADGE = 1n << 62n;
const COUNTER_HZ = 62_500_000n;
const HEARTBEAT = 1n;
const CLOSED = 5n;
const INFO_DOMAIN = 2n;
const SPAWN = 3n;
const KILL = 4n;
const GIVEN_UP = 3n;
const OK = 0n;

type Constants = Readonly<Record<string, bigint>>;

export class SimSystem {
  readonly root: SimRootTask;
  readonly console: SimConsole;
  ninedoor: SimDomain;
  /** How often NineDoor was started; it does not answer while it is down. */
  generation = 1n;
  isDown = false;
  /** How often the console was started, for NineDoor. */
  consoleGeneration = 1n;
  /** Instances of the workers that run, by id. */
  readonly workers = new Map<bigint, number>();
  private readonly names: Constants;
  private readonly consoleNames: Constants;

  constructor(private readonly modules: Modules) {
    this.names = modules.constants('ninedoor');
    this.consoleNames = modules.constants('console');
    this.root = new SimRootTask(modules.roottask);
    this.root.start();
    this.ninedoor = this.startNineDoor();
    const instance = this.instanceOf('console');
    this.console = new SimConsole(modules, (message) => this.supervise(instance, message), {
      ninedoor: (message, memory) => this.callNineDoor(instance, message, memory),
      counter: () => this.root.kernel.now,
    });
    this.console.start();
  }

  private constant(names: Constants, name: string): bigint {
    const value = names[name];
    if (value === undefined) throw new Error(`the generated module has no ${name}`);
    return value;
  }

  private instanceOf(domain: string): number {
    const found = this.modules.layout.domains.find(({ name }) => name === domain);
    if (found === undefined) throw new Error(`there is no domain ${domain}`);
    return found.firstInstance;
  }

  private startNineDoor(): SimDomain {
    const instance = this.instanceOf('ninedoor');
    const { generation } = this;
    const domain = new SimDomain(this.modules.ninedoor, {
      events: this.constant(this.names, 'SLOT_EVENTS'),
      calls: new Map([[this.constant(this.names, 'SLOT_SUPERVISOR'), (message) => this.supervise(instance, message)]]),
      counter: () => this.root.kernel.now,
      generation: () => generation,
      peerGeneration: (peer) => (peer === this.instanceOf('console') ? this.consoleGeneration : 1n),
    });
    domain.start();
    return domain;
  }

  /** The root task answers; the state of NineDoor, whose domain is not the root task's here, is the test's. */
  private supervise(instance: number, message: Message): Message {
    const reply = this.root.call(instance, message.label, message.words);
    const [argument = 0n] = message.words;
    if (message.label === INFO_DOMAIN && argument === BigInt(this.instanceOf('ninedoor')) && this.isDown) {
      return { label: reply.label, words: [GIVEN_UP, ...reply.words.slice(1)] };
    }
    if (message.label === SPAWN && reply.label === OK) this.workers.set(reply.words[0] ?? 0n, Number(reply.words[1]));
    if (message.label === KILL && reply.label === OK) this.workers.delete(argument);
    return reply;
  }

  private callNineDoor(instance: number, message: Message, memory: LinearMemory): Message {
    if (this.isDown) return { label: CLOSED, words: [] };
    const frames = new SharedFrames(Number(this.constant(this.names, 'CONSOLE_9P_BYTES')));
    frames.map(memory, Number(this.constant(this.consoleNames, 'CONSOLE_9P_OFFSET')));
    frames.map(this.ninedoor.memory, Number(this.constant(this.names, 'CONSOLE_9P_OFFSET')));
    frames.publish(memory);
    const reply = this.ninedoor.serve(CLIENT_BADGE | BigInt(instance), message);
    frames.publish(this.ninedoor.memory);
    return reply;
  }

  /** What the console sends for what is typed. */
  type(input: string): string {
    return this.console.type(input);
  }

  /** A worker's heartbeat; returns NineDoor's answer. */
  beat(id: bigint, sequence: bigint): bigint {
    const instance = this.workers.get(id);
    if (instance === undefined) throw new Error(`worker ${id} does not run`);
    return this.ninedoor.serve(CLIENT_BADGE | BigInt(instance), { label: HEARTBEAT, words: [sequence] }).label;
  }

  /** Moves time on; workers whose time is over end, and NineDoor is told. */
  advance(ms: bigint): void {
    this.root.advance((ms * COUNTER_HZ) / 1000n);
    this.ninedoor.events |= this.constant(this.names, 'EVENT_ROOT');
    this.ninedoor.run();
    this.console.wakeIfDue();
  }

  /** The console dies, and is started again. */
  restartConsole(): string {
    this.consoleGeneration += 1n;
    return this.console.restartConsole();
  }

  /** NineDoor dies, and is started again with nothing of what it knew. */
  restartNineDoor(): void {
    this.generation += 1n;
    this.isDown = false;
    this.ninedoor = this.startNineDoor();
  }
}
