// SPDX-License-Identifier: Apache-2.0
/** Diagnostic codes of the image builder: tools and components (COH07xx), boards, ELF files and kernels (COH09xx). */
import type { CodeTable } from '../manifest/codes.ts';

const toolchainCodes: CodeTable = {
  COH0701: {
    cause: 'A tool of the build is not on the PATH.',
    fix: 'run the `apt-get install` of the message, or `make setup`',
  },
  COH0702: { cause: 'A tool of the build is older than what the build was tested with.', fix: 'install a newer one' },
  COH0710: {
    cause: 'A C or assembly source does not compile; warnings are errors.',
    fix: 'correct the source at the marked place',
  },
  COH0711: {
    cause: 'The linker refuses the objects, or the linked file is not what it must be.',
    fix: 'read what lld says',
  },
  COH0720: {
    cause: "The AssemblyScript compiler made no output: a component's asconfig.json is missing or wrong.",
    fix: 'correct the file that is named',
  },
  COH0722: {
    cause: 'The C part of a component cannot be merged with its AssemblyScript part.',
    fix: 'read what the tool says',
  },
  COH0723: { cause: 'The sources of the TCP/IP stack are not there.', fix: 'run `make setup`, or set LWIP_DIR' },
  COH0724: {
    cause: 'A file or package of others is built in, and nobody knows by which licence: it could not be passed on.',
    fix: 'name it in tools/third-party.ts',
  },
  COH0730: {
    cause:
      'Source lines are marked by constants in the module; there are too many, or the module holds such a constant.',
    fix: 'split the component or the file, or change the constant',
  },
  COH0731: {
    cause: 'The marks of source lines did not come through wasm2c as they should.',
    fix: 'check that wabt has the pinned version; run `npm ci`',
  },
  COH0732: {
    cause: 'AssemblyScript evaluates the target of a compound assignment twice, so an effect in it would happen twice.',
    fix: 'put the effect into a variable first',
  },
  COH0740: {
    cause: 'The imports of a component are the whole of its access to the machine, and this one is not in its list.',
    fix: 'remove the call, or add the import in compiler/src/build/component-table.ts',
  },
  COH0751: { cause: 'The npm package wabt is missing, or is not the pinned version.', fix: 'run `npm ci`' },
  COH0752: {
    cause: 'The module uses a feature of WebAssembly that wasm2c does not translate here.',
    fix: 'leave it out',
  },
  COH0753: {
    cause: 'The output of wasm2c has changed, so that a patch does not fit.',
    fix: 'follow "Upgrading wabt" in docs/toolchain.md',
  },
  COH0760: {
    cause: 'The description of a component contradicts itself.',
    fix: 'correct it in compiler/src/build/component-table.ts',
  },
  COH0761: {
    cause: 'The tables of a component do not fit the memory that the manifest gives it.',
    fix: 'raise `memory_bytes`',
  },
  COH0770: {
    cause: 'The debug information of the linked component cannot be read.',
    fix: 'check that LLVM is complete',
  },
  COH0771: { cause: 'The line table has room for so many files and lines.', fix: 'split the component or the file' },
  COH0772: { cause: 'The stack of a component must have a bound, and recursion has none.', fix: 'use a loop' },
  COH0773: {
    cause: 'The stack of a component must have a bound, and a call that may lead anywhere has none.',
    fix: 'keep the function table constant, and call C functions directly',
  },
  COH0774: { cause: 'The deepest chain of calls needs more stack than the component has.', fix: 'raise `stack_bytes`' },
};

const imageCodes: CodeTable = {
  COH0901: { cause: 'An image is built for a board that the builder knows.', fix: 'correct the name' },
  COH0902: {
    cause: 'The kernel or the root task is a file, and it cannot be read.',
    fix: 'check path and permissions',
  },
  COH0910: {
    cause: 'The file is no complete 64-bit ELF file for AArch64.',
    fix: 'check that this is the file you meant, and build it again',
  },
  COH0911: {
    cause: 'The loader places a kernel of one segment, linked for EL1 and for the RAM of the board, in 2 MiB blocks.',
    fix: 'use a kernel that was built for this board, with the options of docs/boot.md',
  },
  COH0912: {
    cause: 'The root task runs in user space, from no more segments than the loader can copy.',
    fix: 'link it with kernel/runtime/roottask/roottask.ld',
  },
  COH0913: {
    cause: 'Kernel, root task and loader stand in the RAM of the board together.',
    fix: 'make the components smaller, or build for a board with more memory',
  },
  COH0920: {
    cause: 'SEL4_PREFIX names an installed seL4 tree, and this is none.',
    fix: 'run `ninja install` in the seL4 build',
  },
  COH0921: {
    cause: 'The installed kernel was configured in a way that the root task cannot work with.',
    fix: 'configure seL4 with the options of the message and install it again',
  },
  COH0922: {
    cause:
      "The root task is compiled with this project's numbers of the kernel interface, and the installed kernel has others.",
    fix: 'install a version that docs/boot.md lists',
  },
  COH0951: { cause: 'A component is built from a folder of the source tree.', fix: 'correct the name' },
};

export const buildCodes: CodeTable = { ...toolchainCodes, ...imageCodes };
