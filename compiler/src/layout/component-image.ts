/**
 * Reads a linked component: what of its ELF is mapped into a domain, and its line table. The rules are those of
 * docs/domains.md: text and read-only data are pages of the file, everything that can be written starts as zeroes.
 */
import { readFileSync } from 'node:fs';
import { readElf as readSections, type Elf } from '../aot/elf.ts';
import { Failure } from '../diagnostics/diagnostic.ts';
import { hex, readElf, type Segment } from '../image/elf.ts';
import { ELF_START, PAGE_BYTES, pagesOf, STACK_TOP } from './address.ts';
import { layoutCodes, type LayoutCode } from './codes.ts';

export interface ComponentImage {
  component: string;
  entry: bigint;
  textPages: number;
  rodataPages: number;
  bssPages: number;
  stackWorstCase_bytes: number;
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
export function readComponentImage(component: string, elfPath: string, stackWorstCase_bytes: number): ComponentImage {
  const label = `component ${component}`;
  const bytes = readFileSync(elfPath);
  const { entry, segments } = readElf(bytes, label);
  const sections = readSections(elfPath);
  const [text, rodata, bss] = assign(label, segments, sections);
  const parts = { text: text?.virtual ?? ELF_START, rodata: endOf(text), bss: endOf(rodata ?? text) };
  const [textPages, rodataPages, bssPages] = [text, rodata, bss].map((s) => pagesOf(Number(s?.memoryBytes ?? 0n)));
  if (text === undefined || entry < text.virtual || entry >= text.virtual + text.memoryBytes) {
    throw refuse('COH3606', `${label}: entry point ${hex(entry)} is not in its text`);
  }
  return {
    component,
    entry,
    textPages: textPages ?? 0,
    rodataPages: rodataPages ?? 0,
    bssPages: bssPages ?? 0,
    stackWorstCase_bytes,
    text: parts.text,
    rodata: rodata?.virtual ?? parts.rodata,
    bss: bss?.virtual ?? parts.bss,
    pages: Buffer.concat([text, rodata].map((segment) => paddedPages(bytes, segment))),
    lines: Uint8Array.from(sections.sections.find(({ name }) => name === LINES_SECTION)?.data ?? []),
  };
}

type Part = Segment | undefined;

/** At most one segment of each kind, in the order text, read-only data, bss, each on pages of its own. */
function assign(label: string, segments: readonly Segment[], sections: Elf): [Part, Part, Part] {
  const parts: [Part, Part, Part] = [undefined, undefined, undefined];
  let end = ELF_START;
  for (const segment of segments) {
    if (isLines(segment, sections)) continue;
    const at = hex(segment.virtual);
    if (segment.virtual % BigInt(PAGE_BYTES) !== 0n)
      throw refuse('COH3606', `${label}: segment at ${at} starts inside a page`);
    if (segment.virtual < end || segment.virtual + segment.memoryBytes > STACK_TOP) {
      throw refuse('COH3606', `${label}: segment at ${at} is outside ${hex(end)}..${hex(STACK_TOP)}`);
    }
    if ((segment.flags & EXECUTE) !== 0 && (segment.flags & WRITE) !== 0) {
      throw refuse('COH3606', `${label}: segment at ${at} can be both written and executed`);
    }
    const kind = (segment.flags & EXECUTE) !== 0 ? 0 : (segment.flags & WRITE) !== 0 ? 2 : 1;
    if (kind === 2 && segment.fileBytes > 0) throw initialised(label, segment, sections);
    if (parts.slice(kind).some((part) => part !== undefined)) {
      throw refuse('COH3606', `${label}: segment at ${at} is a second one of its kind, or out of order`);
    }
    parts[kind] = segment;
    end = endOf(segment);
  }
  return parts;
}

/** A segment that holds nothing but the line table is there for the root task, not for the domain. */
function isLines({ virtual, memoryBytes }: Segment, { sections }: Elf): boolean {
  const inside = sections.filter(
    (section) =>
      section.allocated &&
      section.size > 0 &&
      BigInt(section.address) >= virtual &&
      BigInt(section.address) < virtual + memoryBytes,
  );
  return inside.length > 0 && inside.every(({ name }) => name === LINES_SECTION);
}

function initialised(label: string, segment: Segment, { sections, symbols }: Elf): Failure {
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

function endOf(segment: Part): bigint {
  if (segment === undefined) return ELF_START;
  return segment.virtual + BigInt(pagesOf(Number(segment.memoryBytes)) * PAGE_BYTES);
}

function paddedPages(bytes: Uint8Array, segment: Part): Uint8Array {
  if (segment === undefined) return new Uint8Array(0);
  const pages = new Uint8Array(pagesOf(Number(segment.memoryBytes)) * PAGE_BYTES);
  pages.set(bytes.subarray(segment.offset, segment.offset + segment.fileBytes));
  return pages;
}
