// SPDX-License-Identifier: Apache-2.0
/**
 * Instructions that the guest executes, by program and function, from a plugin of the emulator (count.c). What is between two readings
 * can be counted without any help of the guest, and idle time does not count. Needs an emulator with version 1 of the plugin
 * interface (QEMU 7 and 8).
 */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Program } from './symbols.ts';

const HEADER_BYTES = 64;
const ENTRY_BYTES = 64;
const CODE_AT = 24;

interface Block {
  address: bigint;
  code: Buffer;
  instructions: number;
  executions: number;
}

/** A block of code that ran. */
export interface Span {
  program: string;
  function: string;
  address: bigint;
  instructions: number;
}

export interface Share {
  where: string;
  instructions: number;
}

/** Compiles the plugin; undefined where there is no compiler for the host. */
function buildPlugin(directory: string): string | undefined {
  const output = join(directory, 'count.so');
  const source = join(import.meta.dirname, 'count.c');
  for (const compiler of ['clang', 'clang-14', 'cc']) {
    const args = ['-O2', '-shared', '-fPIC', '-nostdlib', '-fvisibility=hidden', '-o', output, source];
    if (spawnSync(compiler, args).status === 0) return output;
  }
  return undefined;
}

export class Profile {
  private readonly table: string;
  private readonly plugin: string;
  private readonly programs: Program[];
  private readonly owners = new Map<string, Omit<Span, 'instructions'>>();
  private before: number[] = [];

  /** `directory`: for the plugin and its table. `outDir`: where the image was built. */
  constructor(directory: string, outDir: string) {
    mkdirSync(directory, { recursive: true });
    const plugin = buildPlugin(directory);
    if (plugin === undefined) throw new Error('the plugin for counting cannot be compiled');
    this.plugin = plugin;
    this.table = join(directory, 'count.table');
    writeFileSync(this.table, '');
    this.programs = readdirSync(outDir)
      .filter((name) => name.endsWith('.elf') && name !== 'image.elf')
      .map((name) => new Program(name.slice(0, -4), join(outDir, name)));
  }

  /** Arguments of the emulator. */
  get args(): string[] {
    return ['-plugin', `file=${this.plugin},out=${this.table}`];
  }

  /** Counting begins here. */
  start(): void {
    this.before = this.read().map(({ executions }) => executions);
  }

  /** What ran since `start`. */
  stop(): Span[] {
    return this.read().flatMap((block, n) => {
      const executions = block.executions - (this.before[n] ?? 0);
      return executions === 0 ? [] : [{ ...this.ownerOf(block), instructions: executions * block.instructions }];
    });
  }

  private ownerOf({ address, code }: Block): Omit<Span, 'instructions'> {
    const key = `${address} ${code.toString('latin1')}`;
    let owner = this.owners.get(key);
    if (owner === undefined) {
      const program = this.programs.find((candidate) => candidate.holds(address, code));
      owner = { program: program?.name ?? '?', function: program?.functionAt(address) ?? '?', address };
      this.owners.set(key, owner);
    }
    return owner;
  }

  private read(): Block[] {
    const file = openSync(this.table, 'r');
    try {
      const head = Buffer.alloc(HEADER_BYTES);
      readSync(file, head, 0, HEADER_BYTES, 0);
      const count = Number(head.readBigUInt64LE(0));
      const bytes = Buffer.alloc(count * ENTRY_BYTES);
      readSync(file, bytes, 0, bytes.length, HEADER_BYTES);
      return Array.from({ length: count }, (_, n) => {
        const at = n * ENTRY_BYTES;
        return {
          executions: Number(bytes.readBigUInt64LE(at)),
          address: bytes.readBigUInt64LE(at + 8),
          instructions: bytes.readUInt32LE(at + 16),
          code: bytes.subarray(at + CODE_AT, at + CODE_AT + bytes.readUInt32LE(at + 20)),
        };
      });
    } finally {
      closeSync(file);
    }
  }
}

export function total(spans: readonly Span[]): number {
  return spans.reduce((sum, { instructions }) => sum + instructions, 0);
}

/** Sums by what `where` says of each, the largest first. */
export function shares(spans: readonly Span[], where: (span: Span) => string): Share[] {
  const sums = new Map<string, number>();
  for (const span of spans) sums.set(where(span), (sums.get(where(span)) ?? 0) + span.instructions);
  const all = [...sums].map(([name, instructions]) => ({ where: name, instructions }));
  return all.sort((a, b) => b.instructions - a.instructions);
}

export const byProgram = ({ program }: Span): string => program;

/** Says of each span the source line that it comes from, by the debug information of the program. */
export function bySource(spans: readonly Span[], outDir: string): (span: Span) => string {
  const places = new Map<string, string>();
  for (const program of new Set(spans.map(byProgram))) {
    if (program === '?') continue;
    const addresses = [...new Set(spans.filter((s) => s.program === program).map((s) => s.address))];
    const run = spawnSync('llvm-symbolizer', ['--no-inlines', '-f=none', '-e', join(outDir, `${program}.elf`)], {
      input: addresses.map((address) => `0x${address.toString(16)}\n`).join(''),
      encoding: 'utf8',
      maxBuffer: 64 << 20,
    });
    const lines = (run.stdout ?? '').split('\n').filter((line) => line !== '');
    addresses.forEach((address, n) => {
      places.set(
        `${program} ${address}`,
        (lines[n] ?? '?').replace(/:\d+$/, '').replace(/^.*\/(?=ninedoor\/|roottask\/|kernel\/|lwip)/, ''),
      );
    });
  }
  return ({ program, address }) => `${program} ${places.get(`${program} ${address}`) ?? '?'}`;
}
