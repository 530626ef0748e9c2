// SPDX-License-Identifier: Apache-2.0
/**
 * How the components of component-table.ts, and the root task, are built: memory, and the parts of the C runtime that
 * they are linked with.
 */
import { dirname } from 'node:path';
import type { ComponentSpec, MemoryMode } from '../aot/component.ts';
import { failure } from '../../../diagnostics/diagnostic.ts';
import { COMPONENT_NAMES, DOMAIN_COMPONENTS } from './component-table.ts';
import { lwip } from './lwip.ts';
import { ROOT_TASK_NAME } from '../manifest/schema/limits.ts';
import { ROOT_PRIVATE_BYTES } from '../layout/address.ts';

const RUNTIME = 'kernel/runtime';
/** Where every component's `new` gets its memory: until its start() has returned, from no collector. */
const ALLOCATOR = 'lib/machine/heap.ts';

/** C sources of others by the name that the table has for them. */
const NATIVE = { lwip } as const;

export interface BuildOptions {
  mode: MemoryMode;
  /** Another component in this one's place, for tests; it must import no more. */
  directory?: string;
  /** That one is merged with the C sources of the component, too. */
  withNative?: boolean;
  /** C files that provoke faults, for tests: linked in, and recursion is let through. */
  faultSources?: readonly string[];
}

/** The parts of a component's specification that come from `faultSources`. */
function faults(options: BuildOptions): { sources: readonly string[]; spec: Pick<ComponentSpec, 'unboundedStack'> } {
  const sources = options.faultSources;
  return sources === undefined ? { sources: [], spec: {} } : { sources, spec: { unboundedStack: true } };
}

/**
 * Our own statement of the kernel interface. It holds for every kernel that readPrefix accepts, so components are the
 * same bytes on all of them.
 */
const KERNEL_HEADERS = 'kernel/libsel4/include';

/** Where the archive's assembly file is, for the root task's link. */
export interface RootTaskOptions extends BuildOptions {
  archive: string;
  /** Linear memory: what is mapped at the start, and where the last mapping in its window ends. */
  span_bytes: number;
}

export function rootTask(options: RootTaskOptions): ComponentSpec {
  return {
    name: ROOT_TASK_NAME,
    directory: options.directory ?? ROOT_TASK_NAME,
    allocator: ALLOCATOR,
    imports: ['sel4.*', 'cpu.*', 'heap.*', 'mmio.*', 'memory.*', 'startup.*'],
    private_bytes: ROOT_PRIVATE_BYTES,
    memory_bytes: options.span_bytes,
    stack_bytes: 64 * 1024,
    mode: options.mode,
    runtimeSources: [
      ...['start.S', 'start.c', 'imports.c', 'archive.c', 'fault.c', 'console.c'].map(
        (name) => `${RUNTIME}/roottask/${name}`,
      ),
      ...['objects.c', 'ipc.c', 'cpu.c', 'mmio.c', 'memory.c', 'assert.c'].map((name) => `${RUNTIME}/machine/${name}`),
      options.archive,
      ...faults(options).sources,
    ],
    ...faults(options).spec,
    includeDirs: [KERNEL_HEADERS, dirname(options.archive), `${RUNTIME}/roottask`],
    defines: [`ROOT_PRIVATE_BYTES=${ROOT_PRIVATE_BYTES}u`],
    linkerScript: `${RUNTIME}/roottask/roottask.ld`,
  };
}

export interface DomainOptions extends BuildOptions {
  /** Component as the manifest names it. */
  component: string;
  /** C identifier of the ELF. */
  moduleName: string;
  /** The repository. */
  root: string;
  /** For the component with the TCP/IP stack: connections at once (network.max_connections). */
  connections?: number;
  /** Linear memory: its own part, and where the last mapping in its window ends. */
  private_bytes: number;
  memory_bytes: number;
  stack_bytes: number;
}

export function domainComponent(options: DomainOptions): ComponentSpec {
  const source = DOMAIN_COMPONENTS[options.component];
  if (source === undefined) {
    throw failure('COH0951', `there is no component "${options.component}"`, `one of: ${COMPONENT_NAMES.join(', ')}`);
  }
  return {
    name: options.moduleName,
    directory: options.directory ?? source.directory,
    allocator: ALLOCATOR,
    imports: source.imports,
    ...(source.replacements === undefined ? {} : { replacements: source.replacements }),
    ...(source.native === undefined || (options.directory !== undefined && options.withNative !== true)
      ? {}
      : { native: NATIVE[source.native](options.root, options.connections) }),
    private_bytes: options.private_bytes,
    memory_bytes: options.memory_bytes,
    stack_bytes: options.stack_bytes,
    mode: options.mode,
    sharedSources: [
      `${RUNTIME}/domain/start.S`,
      ...['ipc.c', 'cpu.c', 'mmio.c', 'assert.c'].map((name) => `${RUNTIME}/machine/${name}`),
    ],
    runtimeSources: [
      ...['start.c', 'imports.c'].map((name) => `${RUNTIME}/domain/${name}`),
      `${RUNTIME}/machine/memory.c`,
      ...faults(options).sources,
    ],
    ...faults(options).spec,
    includeDirs: [KERNEL_HEADERS],
    defines: ['DEVICE_WINDOW=0x10000ul', 'DEVICE_REGIONS=16u'],
    linkerScript: `${RUNTIME}/domain/domain.ld`,
  };
}
