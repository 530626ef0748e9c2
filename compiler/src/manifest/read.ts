// SPDX-License-Identifier: Apache-2.0
/**
 * Reads a TOML tree by the schema: unknown keys are refused, types checked, defaults filled in, and places recorded.
 * Reading goes on after an error with a stand-in value, so that one run reports everything.
 */
import type { Span } from '../../../diagnostics/source.ts';
import { formatF32 } from './json.ts';
import { nearestName } from './nearest.ts';
import { catalogue } from './catalogue.ts';
import { Report } from './report.ts';
import { absentValue, type Field, type Fields, missingValue, type Shape } from './schema/dsl.ts';
import { type Manifest, manifestSchema20, schemaOf } from './schema/manifest.ts';
import type { TomlDocument, TomlTable, TomlValue } from './toml.ts';

/** TOML integers are 64-bit signed, so an unsigned 64-bit key takes only the non-negative half. */
const MAX_TOML_INTEGER = 2n ** 63n - 1n;
const MAX_F32 = 3.4028234663852886e38;

const TYPE_NAMES: Record<TomlValue['kind'], string> = {
  table: 'a table',
  array: 'an array',
  string: 'a string',
  integer: 'an integer',
  float: 'a float',
  boolean: 'a boolean',
  date: 'a date or time',
};

export interface ReadResult {
  manifest: Manifest;
  report: Report;
}

export function readManifest(document: TomlDocument): ReadResult {
  const report = new Report(document.source, catalogue);
  const schema = schemaOf(versionOf(document));
  const manifest = new Reader(report, schema.shape).read(document.root, schema, '') as Manifest;
  return { manifest, report };
}

/** The version that the manifest says it has, before anything else is read. */
function versionOf(document: TomlDocument): string {
  const rootTask = document.root.entries.get('root_task')?.value;
  const version = rootTask?.kind === 'table' ? rootTask.entries.get('schema')?.value : undefined;
  return version?.kind === 'string' ? version.value : '';
}

class Reader {
  private readonly report: Report;
  private readonly schema: Shape;

  constructor(report: Report, schema: Shape) {
    this.report = report;
    this.schema = schema;
  }

  read(value: TomlValue, field: Field<unknown>, path: string): unknown {
    if (path !== '') this.report.place(path, value.span);
    const { shape } = field;
    switch (shape.kind) {
      case 'optional':
        return this.read(value, shape.inner, path);
      case 'table':
        return value.kind === 'table' ? this.readTable(value, shape.fields, path) : this.wrongType(value, field, path);
      case 'array':
        if (value.kind !== 'array') return this.wrongType(value, field, path);
        return value.items.map((item, index) => this.read(item, shape.element, `${path}[${index}]`));
      case 'integer':
        if (value.kind !== 'integer') return this.wrongType(value, field, path);
        return this.readInteger(value.value, value.span, field, shape.bits, path);
      case 'float':
        if (value.kind !== 'float' && value.kind !== 'integer') return this.wrongType(value, field, path);
        return this.readFloat(Number(value.value), value.span, field, path);
      case 'enum':
        if (value.kind !== 'string') return this.wrongType(value, field, path);
        return this.readEnum(value.value, value.span, field, shape.values, path);
      case 'boolean':
      case 'string':
        return value.kind === shape.kind ? value.value : this.wrongType(value, field, path);
    }
  }

  private readTable(value: TomlTable, fields: Fields, path: string): Record<string, unknown> {
    const misspelt = new Set<string>();
    for (const [name, entry] of value.entries) {
      if (Object.hasOwn(fields, name) || this.report.isFull) continue;
      const unset = Object.keys(fields).filter((key) => !value.entries.has(key));
      const meant = nearestName(name, unset);
      if (meant !== undefined) misspelt.add(meant);
      this.unknownKey(name, meant, entry.keySpan, fields, path);
    }
    const result: Record<string, unknown> = {};
    for (const [name, field] of Object.entries(fields)) {
      const childPath = path === '' ? name : `${path}.${name}`;
      const entry = value.entries.get(name);
      if (entry !== undefined) {
        result[name] = this.read(entry.value, field, childPath);
      } else if (misspelt.has(name)) {
        // The misspelling has been reported; that the right spelling is missing, and what follows, is no second
        // mistake.
        this.report.markBroken(childPath);
        result[name] = standIn(field);
      } else {
        result[name] = this.missing(field, value, childPath);
      }
    }
    return result;
  }

  private missing(field: Field<unknown>, table: TomlTable, path: string): unknown {
    const value = missingValue(field);
    if (value !== undefined) return value;
    if (field.shape.kind === 'table') {
      return this.refuse('COH0203', table.span, field, path, `missing table [${path}]`, `add [${path}]`);
    }
    const fix = `add ${assignment(field, path)}`;
    return this.refuse('COH0202', table.span, field, path, `missing key '${path}'`, fix);
  }

  /** `meant` is the key that `name` seems to be a misspelling of. */
  private unknownKey(name: string, meant: string | undefined, span: Span, fields: Fields, path: string): void {
    const where = path === '' ? 'at the top level' : `in [${path}]`;
    const home = homeOf(name, this.schema);
    let fix = `remove it; known keys are ${Object.keys(fields).join(', ')}`;
    if (meant !== undefined) fix = `did you mean \`${meant}\`?`;
    else if (holds(manifestSchema20.shape, path, name)) {
      fix = `${path === '' ? `[${name}]` : `\`${path}.${name}\``} belongs to schema 2.0: set \`root_task.schema = "2.0"\``;
    } else if (home !== undefined) fix = `\`${name}\` belongs to ${home}`;
    this.report.errorAt('COH0201', span, this.text(span, `unknown key '${name}' ${where}`), fix);
  }

  private readInteger(value: bigint, span: Span, field: Field<unknown>, bits: number, path: string): unknown {
    const max = bits === 64 ? MAX_TOML_INTEGER : 2n ** BigInt(bits) - 1n;
    if (value < 0n || value > max) {
      const what = `${path} ${value} is outside 0..=${max}`;
      return this.refuse('COH0205', span, field, path, what, `write an integer between 0 and ${max}`);
    }
    return bits === 64 ? value : Number(value);
  }

  private readFloat(value: number, span: Span, field: Field<unknown>, path: string): unknown {
    if (!(Math.abs(value) <= MAX_F32)) {
      return this.refuse('COH0207', span, field, path, `${path} must be a finite 32-bit float`);
    }
    return Math.fround(value);
  }

  private readEnum(value: string, span: Span, field: Field<unknown>, values: readonly string[], path: string): unknown {
    if (values.includes(value)) return value;
    const near = nearestName(value, values);
    const fix = near === undefined ? `write one of ${values.map(quoted).join(', ')}` : `did you mean "${near}"?`;
    const what = `${path} '${value}' is not one of ${values.join(', ')}`;
    return this.refuse('COH0206', span, field, path, what, fix);
  }

  private wrongType(value: TomlValue, field: Field<unknown>, path: string): unknown {
    const what = `${path} must be ${typeName(field.shape)}, not ${TYPE_NAMES[value.kind]}`;
    return this.refuse('COH0204', value.span, field, path, what, `write ${assignment(field, path)}`);
  }

  /** Reports, and returns a stand-in that makes no further noise. */
  private refuse(code: string, span: Span, field: Field<unknown>, path: string, what: string, fix?: string): unknown {
    this.report.errorAt(code, span, this.text(span, what), fix);
    this.report.markBroken(path);
    return standIn(field);
  }

  private text(span: Span, what: string): string {
    return `invalid manifest TOML in ${this.report.sourceOf(span).file}: ${what}`;
  }
}

function standIn(field: Field<unknown>): unknown {
  const value = absentValue(field);
  if (value !== undefined) return value;
  switch (field.shape.kind) {
    case 'boolean':
      return false;
    case 'integer': {
      const number = field.shape.max ?? field.shape.min ?? 1;
      return field.shape.bits === 64 ? BigInt(number) : number;
    }
    case 'float':
      return 1;
    case 'string':
      return '';
    case 'enum':
      return field.shape.values[0];
    case 'array':
      return [];
    case 'optional':
      return null;
    case 'table':
      return Object.fromEntries(Object.entries(field.shape.fields).map(([name, child]) => [name, standIn(child)]));
  }
}

function typeName(shape: Shape): string {
  if (shape.kind === 'optional') return typeName(shape.inner.shape);
  if (shape.kind === 'enum') return TYPE_NAMES.string;
  return shape.kind === 'float' ? 'a number' : TYPE_NAMES[shape.kind];
}

/** How the key is written: with its default, or with the kind of value that it needs. */
function assignment(field: Field<unknown>, path: string): string {
  const name = lastName(path);
  const { shape } = field;
  const value = absentValue(field);
  if (shape.kind === 'optional') return assignment(shape.inner, path);
  if (shape.kind === 'table') return `a table, [${path}]`;
  if (shape.kind === 'enum') return `\`${name}\` with one of ${shape.values.map(quoted).join(', ')}`;
  if (shape.kind === 'array' || value === undefined) return `\`${name} = …\` with ${typeName(shape)}`;
  const text = shape.kind === 'float' ? formatF32(value as number) : JSON.stringify(value, bigintAsNumber);
  return `\`${name} = ${text}\`, its default`;
}

function bigintAsNumber(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value;
}

function quoted(text: string): string {
  return `"${text}"`;
}

function lastName(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1).replace(/\[\d+\]$/, '');
}

/** Where a key of that very name belongs, if there is exactly one such place. */
function homeOf(name: string, schema: Shape): string | undefined {
  const homes = [...tablesWith(name, schema, '')];
  if (homes.length !== 1 || homes[0] === undefined) return undefined;
  return homes[0] === '' ? 'the top level' : `[${homes[0]}]`;
}

/** Whether the table at a path, such as `ecosystem.host` or `tickets[0]`, has a key of that name. */
function holds(schema: Shape, path: string, name: string): boolean {
  let shape: Shape | undefined = schema;
  for (const step of path === '' ? [] : path.replaceAll(/\[\d+\]/g, '').split('.')) {
    shape = inside(shape)[step]?.shape;
    if (shape === undefined) return false;
  }
  return Object.hasOwn(inside(shape), name);
}

/** Fields of the table that a shape is, or is a list of. */
function inside(shape: Shape): Fields {
  if (shape.kind === 'optional') return inside(shape.inner.shape);
  if (shape.kind === 'array') return inside(shape.element.shape);
  return shape.kind === 'table' ? shape.fields : {};
}

function* tablesWith(name: string, shape: Shape, path: string): Generator<string> {
  if (shape.kind === 'optional') yield* tablesWith(name, shape.inner.shape, path);
  if (shape.kind === 'array') yield* tablesWith(name, shape.element.shape, `${path}[]`);
  if (shape.kind !== 'table') return;
  if (Object.hasOwn(shape.fields, name)) yield path;
  for (const [key, field] of Object.entries(shape.fields)) {
    yield* tablesWith(name, field.shape, path === '' ? key : `${path}.${key}`);
  }
}
