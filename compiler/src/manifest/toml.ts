// SPDX-License-Identifier: Apache-2.0
/**
 * TOML reader for manifests: bytes in, a tree out in which every key and value knows its place in the source.
 * Input is hostile; whatever the bytes are, the outcome is a tree or a `Failure` with a position.
 *
 * Values are kept as the file spells them (integers as bigint), so that the schema reader alone decides what fits.
 */
import { type AST, ParseError, parseTOML } from 'toml-eslint-parser';
import { Failure } from '../../../diagnostics/diagnostic.ts';
import { SourceText, type Span } from '../../../diagnostics/source.ts';
import { inputCodes } from './codes.ts';

export interface TomlEntry {
  keySpan: Span;
  value: TomlValue;
}

export interface TomlTable {
  kind: 'table';
  span: Span;
  entries: Map<string, TomlEntry>;
}

export type TomlValue =
  | TomlTable
  | { kind: 'array'; span: Span; items: TomlValue[] }
  | { kind: 'string'; span: Span; value: string }
  | { kind: 'integer'; span: Span; value: bigint }
  | { kind: 'float'; span: Span; value: number }
  | { kind: 'boolean'; span: Span; value: boolean }
  | { kind: 'date'; span: Span };

export interface TomlDocument {
  source: SourceText;
  root: TomlTable;
}

/** A manifest is written by hand; a larger file is a mistake, and the limit bounds the work per run. */
export const MAX_MANIFEST_BYTES = 1024 * 1024;
/** Nesting of arrays and inline tables inside one value. The schema needs three. */
const MAX_NESTING = 32;
const BYTE_ORDER_MARK = '\ufeff';

/** Refuses a file by its size alone, so that a large one need not be read. */
export function checkSize(bytes: number, file: string): void {
  if (bytes <= MAX_MANIFEST_BYTES) return;
  throw syntaxFailure('COH0103', new SourceText(file, ''), { start: 0, end: 1 }, `file is ${bytes} bytes long`);
}

/** Parses `bytes`; `file` is the name that diagnostics show. */
export function parseToml(bytes: Uint8Array, file: string): TomlDocument {
  if (bytes.length > MAX_MANIFEST_BYTES) {
    throw syntaxFailure(
      'COH0103',
      new SourceText(file, ''),
      { start: 0, end: 1 },
      `file is ${bytes.length} bytes long`,
    );
  }
  const source = new SourceText(file, decodeUtf8(bytes, file));
  return { source, root: new TreeBuilder(source).build(parseSource(source)) };
}

function syntaxFailure(code: string, source: SourceText, span: Span, what: string): Failure {
  return new Failure({
    code,
    severity: 'error',
    message: `invalid manifest TOML in ${source.file}: ${what}`,
    ...source.locate(span),
    ...inputCodes[code],
  });
}

function decodeUtf8(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const valid = validUtf8Prefix(bytes);
    const source = new SourceText(file, valid);
    throw syntaxFailure('COH0102', source, { start: valid.length, end: valid.length + 1 }, 'not valid UTF-8');
  }
}

/** Text before the first byte that breaks UTF-8. A cut-off sequence at the end of a prefix does not break it yet. */
function validUtf8Prefix(bytes: Uint8Array): string {
  const decode = (end: number): string =>
    new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(0, end), { stream: true });
  let good = 0;
  let bad = bytes.length + 1;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    try {
      decode(middle);
      good = middle;
    } catch {
      bad = middle;
    }
  }
  return decode(good);
}

function parseSource(source: SourceText): AST.TOMLTopLevelTable {
  // The parser takes a lone carriage return for the end of a line: the rest of a comment would then be keys.
  const lone = source.text.search(/\r(?!\n)/);
  if (lone !== -1) {
    throw syntaxFailure('COH0101', source, { start: lone, end: lone + 1 }, 'carriage return without a line feed');
  }
  // A byte order mark is no TOML, but editors add it; a space in its place keeps every offset right.
  const text = source.text.startsWith(BYTE_ORDER_MARK) ? ` ${source.text.slice(1)}` : source.text;
  try {
    return parseTOML(text, { tomlVersion: '1.0' }).body[0];
  } catch (error) {
    if (error instanceof ParseError) {
      throw describeParseError(error, source);
    }
    if (error instanceof RangeError) {
      throw syntaxFailure('COH0104', source, { start: 0, end: 1 }, 'values are nested too deeply');
    }
    throw error;
  }
}

/** The parser's own words, except where it knows what it saw but does not say so. */
function describeParseError(error: ParseError, source: SourceText): Failure {
  const start = Math.min(error.index, source.text.length);
  const rest = source.text.slice(start, start + 256);
  if (error.message === 'Defining a key multiple times is invalid') {
    const key = /^(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')/.exec(rest)?.[0] ?? '';
    return syntaxFailure('COH0105', source, { start, end: start + key.length }, `'${key}' is already defined`);
  }
  const character = /^./u.exec(rest)?.[0];
  const isCharacter = error.message === 'Unexpected character' && character !== undefined;
  const what = isCharacter ? `unexpected character '${character}'` : lowerFirst(error.message);
  return syntaxFailure('COH0101', source, { start, end: start + 1 }, what);
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** Folds the parser's list of tables into one tree. The parser has already refused every conflicting definition. */
class TreeBuilder {
  private readonly source: SourceText;

  constructor(source: SourceText) {
    this.source = source;
  }

  build(top: AST.TOMLTopLevelTable): TomlTable {
    const root = newTable({ start: 0, end: 1 });
    for (const node of top.body) {
      if (node.type === 'TOMLTable') this.addTable(root, node);
      else this.addKeyValue(root, node, 0);
    }
    return root;
  }

  private addTable(root: TomlTable, node: AST.TOMLTable): void {
    let table = root;
    let keySpan = spanOf(node.key);
    let keyIndex = 0;
    for (let index = 0; index < node.resolvedKey.length; index += 1) {
      const part = node.resolvedKey[index];
      if (typeof part !== 'string') continue;
      const key = node.key.keys[keyIndex];
      keyIndex += 1;
      if (key !== undefined) keySpan = spanOf(key);
      const element = node.resolvedKey[index + 1];
      table =
        typeof element === 'number'
          ? childElement(table, part, element, keySpan, spanOf(node.key))
          : childTable(table, part, keySpan, spanOf(node.key));
    }
    table.span = spanOf(node.key);
    for (const pair of node.body) this.addKeyValue(table, pair, 0);
  }

  private addKeyValue(into: TomlTable, node: AST.TOMLKeyValue, depth: number): void {
    let table = into;
    const keys = node.key.keys;
    keys.forEach((key, index) => {
      const name = key.type === 'TOMLBare' ? key.name : key.value;
      if (index < keys.length - 1) table = childTable(table, name, spanOf(key), spanOf(node.key));
      else table.entries.set(name, { keySpan: spanOf(key), value: this.convert(node.value, depth) });
    });
  }

  private convert(node: AST.TOMLContentNode, depth: number): TomlValue {
    const span = spanOf(node);
    if (depth > MAX_NESTING) throw syntaxFailure('COH0104', this.source, span, 'values are nested too deeply');
    if (node.type === 'TOMLArray') {
      return { kind: 'array', span, items: node.elements.map((element) => this.convert(element, depth + 1)) };
    }
    if (node.type === 'TOMLInlineTable') {
      const table = newTable(span);
      for (const pair of node.body) this.addKeyValue(table, pair, depth + 1);
      return table;
    }
    switch (node.kind) {
      case 'string':
        return { kind: 'string', span, value: node.value };
      case 'integer':
        return { kind: 'integer', span, value: node.bigint };
      case 'float':
        return { kind: 'float', span, value: node.value };
      case 'boolean':
        return { kind: 'boolean', span, value: node.value };
      case 'offset-date-time':
      case 'local-date-time':
      case 'local-date':
      case 'local-time':
        return { kind: 'date', span };
    }
  }
}

function spanOf(node: AST.TOMLNode): Span {
  return { start: node.range[0], end: node.range[1] };
}

function newTable(span: Span): TomlTable {
  return { kind: 'table', span, entries: new Map() };
}

function childTable(parent: TomlTable, name: string, keySpan: Span, span: Span): TomlTable {
  const value = parent.entries.get(name)?.value;
  if (value?.kind === 'table') return value;
  const last = value?.kind === 'array' ? value.items.at(-1) : undefined;
  if (last?.kind === 'table') return last;
  const table = newTable(span);
  parent.entries.set(name, { keySpan, value: table });
  return table;
}

function childElement(parent: TomlTable, name: string, index: number, keySpan: Span, span: Span): TomlTable {
  let value = parent.entries.get(name)?.value;
  if (value?.kind !== 'array') {
    value = { kind: 'array', span, items: [] };
    parent.entries.set(name, { keySpan, value });
  }
  const item = value.items[index];
  if (item?.kind === 'table') return item;
  const table = newTable(span);
  value.items[index] = table;
  return table;
}
