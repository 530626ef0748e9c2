// SPDX-License-Identifier: Apache-2.0
/** The manifest's schema as JSON Schema (draft 7, which TOML language tools understand). */
import { type Field, missingValue } from './schema/dsl.ts';
import { manifestSchema20 } from './schema/manifest.ts';

type Node = Record<string, unknown>;

export function manifestJsonSchema(): Node {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Cohesix root-task manifest, schema 1.5 or 2.0',
    ...describe(manifestSchema20),
    properties: { extends: EXTENDS, ...(describe(manifestSchema20).properties as Node) },
    // What a manifest that extends others leaves out stands in one of them.
    if: { required: ['extends'] },
    else: required(manifestSchema20),
  };
}

const PATH: Node = { type: 'string', minLength: 1 };
const EXTENDS: Node = {
  description: 'Manifests that this one builds on, by path relative to it; schema 2.0 only.',
  anyOf: [PATH, { type: 'array', items: PATH, minItems: 1 }],
};

/** Which keys a table, and the tables in it, cannot do without. */
function required(field: Field<unknown>): Node {
  if (field.shape.kind === 'optional') return required(field.shape.inner);
  if (field.shape.kind !== 'table') return {};
  const entries = Object.entries(field.shape.fields);
  const names = entries.filter(([, child]) => missingValue(child) === undefined).map(([name]) => name);
  const nodes = entries.map(([name, child]) => [name, required(child)] as const);
  const nested = nodes.filter(([, node]) => Object.keys(node).length > 0);
  return {
    ...(names.length === 0 ? {} : { required: names }),
    ...(nested.length === 0 ? {} : { properties: Object.fromEntries(nested) }),
  };
}

function allOf(node: Node): Node {
  return Object.keys(node).length === 0 ? {} : { allOf: [node] };
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
      // A list is never taken over in parts, so that its elements are whole.
      return { ...base, type: 'array', items: { ...describe(shape.element), ...allOf(required(shape.element)) } };
    case 'table': {
      const entries = Object.entries(shape.fields);
      return {
        description: doc,
        type: 'object',
        additionalProperties: false,
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
