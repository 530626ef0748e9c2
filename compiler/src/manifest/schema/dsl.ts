// SPDX-License-Identifier: Apache-2.0
/**
 * The language in which the manifest's schema is written down. One schema value drives everything that has to know the
 * keys: reading, defaults, the canonical JSON, JSON Schema, and the reference page.
 *
 * `default` is the value of a key that is missing from a table that is there; `absent` is its value when the whole
 * table is missing, and falls back to `default`. A key with `absent` alone must be listed if its table is ("all or
 * nothing"); a key with neither is required, and so is the table around it.
 */
export type Shape =
  | { kind: 'boolean' }
  | { kind: 'integer'; bits: 8 | 16 | 32 | 64; min?: number; max?: number }
  | { kind: 'float' }
  | { kind: 'string' }
  | { kind: 'enum'; values: readonly string[] }
  | { kind: 'array'; element: Field<unknown> }
  | { kind: 'table'; fields: Fields }
  | { kind: 'optional'; inner: Field<unknown> };

export interface Field<T> {
  readonly shape: Shape;
  /** One line for JSON Schema and the reference page. */
  readonly doc: string;
  readonly default?: T;
  readonly absent?: T;
}

export type Fields = Readonly<Record<string, Field<unknown>>>;

/** The TypeScript type of the values that a field describes. */
export type ValueOf<F> = F extends Field<infer T> ? T : never;
type TableOf<F extends Fields> = { readonly [K in keyof F]: ValueOf<F[K]> };

interface Defaults<T> {
  default?: T;
  absent?: T;
}

interface Range {
  min?: number;
  max?: number;
}

export function boolean(doc: string, defaults: Defaults<boolean> = {}): Field<boolean> {
  return { shape: { kind: 'boolean' }, doc, ...defaults };
}

export function string(doc: string, defaults: Defaults<string> = {}): Field<string> {
  return { shape: { kind: 'string' }, doc, ...defaults };
}

/** A 32-bit float, as the canonical JSON prints it. */
export function f32(doc: string, defaults: Defaults<number> = {}): Field<number> {
  return { shape: { kind: 'float' }, doc, ...defaults };
}

function integer(bits: 8 | 16 | 32, doc: string, options: Defaults<number> & Range): Field<number> {
  const { min, max, ...defaults } = options;
  return { shape: { kind: 'integer', bits, ...range(min, max) }, doc, ...defaults };
}

function range(min: number | undefined, max: number | undefined): Range {
  return { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
}

export function u8(doc: string, options: Defaults<number> & Range = {}): Field<number> {
  return integer(8, doc, options);
}

export function u16(doc: string, options: Defaults<number> & Range = {}): Field<number> {
  return integer(16, doc, options);
}

export function u32(doc: string, options: Defaults<number> & Range = {}): Field<number> {
  return integer(32, doc, options);
}

/** Held as bigint: a JavaScript number cannot carry every value of the type. */
export function u64(doc: string, options: Defaults<bigint> & Range = {}): Field<bigint> {
  const { min, max, ...defaults } = options;
  return { shape: { kind: 'integer', bits: 64, ...range(min, max) }, doc, ...defaults };
}

export function oneOf<const V extends readonly string[]>(
  doc: string,
  values: V,
  defaults: Defaults<NoInfer<V[number]>> = {},
): Field<V[number]> {
  return { shape: { kind: 'enum', values }, doc, ...defaults };
}

export function array<T>(doc: string, element: Field<T>, defaults: Defaults<readonly T[]> = {}): Field<readonly T[]> {
  return { shape: { kind: 'array', element }, doc, ...defaults };
}

export function table<const F extends Fields>(doc: string, fields: F): Field<TableOf<F>> {
  return { shape: { kind: 'table', fields }, doc };
}

/** A key or table that may be missing; the canonical JSON then holds `null`. */
export function optional<T>(inner: Field<T>): Field<T | null> {
  return { shape: { kind: 'optional', inner }, doc: inner.doc, default: null };
}

/** Value of a field whose whole table is missing; `undefined` when some key in it is required. */
export function absentValue(field: Field<unknown>): unknown {
  if (field.absent !== undefined) return field.absent;
  if (field.default !== undefined) return field.default;
  if (field.shape.kind !== 'table') return undefined;
  const values: Record<string, unknown> = {};
  for (const [name, child] of Object.entries(field.shape.fields)) {
    const value = absentValue(child);
    if (value === undefined) return undefined;
    values[name] = value;
  }
  return values;
}

/** Value of a key that is missing from a table that is there. */
export function missingValue(field: Field<unknown>): unknown {
  if (field.default !== undefined) return field.default;
  return field.shape.kind === 'table' ? absentValue(field) : undefined;
}
