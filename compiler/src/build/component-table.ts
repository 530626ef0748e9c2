// SPDX-License-Identifier: Apache-2.0
/**
 * The components that a manifest may name: where their sources are and what they may import. The import list is the
 * whole of a component's access to the machine.
 */
export interface ComponentSource {
  /** Folder of the AssemblyScript sources. */
  directory: string;
  imports: readonly string[];
  /** C sources of others that are merged with them. */
  native?: 'lwip';
  /** Sources that others take the place of (ComponentSpec). */
  replacements?: Readonly<Record<string, string>>;
}

/** What every domain may import. */
const DOMAIN_IMPORTS = ['domain.*', 'heap.*', 'memory.*'];
const CALLER = ['sel4.call', 'sel4.get_mr', 'sel4.set_mr'];
const TIME = ['cpu.counter', 'cpu.counter_hz'];

export const DOMAIN_COMPONENTS: Readonly<Record<string, ComponentSource>> = {
  uart: {
    directory: 'domains/uart',
    imports: [...DOMAIN_IMPORTS, 'mmio.*', 'sel4.wait', 'sel4.signal', 'sel4.irq_handler_ack'],
  },
  net: {
    directory: 'domains/net',
    imports: [...DOMAIN_IMPORTS, ...TIME, 'mmio.*', 'sel4.wait', 'sel4.poll', 'sel4.signal', 'sel4.irq_handler_ack'],
    native: 'lwip',
  },
  console: {
    directory: 'domains/console',
    imports: [...[...DOMAIN_IMPORTS, ...CALLER, ...TIME], ...['sel4.wait', 'sel4.poll', 'sel4.signal', 'sel4.length']],
  },
  ninedoor: {
    directory: 'ninedoor/domain',
    imports: [
      ...[...DOMAIN_IMPORTS, ...CALLER, ...TIME],
      ...['sel4.recv', 'sel4.nb_recv', 'sel4.reply', 'sel4.label', 'sel4.length', 'sel4.signal'],
    ],
    // In the image, the server's doors to the machine are calls of the root task.
    replacements: { 'ninedoor/platform.ts': 'ninedoor/domain/platform.ts' },
  },
  worker: { directory: 'domains/worker', imports: [...DOMAIN_IMPORTS, 'sel4.wait', 'sel4.call', 'sel4.set_mr'] },
};

export const COMPONENT_NAMES: readonly string[] = Object.keys(DOMAIN_COMPONENTS);
