// SPDX-License-Identifier: Apache-2.0
/** The parts of docs/manifest.md that follow from schema and catalogue, as Markdown. */
import { catalogue } from '../catalogue.ts';
import { absentValue, type Field, missingValue, type Shape } from '../schema/dsl.ts';
import { manifestSchema20 } from '../schema/manifest.ts';

/** One section for each table that holds keys of its own. */
export function keyReference(): string {
  return [...sections(manifestSchema20, '')].join('\n');
}

export function codeReference(): string {
  const rows = [...catalogue].map(([code, { cause, fix }]) => `| ${code} | ${cell(cause)} | ${cell(fix)} |`);
  return ['| code | why | what to do |', '|---|---|---|', ...rows, ''].join('\n');
}

/** Every number of the manifest: its key, its default and what is refused. */
export function limitReference(): string {
  return ['| key | default | range |', '|---|---|---|', ...numbers(manifestSchema20, ''), ''].join('\n');
}

function* numbers(field: Field<unknown>, path: string): Generator<string> {
  const { shape } = field;
  if (shape.kind === 'optional') yield* numbers(shape.inner, path);
  if (shape.kind === 'array') yield* numbers(shape.element, `${path}[]`);
  if (shape.kind === 'integer') {
    const range = rangeOf(shape).trim();
    yield `| \`${path}\` | ${cell(defaultOf(field))} | ${range === '' ? `u${shape.bits}` : range.slice(0, -1)} |`;
  }
  if (shape.kind !== 'table') return;
  for (const [name, child] of Object.entries(shape.fields)) {
    yield* numbers(child, path === '' ? name : `${path}.${name}`);
  }
}

function* sections(field: Field<unknown>, path: string): Generator<string> {
  const { shape } = field;
  if (shape.kind === 'optional') yield* sections(shape.inner, path);
  if (shape.kind === 'array') yield* sections(shape.element, `${path}[]`);
  if (shape.kind !== 'table') return;
  const entries = Object.entries(shape.fields);
  const keys = entries.filter(([, child]) => !isTable(child.shape));
  if (keys.length > 0) yield section(path, field.doc, keys);
  for (const [name, child] of entries) {
    if (isTable(child.shape)) yield* sections(child, path === '' ? name : `${path}.${name}`);
  }
}

function section(path: string, doc: string, keys: readonly (readonly [string, Field<unknown>])[]): string {
  const title = path.endsWith('[]') ? `[[${path.slice(0, -2)}]]` : `[${path}]`;
  const rows = keys.map(([name, field]) => {
    const columns = [`\`${name}\``, typeOf(field.shape), defaultOf(field), field.doc + rangeOf(field.shape)];
    return `| ${columns.map(cell).join(' | ')} |`;
  });
  const table = ['| key | type | default | meaning |', '|---|---|---|---|', ...rows];
  return [`### \`${title}\``, '', doc, '', ...table, ''].join('\n');
}

/** Whether the field has a section of its own: tables, and arrays of tables. */
function isTable(shape: Shape): boolean {
  if (shape.kind === 'optional') return isTable(shape.inner.shape);
  if (shape.kind === 'array') return isTable(shape.element.shape);
  return shape.kind === 'table';
}

function typeOf(shape: Shape): string {
  switch (shape.kind) {
    case 'optional':
      return typeOf(shape.inner.shape);
    case 'array':
      return `list of ${typeOf(shape.element.shape)}`;
    case 'enum':
      return shape.values.map((value) => `\`${value}\``).join(' ');
    case 'integer':
      return `u${shape.bits}`;
    case 'float':
      return 'f32';
    case 'boolean':
    case 'string':
    case 'table':
      return shape.kind;
  }
}

function defaultOf(field: Field<unknown>): string {
  if (field.shape.kind === 'optional') return 'none';
  const value = absentValue(field);
  if (value === undefined) return 'required';
  const text = `\`${JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? Number(item) : item))}\``;
  return missingValue(field) === undefined ? `${text}; required if the table is there` : text;
}

function rangeOf(shape: Shape): string {
  if (shape.kind !== 'integer') return '';
  if (shape.min !== undefined && shape.max !== undefined) return ` From ${shape.min} to ${shape.max}.`;
  if (shape.max !== undefined) return ` At most ${shape.max}.`;
  return shape.min === undefined ? '' : ` At least ${shape.min}.`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}
