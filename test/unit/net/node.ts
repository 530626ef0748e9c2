// SPDX-License-Identifier: Apache-2.0
/** The net domain's module in Node, the very wasm of the image, with a card, a clock and two servers of the test's. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildModule } from '../../../compiler/src/aot/component.ts';
import { domainComponent } from '../../../compiler/src/build/components.ts';
import { findBoard } from '../../../compiler/src/image/boards.ts';
import { type PlannedDomain, planArtifacts, planDomains } from '../../../compiler/src/layout/index.ts';
import { writeArtifacts } from '../../../compiler/src/manifest/artifacts/index.ts';
import { writeFiles } from '../../../compiler/src/manifest/artifacts/write.ts';
import { compileManifest } from '../../../compiler/src/manifest/compile.ts';
import { completed } from '../../../compiler/src/manifest/schema/manifest.ts';
import { Blocked, LinearMemory } from '../../sim/component.ts';
import { MANIFEST, ROOT } from '../../support/build.ts';
import { Card, type CardOptions } from './card.ts';
import { Server } from './server.ts';

const FIRST_IRQ_BIT = 1n;
const COUNTER_HZ = 1_000_000n;

const COUNTERS_SOURCE = readFileSync(join(ROOT, 'lib/protocol/net-counters.ts'), 'utf8');
/** Names of the words in the table, in their order. */
export const COUNTER_NAMES = [...COUNTERS_SOURCE.matchAll(/^ {2}'(\w+)',$/gm)].map(([, name = '']) => name);
/** Constants of counters.ts: indices and values. */
export const COUNTER_CONSTANTS = new Map(
  [...COUNTERS_SOURCE.matchAll(/^export const (\w+): u(?:32|64) = (\d+);$/gm)].map(([, name = '', value]) => [
    name,
    Number(value),
  ]),
);

export interface NetModule {
  module: WebAssembly.Module;
  domain: PlannedDomain;
}

/** The component as the image has it, for one manifest. */
export async function netModule(manifestPath = MANIFEST, name = 'net'): Promise<NetModule> {
  const outDir = join(ROOT, 'out/test', name);
  mkdirSync(outDir, { recursive: true });
  const manifest = await compileManifest(manifestPath);
  const plan = planDomains(manifest, findBoard('qemu-virt'));
  await writeArtifacts(manifest, outDir);
  writeFiles(outDir, planArtifacts(plan));
  const domain = plan.domains.find(({ entry }) => entry.name === 'net');
  if (domain === undefined) throw new Error('the manifest has no domain net');
  const { memory_bytes, stack_bytes } = domain.entry;
  const spec = domainComponent({
    root: ROOT,
    mode: 'guard',
    component: 'net',
    moduleName: 'net',
    connections: completed(manifest.manifest).network.max_connections,
    private_bytes: memory_bytes,
    memory_bytes: domain.linearBytes,
    stack_bytes,
  });
  // What the image does not need, to look inside.
  const test = spec.native === undefined ? spec : { ...spec, nativeExports: ['stack_pools'] };
  return { module: new WebAssembly.Module(readFileSync(await buildModule(test, { root: ROOT, outDir }))), domain };
}

/** Of the manifest, what else may differ. */
export interface Differences {
  net_console?: boolean;
  /** Of the net domain. */
  memory_bytes?: number;
}

/** The component for the default domains with this table [network]. */
export async function moduleWithNetwork(name: string, network: string, others: Differences = {}): Promise<NetModule> {
  const folder = join(ROOT, 'out/test', name);
  mkdirSync(folder, { recursive: true });
  const base = readFileSync(join(ROOT, 'configs/root_task_domains.toml'), 'utf8');
  const text = base
    .replace('net_console = true', `net_console = ${others.net_console ?? true}`)
    .replace(/(component = "net"(?:\n\w.*)*\nmemory_bytes = )(\d+)/, (_all, before: string, bytes: string) => {
      return `${before}${others.memory_bytes ?? bytes}`;
    });
  const path = join(folder, 'manifest.toml');
  writeFileSync(path, `${text}\n[network]\n${network}\n`);
  return netModule(path, name);
}

interface Exports {
  start(): void;
  turn(): void;
  stack_pools(): number;
}

export class NetNode {
  readonly memory = new LinearMemory();
  readonly card: Card;
  readonly exports: Exports;
  readonly console: Server;
  readonly ninedoor: Server;
  /** Microseconds since power-on. */
  now_us = 0n;
  alarm_us = 0n;
  turns = 0;
  private events = 0n;
  private readonly domain: PlannedDomain;

  constructor({ module, domain }: NetModule, options: CardOptions, now_us = 0n, generation = 1n, before?: NetNode) {
    this.now_us = now_us;
    this.domain = domain;
    this.card = new Card(options, () => this.memory.view);
    const dma = domain.windows.find(({ kind }) => kind === 'dma')?.offset ?? 0;
    const take = (): bigint => {
      const events = this.events;
      this.events = 0n;
      return events;
    };
    const instance = new WebAssembly.Instance(module, {
      ...this.memory.imports(),
      domain: {
        generation: () => generation,
        dma_address: (n: number) => BigInt(dma + n * 4096),
        set_alarm: (at: bigint) => {
          this.alarm_us = at;
        },
      },
      cpu: { counter: () => this.now_us++, counter_hz: () => COUNTER_HZ },
      mmio: {
        read32: (region: number, offset: number) => this.card.read(region, offset),
        write32: (region: number, offset: number, value: number) => this.card.write(region, offset, value),
      },
      sel4: {
        wait: () => {
          if (this.events === 0n) throw new Blocked();
          return take();
        },
        poll: take,
        signal: (slot: bigint) => {
          this.signals.push(slot);
        },
        irq_handler_ack: () => 0,
      },
    });
    this.memory.attach(instance);
    this.exports = instance.exports as unknown as Exports;
    if (before !== undefined) this.inherit(before);
    this.console = new Server(this, 'net-console', 'console-net');
    this.ninedoor = new Server(this, 'net-ninedoor', 'ninedoor-net');
    this.exports.start();
    this.memory.seal();
  }

  /** Slots that it signalled. */
  readonly signals: bigint[] = [];

  /** A slot of the domain, as its generated module names it. */
  slot(name: string): bigint {
    const found = this.domain.slots.find((slot) => slot.name === name);
    if (found === undefined) throw new Error(`there is no slot ${name}`);
    return BigInt(found.slot);
  }

  /** A part of linear memory that the domain shares with another one. */
  window(channel: string): Uint8Array {
    const found = this.domain.windows.find((window) => window.channel === channel);
    if (found === undefined) throw new Error(`there is no channel ${channel}`);
    return this.memory.bytes.subarray(found.offset, found.offset + found.bytes);
  }

  /** What frames of channels hold outlives the instance. */
  private inherit(before: NetNode): void {
    for (const { channel, kind } of this.domain.windows) {
      if (kind !== 'dma') this.window(channel).set(before.window(channel));
    }
  }

  /** A word of the table of counters, by its name. */
  counter(name: string): number {
    const index = COUNTER_NAMES.indexOf(name);
    if (index < 0) throw new Error(`there is no counter ${name}`);
    const table = this.window('net-counters');
    return Number(new DataView(table.buffer, table.byteOffset).getBigUint64(8 * index, true));
  }

  /** Lets the domain and its servers run until all wait for something. */
  run(): void {
    do {
      this.runAlone();
      if (!this.hasServers) return;
      if (this.console.take() + this.ninedoor.take() > 0) this.events |= 1n;
    } while (this.events !== 0n);
  }

  /** Whether the servers run as well. */
  hasServers = true;

  runAlone(): void {
    if (this.alarm_us !== 0n && this.alarm_us <= this.now_us) this.events |= 1n;
    for (;;) {
      if (this.card.interrupt !== 0) this.events |= 1n << (FIRST_IRQ_BIT + BigInt(this.card.options.slot));
      try {
        this.exports.turn();
        this.turns++;
      } catch (error) {
        if (error instanceof Blocked) return;
        throw error;
      }
    }
  }

  poke(): void {
    this.events |= 1n;
    this.run();
  }
}
