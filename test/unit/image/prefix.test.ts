// SPDX-License-Identifier: Apache-2.0
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Failure } from '../../../diagnostics/diagnostic.ts';
import { findBoard } from '../../../compiler/src/image/boards.ts';
import { readPrefix } from '../../../compiler/src/image/prefix.ts';
import { compileObjects } from '../../../compiler/src/toolchain/clang.ts';
import { kernelElf } from '../elf/make-elf.ts';

const BOARD = findBoard('qemu-virt');
const OUR_CONSTANTS = readFileSync('kernel/libsel4/include/sel4/constants.h', 'utf8');
const CONFIG = [
  '#define CONFIG_SEL4_ARCH  aarch64',
  '#define CONFIG_PLAT  qemu-arm-virt',
  '/* disabled: CONFIG_KERNEL_MCS */',
  '#define CONFIG_MAX_NUM_NODES  1',
  '#define CONFIG_ARM_TLS_REG_TPIDRU  1',
  '#define CONFIG_EXPORT_PCNT_USER  1',
  '#define CONFIG_EXPORT_PTMR_USER  1',
];

/** An installed tree just large enough to be judged: libsel4's enumerations are ours, all in one header. */
function goodTree(): Map<string, string | Buffer> {
  const files = new Map<string, string | Buffer>([
    ['bin/kernel.elf', kernelElf()],
    ['libsel4/include/kernel/gen_config.h', CONFIG.join('\n')],
    ['libsel4/include/sel4/sel4.h', ''],
    ['libsel4/include/sel4/invocation.h', OUR_CONSTANTS],
  ]);
  for (const name of ['syscall', 'objecttype', 'arch/invocation', 'arch/objecttype']) {
    files.set(`libsel4/include/sel4/${name}.h`, '');
  }
  files.set('libsel4/include/sel4/sel4_arch/invocation.h', '');
  files.set('libsel4/include/sel4/sel4_arch/objecttype.h', '');
  return files;
}

describe('readPrefix', () => {
  let dir: string;
  let count = 0;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'prefix-'));
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  function install(files: Map<string, string | Buffer>): string {
    const path = join(dir, `tree${count++}`);
    for (const [name, contents] of files) {
      mkdirSync(dirname(join(path, name)), { recursive: true });
      writeFileSync(join(path, name), contents);
    }
    return path;
  }

  function withConfig(...lines: string[]): string {
    return install(goodTree().set('libsel4/include/kernel/gen_config.h', lines.join('\n')));
  }

  function refusal(path: string): { code: string; message: string; fix: string | undefined } {
    try {
      readPrefix(path, BOARD);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      expect(error.diagnostics).toHaveLength(1);
      const { code, message, fix } = error.diagnostics[0]!;
      return { code, message: message.replace(path, 'PATH'), fix };
    }
    throw new Error('accepted');
  }

  it('accepts a tree that has everything, and says what it is', () => {
    const path = install(goodTree());
    const prefix = readPrefix(path, BOARD);
    expect(prefix).toMatchObject({ kernelElf: join(path, 'bin/kernel.elf'), gicVersion: 2, debug: false });
    expect(prefix.includeDirs).toEqual([join(path, 'libsel4/include')]);
    expect(prefix.config.get('PLAT')).toBe('qemu-arm-virt');
    const options = ['ARM_GIC_V3_SUPPORT', 'DEBUG_BUILD', 'PRINTING'].map((name) => `#define CONFIG_${name}  1`);
    expect(readPrefix(withConfig(...CONFIG, ...options), BOARD)).toMatchObject({ gicVersion: 3, debug: true });
  });

  it('refuses what is not an installed tree', () => {
    expect(refusal(join(dir, 'absent'))).toMatchObject({ code: 'COH0920', message: 'seL4 prefix PATH: not a folder' });
    for (const name of goodTree().keys()) {
      const files = goodTree();
      files.delete(name);
      const message = `seL4 prefix PATH: ${name} is missing or unreadable`;
      expect(refusal(install(files))).toMatchObject({ code: 'COH0920', message });
    }
  });

  it.skipIf(process.getuid?.() === 0)('refuses what it may not read (not checked as root)', () => {
    const path = install(goodTree());
    chmodSync(join(path, 'bin/kernel.elf'), 0);
    expect(refusal(path).message).toContain('bin/kernel.elf is missing or unreadable');
  });

  const replaced = (from: string, to: string) => CONFIG.map((line) => line.replace(from, to));
  const without = (word: string) => CONFIG.filter((line) => !line.includes(word));
  const settings: [name: string, config: string[], problem: string, options: string][] = [
    ['architecture', replaced('aarch64', 'riscv64'), 'is built for riscv64, not aarch64', '-DKernelSel4Arch=aarch64'],
    [
      'board',
      replaced('qemu-arm-virt', 'tx1'),
      'is built for tx1, not qemu-arm-virt',
      '-DKernelPlatform=qemu-arm-virt',
    ],
    ['MCS', [...CONFIG, '#define CONFIG_KERNEL_MCS  1'], 'is an MCS kernel', '-DKernelIsMCS=OFF'],
    [
      'hypervisor',
      [...CONFIG, '#define CONFIG_ARM_HYPERVISOR_SUPPORT  1'],
      'is a hypervisor kernel (EL2)',
      '-DKernelArmHypervisorSupport=OFF',
    ],
    ['cores', replaced('NODES  1', 'NODES  4'), 'is built for 4 cores', '-DKernelMaxNumNodes=1'],
    [
      'debug API',
      [...CONFIG, '#define CONFIG_HARDWARE_DEBUG_API  1'],
      'has the hardware debug API, which renumbers the invocations',
      '-DHardwareDebugAPI=OFF',
    ],
    [
      'thread pointer',
      [...CONFIG, '#define CONFIG_ARM_TLS_REG_TPIDRURO  1'],
      'keeps the thread pointer in the read-only register',
      '-DKernelArmTLSReg=tpidru',
    ],
    [
      'counter',
      without('PCNT'),
      'does not export the timer to user space',
      '-DKernelArmExportPCNTUser=ON -DKernelArmExportPTMRUser=ON',
    ],
    [
      'timer',
      without('PTMR'),
      'does not export the timer to user space',
      '-DKernelArmExportPCNTUser=ON -DKernelArmExportPTMRUser=ON',
    ],
    [
      'two settings',
      [...without('PTMR'), '#define CONFIG_KERNEL_MCS  1'],
      'is an MCS kernel; it does not export the timer to user space',
      '-DKernelIsMCS=OFF -DKernelArmExportPCNTUser=ON -DKernelArmExportPTMRUser=ON',
    ],
  ];
  it.each(settings)('names the option to set: %s', (_, config, problem, options) => {
    expect(refusal(withConfig(...config))).toEqual({
      code: 'COH0921',
      message: `seL4 prefix PATH: the kernel ${problem}`,
      fix: `configure seL4 with ${options} and install it again`,
    });
  });

  it('refuses another version by its numbers', () => {
    // As 14.0.0: without the two domain schedule invocations, so that everything behind them is two lower.
    const older = OUR_CONSTANTS.replace(/ +DomainSchedule\w+ = \d+,\n/g, '').replace(
      /(ARM\w+ = )(\d+)/g,
      (_, head: string, label: string) => head + String(Number(label) - 2),
    );
    const path = install(goodTree().set('libsel4/include/sel4/invocation.h', older));
    expect(refusal(path)).toEqual({
      code: 'COH0922',
      message: 'seL4 prefix PATH: unsupported version: ARMVSpaceClean_Data is 31 there, 33 here',
      fix: 'install seL4 15.0.0 or 16.0.0',
    });
    const none = install(goodTree().set('libsel4/include/sel4/invocation.h', ''));
    expect(refusal(none).message).toBe('seL4 prefix PATH: its libsel4 headers define no invocation numbers');
  });

  it('refuses a kernel that is no AArch64 program', () => {
    const path = install(goodTree().set('bin/kernel.elf', kernelElf({}, { machine: 243 })));
    expect(refusal(path).message).toBe('PATH/bin/kernel.elf: built for RISC-V, but the image is AArch64');
  });

  const real = process.env['SEL4_PREFIX'];
  it.skipIf(real === undefined)(
    'accepts the tree in SEL4_PREFIX, and its headers compile (skipped without)',
    async () => {
      const prefix = readPrefix(resolve(real!), BOARD);
      expect(prefix.config.get('SEL4_ARCH')).toBe('aarch64');
      const source = join(dir, 'headers.c');
      writeFileSync(source, '#include <sel4/sel4.h>\nint label(void) { return UntypedRetype; }\n');
      const objects = await compileObjects({
        sources: [source],
        objDir: join(dir, 'objects'),
        systemIncludeDirs: prefix.includeDirs,
      });
      expect(objects).toHaveLength(1);
    },
  );
});
