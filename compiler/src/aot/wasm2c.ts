// SPDX-License-Identifier: Apache-2.0
/**
 * Owns wasm → C: runs the pinned wasm2c and applies our textual patches to its prologue. Every patch must find its text
 * exactly once, so that an upgrade of wabt fails here with a name instead of miscompiling.
 */
import { createRequire } from 'node:module';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { failure } from '../../../diagnostics/diagnostic.ts';
import { run } from '../toolchain/process.ts';

/** The version that the patches are written for. */
export const WABT_VERSION = '1.0.39';

export interface CFiles {
  c: string;
  h: string;
}

/** Translates one module. `name` becomes part of every symbol. */
export async function translate(wasm: Uint8Array, name: string): Promise<CFiles> {
  const manifest = findWabt();
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  if (version !== WABT_VERSION) {
    throw failure('COH0751', `wabt ${WABT_VERSION} is needed, but ${version} is installed`, 'run npm ci');
  }
  const folder = mkdtempSync(join(tmpdir(), 'cohesix-wasm2c-'));
  try {
    writeFileSync(join(folder, 'module.wasm'), wasm);
    const script = join(dirname(manifest), 'bin', 'wasm2c');
    const result = await run(process.execPath, [script, 'module.wasm', '-n', name, '-o', `${name}.c`], folder);
    if (result.code !== 0) throw failure('COH0752', `wasm2c failed on ${name}: ${result.stderr.trim().split('\n')[0]}`);
    const read = (extension: string): string => readFileSync(join(folder, `${name}.${extension}`), 'utf8');
    return { c: patchC(read('c')), h: read('h') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function findWabt(): string {
  try {
    return createRequire(import.meta.url).resolve('wabt/package.json');
  } catch {
    throw failure('COH0751', 'the npm package wabt is not installed', 'run npm ci');
  }
}

interface Patch {
  name: string;
  find: string;
  replace: string;
}

const PATCHES: readonly Patch[] = [
  {
    // The helpers of the prologue leave no line information of their own, so that what is inlined from them carries the
    // source line of its caller.
    name: 'begin of the prologue',
    find: `#define IS_SINGLE_UNSHARED_MEMORY 1\n`,
    replace: `#define IS_SINGLE_UNSHARED_MEMORY 1
#pragma clang attribute push(__attribute__((nodebug)), apply_to = hasType(functionType))
`,
  },
  {
    name: 'end of the prologue',
    find: `  __attribute__((weak)) void func(void** instance_ptr, void* tail_call_stack, \\
                                  wasm_rt_tailcallee_t* next)
#endif
`,
    replace: `  __attribute__((weak)) void func(void** instance_ptr, void* tail_call_stack, \\
                                  wasm_rt_tailcallee_t* next)
#endif
#pragma clang attribute pop
`,
  },
  {
    name: 'memory at a link-time symbol',
    find: '#define MEM_ADDR(mem, addr, n) &((mem)->data[addr])\n',
    replace: '#define MEM_ADDR(mem, addr, n) (cohesix_memory + (addr))\n',
  },
  {
    name: 'trap in place',
    find: '#define TRAP(x) (wasm_rt_trap(WASM_RT_TRAP_##x), 0)\n',
    replace: '#define TRAP(x) (WASM_TRAP(x), 0)\n',
  },
  {
    name: 'reason of a bad indirect call',
    find: `  (LIKELY((x) < table.size && table.data[x].func &&      \\
          func_types_eq(ft, table.data[x].func_type)) || \\
   TRAP(CALL_INDIRECT))
`,
    replace: `  ((LIKELY((x) < table.size) || TRAP(TABLE_OOB)),        \\
   (LIKELY(table.data[x].func != NULL) ||                \\
    TRAP(UNINITIALIZED_ELEMENT)),                        \\
   (LIKELY(func_types_eq(ft, table.data[x].func_type)) || \\
    TRAP(CALL_INDIRECT)))
`,
  },
  {
    name: 'data segments by one function',
    find: `#define LOAD_DATA(m, o, i, s)            \\
  do {                                   \\
    RANGE_CHECK((&m), o, s);             \\
    load_data(MEM_ADDR(&m, o, s), i, s); \\
  } while (0)
`,
    replace: `static __attribute__((noinline)) void load_segment(wasm_rt_memory_t* mem, u64 o, const u8* i, u64 s) {
  RANGE_CHECK(mem, o, s);
  load_data(MEM_ADDR(mem, o, s), i, s);
}
#define LOAD_DATA(m, o, i, s) load_segment(&m, o, i, s)
`,
  },
];

/** wasm2c breaks the parameter list of a function that has many; who reads its output expects a head on one line. */
export function joinHeads(c: string): string {
  const broken = /^\S[^\n;]*\([^()\n]*, \n(?: {4}[^()\n;]*, \n)* {4}[^()\n;]*\) \{$/gm;
  return c.replace(broken, (head) => head.replaceAll('\n    ', ''));
}

/** Applies every patch, each exactly once. */
export function patchC(c: string): string {
  let text = joinHeads(c);
  for (const patch of PATCHES) {
    const parts = text.split(patch.find);
    if (parts.length !== 2) {
      const found = parts.length - 1;
      throw failure(
        'COH0753',
        `wasm2c's output has changed: patch "${patch.name}" found its text ${found} times, not once`,
      );
    }
    text = parts.join(patch.replace);
  }
  return text;
}
