// SPDX-License-Identifier: Apache-2.0
/** `cohsh diagnose`: fault reports, or addresses, become source lines. Works without a node. */
import { readFileSync } from 'node:fs';
import { FileError, readBounded } from '../../../tools/bounded-file.ts';
import { CommandError, UsageError } from '../errors.ts';
import { printable } from '../output.ts';
import { type Fault, findFaults, parseAddress } from './fault.ts';
import { ImageReport } from './image.ts';
import type { Place } from './lines.ts';

const DEFAULT_REPORT = 'out/qemu-virt/report.json';
const CONTEXT_LINES = 2;
const USAGE_FIX =
  'cohsh diagnose [REPORT.json] FAULT…: the text of a [fault] line, a domain and an address, or - for standard input';

/** What the words say: reports, or an address. */
function faultsOf(words: readonly string[]): Fault[] {
  if (words.length === 0) throw new UsageError('diagnose requires a fault report or an address', { fix: USAGE_FIX });
  const text = words.length === 1 && words[0] === '-' ? readFileSync(0, 'utf8') : words.join(' ');
  const faults = findFaults(text.replaceAll('[fault]', '\n[fault]'));
  if (faults.length > 0) return faults;
  const address = parseAddress(text.trim().split(/\s+/));
  if (address !== undefined) return [address];
  throw new CommandError('there is no fault report in that text', { fix: USAGE_FIX });
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}

const MAX_SOURCE_BYTES = 4 << 20;

/** None: the source is not at hand. */
function sourceLines(file: string): string[] {
  try {
    return readBounded(file, MAX_SOURCE_BYTES).toString('utf8').split('\n');
  } catch (error) {
    if (error instanceof FileError) return [];
    throw error;
  }
}

/** The source around a line, where the sources are at hand. */
function excerpt({ file, line }: Place): string[] {
  if (file === '' || file.startsWith('/') || file.split('/').includes('..')) return [];
  const all = sourceLines(file);
  if (all.length === 0) return [];
  const from = Math.max(1, line - CONTEXT_LINES);
  const shown = all.slice(from - 1, line + CONTEXT_LINES);
  const width = String(line + CONTEXT_LINES).length;
  return shown.map((text, index) => {
    const number = from + index;
    return `    ${number === line ? '>' : ' '} ${String(number).padStart(width)} | ${printable(text)}`.trimEnd();
  });
}

function describePlace(place: Place): string {
  const where = place.file === '' ? 'no source line' : `${place.file}:${place.line}`;
  return `${where} in ${place.function}`;
}

function diagnoseOne(fault: Fault, image: ImageReport): string[] {
  const components = fault.domain === undefined ? image.components : [image.componentOf(fault.domain)];
  const found = components.flatMap((component) => {
    const place = image.find(component, fault.pc);
    return place === undefined ? [] : [{ component, place }];
  });
  if (found.length === 0) {
    const where = fault.domain === undefined ? 'any component' : `the code of ${fault.domain}`;
    return [`${hex(fault.pc)} is not in ${where} of this image`];
  }
  return found.flatMap(({ component, place }) => [
    `${component} ${hex(fault.pc)}: ${describePlace(place)}`,
    ...excerpt(place),
    ...otherBuild(fault, place),
  ]);
}

/** A report of another build has other lines. */
function otherBuild({ at }: Fault, { file, line }: Place): string[] {
  if (at === undefined || file === '' || at === `${file}:${line}` || file.endsWith('.c') || file.endsWith('.h'))
    return [];
  return [`  the report itself says ${at}: it may come from another build of the image`];
}

/** What `kind` means, where it is not plain. */
const KINDS: Readonly<Record<string, string>> = {
  'out of bounds memory access': 'a load or store beyond the linear memory of the component',
  'stack overflow': 'the stack reached its guard page',
  'capability fault': 'a call to an object that the domain holds no capability for',
  'invalid address': 'an access to memory that is not mapped for the domain',
  hang: 'no progress within watchdog_ms; the line is where it was when the watchdog looked',
  unreachable: 'an assertion or abort in the component',
};

function head({ text, kind, addr }: Fault): string[] {
  if (kind === undefined) return [];
  const meaning = KINDS[kind];
  const address = addr === undefined ? '' : ` (address ${hex(addr)})`;
  return [printable(text), ...(meaning === undefined ? [] : [`  ${meaning}${address}`])];
}

export function runDiagnose(words: readonly string[]): string[] {
  const [first = ''] = words;
  const named = first.endsWith('.json');
  const faults = faultsOf(named ? words.slice(1) : words);
  const image = new ImageReport(named ? first : DEFAULT_REPORT);
  return faults.flatMap((fault) => [...head(fault), ...diagnoseOne(fault, image)]);
}
