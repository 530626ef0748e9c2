/** The manifest's schema as JSON Schema (draft 7, which TOML language tools understand). */
import { type Field, missingValue } from './schema/dsl.ts';
import { manifestSchema20 } from './schema/manifest.ts';

type Node = Record<string, unknown>;

export function manifestJsonSchema(): Node {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Cohesix root-task manifest, schema 1.5 or 2.0',
    ...describe(manifestSchema20),
  };
}

function describe(field: Field<unknown>): Node {
  const { shape, doc } = field;
  const base: Node = { description: doc, ...defaultOf(field) };
  switch (shape.kind) {
    case 'optional':
      return describe(shape.inner);
    case 'boolean':
    case 'string':
      return { ...base, type: shape.kind };
    case 'float':
      return { ...base, type: 'number' };
    case 'enum':
      return { ...base, type: 'string', enum: shape.values };
    case 'integer':
      return { ...base, type: 'integer', minimum: shape.min ?? 0, ...maximumOf(shape.bits, shape.max) };
    case 'array':
      return { ...base, type: 'array', items: describe(shape.element) };
    case 'table': {
      const entries = Object.entries(shape.fields);
      const required = entries.filter(([, child]) => missingValue(child) === undefined).map(([name]) => name);
      return {
        description: doc,
        type: 'object',
        additionalProperties: false,
        ...(required.length === 0 ? {} : { required }),
        properties: Object.fromEntries(entries.map(([name, child]) => [name, describe(child)])),
      };
    }
  }
}

/** 64-bit limits are left out: JSON readers would round them. */
function maximumOf(bits: number, max: number | undefined): Node {
  if (max !== undefined) return { maximum: max };
  return bits === 64 ? {} : { maximum: 2 ** bits - 1 };
}

function defaultOf(field: Field<unknown>): Node {
  const value = field.default;
  if (value === undefined || value === null) return {};
  return { default: typeof value === 'bigint' ? Number(value) : value };
}
