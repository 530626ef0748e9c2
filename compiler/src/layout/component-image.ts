// SPDX-License-Identifier: Apache-2.0
/**
 * Reads a linked component: what of its ELF is mapped into a domain, and its line table. The rules are those of
 * docs/domains.md: text and read-only data are pages of the file, everything that can be written starts as zeroes.
 */
import { readFileSync } from 'node:fs';
import { type ElfSections, readSections } from '../elf/sections.ts';
import { Failure } from '../../../diagnostics/diagnostic.ts';
import { hex, readElf, type Segment } from '../elf/image.ts';
import { ELF_START, PAGE_BYTES, pagesOf, STACK_TOP } from './address.ts';
import { layoutCodes, type LayoutCode } from './codes.ts';

export interface ComponentImage {
  component: string;
  entry: bigint;
  textPages: number;
  rodataPages: number;
  bssPages: number;
  /** `undefined`: it has no bound, in images that provoke faults. */
  stackWorstCase_bytes: number | undefined;
  /** Where each part starts; page aligned. */
  text: bigint;
  rodata: bigint;
  bss: bigint;
  /** Text, then read-only data, each filled up to whole pages with zeroes. */
  pages: Uint8Array;
  /** Table of source lines (compiler/src/aot/lines.ts), from a section that is not mapped. */
  lines: Uint8Array;
}

const LINES_SECTION = '.cohesix.lines';
const EXECUTE = 1;
const WRITE = 2;

/** `stackWorstCase_bytes` comes from the analysis of the component (aot/stack.ts). */
export function readComponentImage(
  component: string,
  elfPath: string,
  stackWorstCase_bytes: number | undefined,
): ComponentImage {
  const label = `component ${component}`;
  const bytes = readFileSync(elfPath);
  const { entry, segments } = readElf(bytes, label);
  const sections = readSections(bytes, label);
  const { text, rodata, bss } = assign(label, segments, sections);
  if (text === undefined || entry < text.virtual || entry >= text.virtual + text.memoryBytes) {
    throw refuse('COH3606', `${label}: entry point ${hex(entry)} is not in its text`);
  }
  return {
    component,
    entry,
    textPages: pageCount(text),
    rodataPages: pageCount(rodata),
    bssPages: pageCount(bss),
    stackWorstCase_bytes,
    text: text.virtual,
    // A part that is not there has no pages, and stands where it would begin.
    rodata: rodata === undefined ? endOf(text) : rodata.virtual,
    bss: bss === undefined ? endOf(rodata ?? text) : bss.virtual,
    pages: Buffer.concat([paddedPages(bytes, text), paddedPages(bytes, rodata)]),
    lines: Uint8Array.from(sections.sections.find(({ name }) => name === LINES_SECTION)?.data ?? []),
  };
}

const KINDS = ['text', 'rodata', 'bss'] as const;
type Kind = (typeof KINDS)[number];
type Parts = Partial<Record<Kind, Segment>>;

/** At most one segment of each kind, in the order of KINDS, each on pages of its own. */
function assign(label: string, segments: readonly Segment[], sections: ElfSections): Parts {
  const parts: Parts = {};
  let end = ELF_START;
  for (const segment of segments) {
    const place = `${label}: segment at ${hex(segment.virtual)}`;
    const kind = kindOf(segment, place);
    if (segment.virtual % BigInt(PAGE_BYTES) !== 0n) throw refuse('COH3606', `${place} starts inside a page`);
    if (segment.virtual < end || segment.virtual + segment.memoryBytes > STACK_TOP) {
      throw refuse('COH3606', `${place} is outside ${hex(end)}..${hex(STACK_TOP)}`);
    }
    if (kind === 'bss' && segment.fileBytes > 0) throw initialised(label, segment, sections);
    if (KINDS.slice(KINDS.indexOf(kind)).some((later) => parts[later] !== undefined)) {
      throw refuse('COH3606', `${place} is a second one of its kind, or out of order`);
    }
    parts[kind] = segment;
    end = endOf(segment);
  }
  return parts;
}

function kindOf({ flags }: Segment, place: string): Kind {
  const [isExecutable, isWritable] = [(flags & EXECUTE) !== 0, (flags & WRITE) !== 0];
  if (isExecutable && isWritable) throw refuse('COH3606', `${place} can be both written and executed`);
  if (isExecutable) return 'text';
  return isWritable ? 'bss' : 'rodata';
}

function initialised(label: string, segment: Segment, { sections, symbols }: ElfSections): Failure {
  const end = segment.virtual + BigInt(segment.fileBytes);
  const inside = (address: number): boolean => BigInt(address) >= segment.virtual && BigInt(address) < end;
  const section = sections.find(({ address, size, data }) => size > 0 && data.length > 0 && inside(address));
  const symbol = symbols.find(({ address, size, isFunction }) => size > 0 && !isFunction && inside(address));
  const what = symbol === undefined ? `${segment.fileBytes} bytes` : `variable ${symbol.name}`;
  const where = section === undefined ? hex(segment.virtual) : section.name;
  return refuse('COH3605', `${label}: ${what} in ${where} is initialised data`);
}

function refuse(code: LayoutCode, message: string): Failure {
  return new Failure({ code, severity: 'error', message, ...layoutCodes[code] });
}

function pageCount(segment: Segment | undefined): number {
  return segment === undefined ? 0 : pagesOf(Number(segment.memoryBytes));
}

function endOf(segment: Segment): bigint {
  return segment.virtual + BigInt(pageCount(segment) * PAGE_BYTES);
}

function paddedPages(bytes: Uint8Array, segment: Segment | undefined): Uint8Array {
  const pages = new Uint8Array(pageCount(segment) * PAGE_BYTES);
  if (segment !== undefined) pages.set(bytes.subarray(segment.offset, segment.offset + segment.fileBytes));
  return pages;
}
