/**
 * The components of the image: where their sources are, what they may import, and how much memory they get. The import
 * list is the whole of a component's access to the machine.
 */
import type { ComponentSpec, MemoryMode } from '../aot/component.ts';
import type { SeL4Prefix } from '../image/prefix.ts';

const MIB = 1 << 20;

/** Headers of the kernel interface: our own subset, or an installed seL4 tree's. */
export function kernelIncludeDirs(prefix: SeL4Prefix | undefined): readonly string[] {
  return prefix === undefined ? ['kernel/libsel4/include'] : prefix.includeDirs;
}

export interface RootTaskOptions {
  mode: MemoryMode;
  prefix?: SeL4Prefix;
  /** Another component in the root task's place, for tests; it must import no more than the root task. */
  directory?: string;
}

export function rootTask(options: RootTaskOptions): ComponentSpec {
  const headers = kernelIncludeDirs(options.prefix);
  return {
    name: 'roottask',
    directory: options.directory ?? 'roottask',
    imports: ['sel4.*', 'cpu.*', 'mmio.*', 'startup.*'],
    memory_bytes: 2 * MIB,
    stack_bytes: 64 * 1024,
    mode: options.mode,
    runtimeSources: [
      ...['start.S', 'start.c', 'imports.c', 'fault.c', 'console.c'].map((name) => `kernel/runtime/roottask/${name}`),
      ...['objects.c', 'ipc.c', 'cpu.c', 'mmio.c'].map((name) => `kernel/runtime/machine/${name}`),
    ],
    ...(options.prefix === undefined ? { includeDirs: headers } : { systemIncludeDirs: headers }),
    linkerScript: 'kernel/runtime/roottask/roottask.ld',
  };
}
