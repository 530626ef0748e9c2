// SPDX-License-Identifier: Apache-2.0
/** Canonical JSON of manifest values: the bytes that every manifest hash covers. Key order is the schema's. */
import type { Field, Shape } from './schema/dsl.ts';

/** Two-space indent, `": "`, no newline at the end. */
export function prettyJson(value: unknown, field: Field<unknown>): string {
  return write(value, field.shape, '\n');
}

/** No white space at all; used for the hashes of single tables. */
export function compactJson(value: unknown, field: Field<unknown>): string {
  return write(value, field.shape, '');
}

/** `newline` is a line break with the current indent, or empty for the compact form. */
function write(value: unknown, shape: Shape, newline: string): string {
  if (value === null) return 'null';
  switch (shape.kind) {
    case 'optional':
      return write(value, shape.inner.shape, newline);
    case 'array': {
      const items = (value as readonly unknown[]).map((item) => write(item, shape.element.shape, deeper(newline)));
      return bracket('[', items, ']', newline);
    }
    case 'table': {
      const values = value as Record<string, unknown>;
      const colon = newline === '' ? ':' : ': ';
      const members = Object.entries(shape.fields).map(
        ([name, field]) => `${JSON.stringify(name)}${colon}${write(values[name], field.shape, deeper(newline))}`,
      );
      return bracket('{', members, '}', newline);
    }
    case 'float':
      return formatF32(value as number);
    case 'boolean':
    case 'integer':
      return (value as boolean | number | bigint).toString();
    case 'string':
    case 'enum':
      return JSON.stringify(value);
  }
}

function deeper(newline: string): string {
  return newline === '' ? '' : `${newline}  `;
}

function bracket(open: string, parts: readonly string[], close: string, newline: string): string {
  if (parts.length === 0) return open + close;
  const inner = deeper(newline);
  return open + inner + parts.join(`,${inner}`) + newline + close;
}

/** Shortest decimal that reads back as the same 32-bit float, always with a fraction or an exponent. */
export function formatF32(value: number): string {
  const single = Math.fround(value);
  let text = String(single);
  for (let digits = 1; digits <= 9; digits += 1) {
    const candidate = single.toPrecision(digits);
    if (Math.fround(Number(candidate)) === single) {
      text = String(Number(candidate));
      break;
    }
  }
  if (Object.is(single, -0)) text = '-0';
  return /[.e]/.test(text) ? text.replace('e+', 'e') : `${text}.0`;
}
