// SPDX-License-Identifier: Apache-2.0
/**
 * `extends`: a manifest that says only in what it differs from others. Tables are merged key by key; every other value,
 * lists too, takes the place of the base's. Of several bases none comes first: where two of them differ, the manifest
 * itself must decide. Owned by the manifest compiler; the schema never sees the key.
 */
import { readFileSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, normalize } from 'node:path';
import { type Diagnostic, Failure } from '../../../diagnostics/diagnostic.ts';
import type { SourceText, Span } from '../../../diagnostics/source.ts';
import { inputCodes } from './codes.ts';
import { checkSize, parseToml, type TomlDocument, type TomlEntry, type TomlTable, type TomlValue } from './toml.ts';

const KEY = 'extends';
/** Manifests that take part, with the one that is compiled. */
const MAX_FILES = 16;

export interface LoadedDocument extends TomlDocument {
  /** The manifest and its bases, as paths that can be opened. */
  files: readonly string[];
}

/** Parses a manifest and whatever it extends. */
export function loadDocument(bytes: Uint8Array, path: string): LoadedDocument {
  const loader = new Loader();
  const document = loader.load(parseToml(bytes, path), [normalize(path)]);
  if (loader.problems.length > 0) throw new Failure(loader.problems);
  return { ...document, files: [path, ...loader.bases.keys()] };
}

/** The manifest and its bases, as far as they can be read. */
export function filesOf(path: string): readonly string[] {
  const loader = new Loader();
  try {
    loader.load(parseToml(readFileSync(path), path), [normalize(path)]);
  } catch {
    // Whoever compiles the manifest says what is wrong with it.
  }
  return [path, ...loader.bases.keys()];
}

class Loader {
  readonly problems: Diagnostic[] = [];
  /** Every base once, merged with its own bases. */
  readonly bases = new Map<string, TomlTable>();

  /** `chain`: the files that led here, this one last. */
  load(document: TomlDocument, chain: readonly string[]): TomlDocument {
    const { source, root } = document;
    const entry = root.entries.get(KEY);
    if (entry === undefined) return document;
    if (chain.length === 1 && !isExtensible(root)) return document;
    root.entries.delete(KEY);
    const paths = namesOf(entry.value);
    if (paths === undefined) {
      this.refuse('COH0111', source, entry.value.span, `${KEY} must be a path or a list of paths`);
      return document;
    }
    const bases = paths.flatMap(({ value, span }) => {
      const base = this.base(isAbsolute(value) ? value : join(dirname(source.file), value), source, span, chain);
      return base === undefined ? [] : [base];
    });
    let merged: TomlTable | undefined;
    for (const base of bases) {
      merged = merged === undefined ? base : this.join(merged, base, root, '', { source, span: entry.value.span });
    }
    return { source, root: merged === undefined ? root : overlay(merged, root) };
  }

  private base(path: string, source: SourceText, span: Span, chain: readonly string[]): TomlTable | undefined {
    const file = normalize(path);
    if (chain.includes(file)) {
      return this.refuse('COH0113', source, span, `${[...chain, file].join(' extends ')}`);
    }
    const known = this.bases.get(file);
    if (known !== undefined) return known;
    if (this.bases.size + 1 >= MAX_FILES) {
      return this.refuse('COH0114', source, span, `more than ${MAX_FILES} manifests extend each other`);
    }
    let bytes: Uint8Array;
    try {
      const status = statSync(file);
      // A device or a pipe may never end.
      if (!status.isFile()) return this.refuse('COH0112', source, span, `failed to read ${file}`);
      checkSize(status.size, file);
      bytes = readFileSync(file);
    } catch (error) {
      if (error instanceof Failure) throw error;
      return this.refuse('COH0112', source, span, `failed to read ${file}`);
    }
    const document = parseToml(bytes, file);
    markSource(document.root, document.source);
    // Its place is taken before its own bases are read, so that the limit counts it.
    this.bases.set(file, document.root);
    const { root } = this.load(document, [...chain, file]);
    this.bases.set(file, root);
    return root;
  }

  /** Two bases side by side. `decided` is what the manifest itself says. */
  private join(a: TomlTable, b: TomlTable, decided: TomlTable | undefined, path: string, at: Place): TomlTable {
    const entries = new Map(a.entries);
    for (const [name, entry] of b.entries) {
      const other = entries.get(name);
      const own = decided?.entries.get(name)?.value;
      const childPath = path === '' ? name : `${path}.${name}`;
      if (other === undefined) {
        entries.set(name, entry);
      } else if (other.value.kind === 'table' && entry.value.kind === 'table') {
        const value = this.join(other.value, entry.value, own?.kind === 'table' ? own : undefined, childPath, at);
        entries.set(name, { ...other, value });
      } else if (own === undefined && !isSame(other.value, entry.value)) {
        const message = `'${childPath}' is set at ${placeOf(other)} and otherwise at ${placeOf(entry)}`;
        this.refuse('COH0115', at.source, at.span, message);
      }
    }
    return { ...a, entries };
  }

  private refuse(code: string, source: SourceText, span: Span, what: string): undefined {
    const message = `invalid manifest TOML in ${source.file}: ${what}`;
    this.problems.push({ code, severity: 'error', message, ...source.locate(span), ...inputCodes[code] });
  }
}

interface Place {
  source: SourceText;
  span: Span;
}

/** Schema 1.5 has no such key; there it stays, to be refused as unknown. */
function isExtensible(root: TomlTable): boolean {
  const rootTask = root.entries.get('root_task')?.value;
  const schema = rootTask?.kind === 'table' ? rootTask.entries.get('schema')?.value : undefined;
  return schema?.kind !== 'string' || schema.value !== '1.5';
}

function namesOf(value: TomlValue): { value: string; span: Span }[] | undefined {
  const items = value.kind === 'array' ? value.items : [value];
  const names = items.flatMap((item) => (item.kind === 'string' && item.value !== '' ? [item] : []));
  return names.length === items.length && names.length > 0 ? names : undefined;
}

/** The base with the manifest's own values in the place of its own. */
function overlay(base: TomlTable, own: TomlTable): TomlTable {
  const entries = new Map(base.entries);
  for (const [name, entry] of own.entries) {
    const below = entries.get(name)?.value;
    const isTable = below?.kind === 'table' && entry.value.kind === 'table';
    entries.set(name, isTable ? { ...entry, value: overlay(below, entry.value as TomlTable) } : entry);
  }
  return { kind: 'table', span: own.span, entries };
}

function isSame(a: TomlValue, b: TomlValue): boolean {
  if (a.kind === 'array' && b.kind === 'array') {
    return a.items.length === b.items.length && a.items.every((item, index) => sameAt(item, b.items[index]));
  }
  if (a.kind === 'table' && b.kind === 'table') {
    return (
      a.entries.size === b.entries.size &&
      [...a.entries].every(([name, { value }]) => sameAt(value, b.entries.get(name)?.value))
    );
  }
  return a.kind === b.kind && 'value' in a && 'value' in b && a.value === b.value;
}

function sameAt(a: TomlValue, b: TomlValue | undefined): boolean {
  return b !== undefined && isSame(a, b);
}

function placeOf({ keySpan }: TomlEntry): string {
  const position = keySpan.source?.position(keySpan.start);
  return position === undefined ? 'an unknown place' : `${position.file}:${position.line}`;
}

/** Lets every span of a base say which file it is in. */
function markSource(value: TomlValue, source: SourceText): void {
  value.span = { ...value.span, source };
  if (value.kind === 'array') for (const item of value.items) markSource(item, source);
  if (value.kind !== 'table') return;
  for (const entry of value.entries.values()) {
    entry.keySpan = { ...entry.keySpan, source };
    markSource(entry.value, source);
  }
}
