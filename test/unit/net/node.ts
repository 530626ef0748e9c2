/** The net domain's module in Node, with a card and a clock of the test's. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildModule } from '../../../compiler/src/aot/component.ts';
import { domainComponent } from '../../../compiler/src/build/components.ts';
import { findBoard } from '../../../compiler/src/image/boards.ts';
import { type PlannedDomain, planArtifacts, planDomains } from '../../../compiler/src/layout/index.ts';
import { writeFiles } from '../../../compiler/src/manifest/artifacts/write.ts';
import { compileManifest } from '../../../compiler/src/manifest/compile.ts';
import { Blocked, LinearMemory } from '../../sim/component.ts';
import { MANIFEST, ROOT } from '../../support/build.ts';
import { Card, type CardOptions } from './card.ts';

const FIRST_IRQ_BIT = 1n;
const COUNTER_HZ = 1_000_000n;

export interface NetModule {
  module: WebAssembly.Module;
  domain: PlannedDomain;
}

export async function netModule(): Promise<NetModule> {
  const outDir = join(ROOT, 'out/test/net');
  mkdirSync(outDir, { recursive: true });
  const plan = planDomains(await compileManifest(MANIFEST), findBoard('qemu-virt'));
  writeFiles(outDir, planArtifacts(plan));
  const domain = plan.domains.find(({ entry }) => entry.name === 'net');
  if (domain === undefined) throw new Error('the manifest has no domain net');
  const { memory_bytes, stack_bytes } = domain.entry;
  const spec = domainComponent({
    root: ROOT,
    mode: 'guard',
    component: 'net',
    moduleName: 'net',
    private_bytes: memory_bytes,
    memory_bytes: domain.linearBytes,
    stack_bytes,
  });
  const exports = ['failures', 'badFrames', 'cardState', 'socket_counter'];
  const test = { ...spec, directory: 'test/unit/net/assembly', nativeExports: exports };
  return { module: new WebAssembly.Module(readFileSync(await buildModule(test, { root: ROOT, outDir }))), domain };
}

interface Exports {
  start(): void;
  turn(): void;
  failures(): bigint;
  badFrames(): bigint;
  cardState(): number;
  socket_counter(index: number): number;
}

export class NetNode {
  readonly memory = new LinearMemory();
  readonly card: Card;
  readonly exports: Exports;
  /** Microseconds since power-on. */
  now_us = 0n;
  alarm_us = 0n;
  private events = 0n;

  constructor({ module, domain }: NetModule, options: CardOptions, now_us = 0n) {
    this.now_us = now_us;
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
        generation: () => 1n,
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
        irq_handler_ack: () => 0,
      },
    });
    this.memory.attach(instance);
    this.exports = instance.exports as unknown as Exports;
    this.exports.start();
    this.memory.seal();
  }

  /** Lets the domain run until it waits for something. */
  run(): void {
    if (this.alarm_us !== 0n && this.alarm_us <= this.now_us) this.events |= 1n;
    for (;;) {
      if (this.card.interrupt !== 0) this.events |= 1n << (FIRST_IRQ_BIT + BigInt(this.card.options.slot));
      try {
        this.exports.turn();
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
