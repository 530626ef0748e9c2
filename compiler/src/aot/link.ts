// SPDX-License-Identifier: Apache-2.0
/**
 * Owns the link of a component: once plain, to learn which address has which source line, and once with that table. The
 * table lies behind everything that code refers to, so the second link moves nothing; that is checked, not assumed.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { failure } from '../../../diagnostics/diagnostic.ts';
import { compileObjects, linkElf } from '../toolchain/clang.ts';
import { digestFile, writeAtomic, writeIfChanged } from '../toolchain/files.ts';
import { readSections, type ElfSymbol } from '../elf/sections.ts';
import { encodeLines, readLines } from './lines.ts';

export interface ComponentLink {
  root: string;
  outDir: string;
  /** Folder for intermediate files. */
  dir: string;
  objects: readonly string[];
  script: string;
  flags: readonly string[];
  output: string;
}

/** The link without line table; its layout is already final. Returns the path of the ELF. */
export async function linkPlain(link: ComponentLink): Promise<string> {
  const plain = join(link.dir, 'plain.elf');
  await linkElf({ objects: link.objects, script: link.script, flags: link.flags, output: plain });
  return plain;
}

/** The link with line table, made from the plain one. */
export async function linkWithLines(link: ComponentLink, plain: string): Promise<void> {
  const source = join(link.dir, 'lines.S');
  const record = join(link.dir, 'lines.json');
  const key = digestFile(plain) ?? '';
  const old = existsSync(record) ? readFileSync(record, 'utf8') : '';
  if (old !== `${key} ${digestFile(source)}`) {
    writeIfChanged(source, tableSource(encodeLines(await readLines(plain))));
    writeAtomic(record, `${key} ${digestFile(source)}`);
  }
  const tables = await compileObjects({
    sources: [source],
    objDir: link.dir,
    root: link.root,
    flags: ['-g0'],
    prefixMap: [[link.outDir, 'out']],
  });
  const { script, flags, output } = link;
  const check = (made: string): void => assertUnmoved(plain, made);
  await linkElf({ objects: [...link.objects, ...tables], script, flags, output, check });
}

function tableSource(bytes: Buffer): string {
  const words: string[] = [];
  for (let at = 0; at < bytes.length; at += 32) {
    const row = Array.from({ length: Math.min(8, (bytes.length - at) / 4) }, (_, i) => bytes.readUInt32LE(at + i * 4));
    words.push(`    .word ${row.map((word) => `0x${word.toString(16)}`).join(', ')}`);
  }
  return `/* Generated: the line table, as compiler/src/aot/lines.ts lays it out. */
    .section .cohesix.lines, "a"
    .balign 8
${words.join('\n')}
`;
}

/** Every function of the plain link is where it was. */
function assertUnmoved(plain: string, final: string): void {
  // Static functions of different files may share a name, not an address.
  const key = (s: ElfSymbol): string => `${s.name} ${s.address} ${s.size}`;
  const after = new Set(readSections(readFileSync(final), final).symbols.map(key));
  const moved = readSections(readFileSync(plain), plain).symbols.find((s) => s.isFunction && !after.has(key(s)));
  if (moved === undefined) return;
  const fix = 'place .cohesix.lines behind all code and data in the linker script';
  throw failure('COH0711', `the line table moves ${moved.name}`, fix);
}
