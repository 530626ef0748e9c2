// SPDX-License-Identifier: Apache-2.0
/**
 * Owns the judgement whether an installed seL4 tree (as `ninja install` lays it out) can be built against and booted:
 *
 *   bin/kernel.elf    libsel4/include/{sel4,interfaces,kernel,…}    support/
 *
 * What is missing or set differently is one diagnostic that names the CMake options to set.
 */
import { readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { failure } from '../../../diagnostics/diagnostic.ts';
import type { Board } from './boards.ts';
import { readElf } from '../elf/image.ts';
import { readConfig, readEnumerators, type Config } from './enums.ts';

export interface SeL4Prefix {
  readonly path: string;
  readonly kernelElf: string;
  /** For compiling against its libsel4, instead of kernel/libsel4/include. */
  readonly includeDirs: readonly string[];
  /** `CONFIG_…` of the kernel, without the prefix and without what is switched off. */
  readonly config: ReadonlyMap<string, string>;
  readonly gicVersion: 2 | 3;
  /** The kernel prints and has the Debug system calls. */
  readonly debug: boolean;
}

const INCLUDE = 'libsel4/include';
const KERNEL = 'bin/kernel.elf';
const CONFIG_HEADER = `${INCLUDE}/kernel/gen_config.h`;
/** In the order in which they build on one another. */
const NUMBER_HEADERS = [
  'sel4/syscall.h',
  'sel4/invocation.h',
  'sel4/sel4_arch/invocation.h',
  'sel4/arch/invocation.h',
  'sel4/objecttype.h',
  'sel4/sel4_arch/objecttype.h',
  'sel4/arch/objecttype.h',
];
const REQUIRED = [KERNEL, CONFIG_HEADER, `${INCLUDE}/sel4/sel4.h`];
/** Our own statement of the same numbers. */
const OUR_NUMBERS = '../../../kernel/libsel4/include/sel4/constants.h';

const SUPPORTED_VERSIONS = '15.0.0 or 16.0.0';

/** A setting of the kernel that the image depends on. */
interface Rule {
  readonly wrong: (config: Config, board: Board) => boolean;
  readonly problem: (config: Config, board: Board) => string;
  readonly options: (board: Board) => readonly string[];
}

/** Which machine the kernel is for; on the wrong one the other settings mean nothing. */
const MACHINE_RULES: readonly Rule[] = [
  {
    wrong: (c) => c.get('CONFIG_SEL4_ARCH') !== 'aarch64',
    problem: (c) => `is built for ${c.get('CONFIG_SEL4_ARCH') ?? 'an unknown architecture'}, not aarch64`,
    options: () => ['KernelSel4Arch=aarch64'],
  },
  {
    wrong: (c, b) => c.get('CONFIG_PLAT') !== b.sel4Platform,
    problem: (c, b) => `is built for ${c.get('CONFIG_PLAT') ?? 'an unknown platform'}, not ${b.sel4Platform}`,
    options: (b) => [`KernelPlatform=${b.sel4Platform}`],
  },
];

const RULES: readonly Rule[] = [
  {
    wrong: (c) => c.has('CONFIG_KERNEL_MCS'),
    problem: () => 'is an MCS kernel',
    options: () => ['KernelIsMCS=OFF'],
  },
  {
    wrong: (c) => c.has('CONFIG_ARM_HYPERVISOR_SUPPORT'),
    problem: () => 'is a hypervisor kernel (EL2)',
    options: () => ['KernelArmHypervisorSupport=OFF'],
  },
  {
    wrong: (c) => (c.get('CONFIG_MAX_NUM_NODES') ?? '1') !== '1',
    problem: (c) => `is built for ${c.get('CONFIG_MAX_NUM_NODES')} cores`,
    options: () => ['KernelMaxNumNodes=1'],
  },
  {
    wrong: (c) => c.has('CONFIG_HARDWARE_DEBUG_API'),
    problem: () => 'has the hardware debug API, which renumbers the invocations',
    options: () => ['HardwareDebugAPI=OFF'],
  },
  {
    wrong: (c) => c.has('CONFIG_ARM_TLS_REG_TPIDRURO'),
    problem: () => 'keeps the thread pointer in the read-only register',
    options: () => ['KernelArmTLSReg=tpidru'],
  },
  {
    wrong: (c, b) => b.needsTimerExport && !(c.has('CONFIG_EXPORT_PCNT_USER') && c.has('CONFIG_EXPORT_PTMR_USER')),
    problem: () => 'does not export the timer to user space',
    options: () => ['KernelArmExportPCNTUser=ON', 'KernelArmExportPTMRUser=ON'],
  },
];

export function readPrefix(path: string, board: Board): SeL4Prefix {
  checkFolder(path);
  checkFiles(path, REQUIRED);
  const config = readConfig(readFileSync(join(path, CONFIG_HEADER), 'utf8'));
  checkConfig(path, config, board);
  checkFiles(
    path,
    NUMBER_HEADERS.map((header) => `${INCLUDE}/${header}`),
  );
  checkNumbers(path, config);
  readElf(readFileSync(join(path, KERNEL)), `${join(path, KERNEL)}`);
  return {
    path,
    kernelElf: resolve(path, KERNEL),
    includeDirs: [resolve(path, INCLUDE)],
    config: new Map([...config].map(([name, value]) => [name.replace(/^CONFIG_/, ''), value])),
    gicVersion: config.has('CONFIG_ARM_GIC_V3_SUPPORT') ? 3 : 2,
    debug: config.has('CONFIG_DEBUG_BUILD') && config.has('CONFIG_PRINTING'),
  };
}

const INSTALL_HINT = 'give the CMAKE_INSTALL_PREFIX of a seL4 build after "ninja install"';

function checkFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return;
  throw failure('COH0920', `seL4 prefix ${path}: not a folder`, INSTALL_HINT);
}

function checkFiles(path: string, names: readonly string[]): void {
  const missing = names.filter((name) => !isReadableFile(join(path, name)));
  if (missing.length === 0) return;
  const what = missing.length === 1 ? `${missing[0]} is` : `${missing[0]} and ${missing.length - 1} more are`;
  throw failure('COH0920', `seL4 prefix ${path}: ${what} missing or unreadable`, INSTALL_HINT);
}

function isReadableFile(path: string): boolean {
  try {
    readFileSync(path);
    return true;
  } catch {
    return false;
  }
}

function checkConfig(path: string, config: Config, board: Board): void {
  const foreign = MACHINE_RULES.filter((rule) => rule.wrong(config, board));
  const broken = foreign.length > 0 ? foreign : RULES.filter((rule) => rule.wrong(config, board));
  if (broken.length === 0) return;
  const problems = broken.map((rule) => rule.problem(config, board)).join('; it ');
  const options = broken.flatMap((rule) => rule.options(board)).map((option) => `-D${option}`);
  throw failure(
    'COH0921',
    `seL4 prefix ${path}: the kernel ${problems}`,
    `configure seL4 with ${options.join(' ')} and install it again`,
  );
}

/** The root task is compiled once for every kernel, so each number that both sides name must be the same. */
function checkNumbers(path: string, config: Config): void {
  const ours = new Map<string, number>();
  const here = dirname(fileURLToPath(import.meta.url));
  readEnumerators(readFileSync(join(here, OUR_NUMBERS), 'utf8'), new Map(), ours);
  const theirs = new Map<string, number>();
  for (const header of NUMBER_HEADERS) {
    readEnumerators(readFileSync(join(path, INCLUDE, header), 'utf8'), config, theirs);
  }
  if (!theirs.has('UntypedRetype')) {
    throw failure('COH0922', `seL4 prefix ${path}: its libsel4 headers define no invocation numbers`);
  }
  for (const [name, value] of ours) {
    const other = theirs.get(name);
    if (other !== undefined && other !== value) {
      throw failure(
        'COH0922',
        `seL4 prefix ${path}: unsupported version: ${name} is ${other} there, ${value} here`,
        `install seL4 ${SUPPORTED_VERSIONS}`,
      );
    }
  }
}
