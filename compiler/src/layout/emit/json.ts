// SPDX-License-Identifier: Apache-2.0
/** `layout.json`: the layout for tools. Addresses and badges are strings, since JSON readers round large numbers. */
import type { Layout } from '../format.ts';

export function layoutJson(layout: Layout): string {
  const text = JSON.stringify(layout, (_, value: unknown) => (typeof value === 'bigint' ? hex(value) : value), 2);
  return `${text}\n`;
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}

/** The other way round. The text is a product of this toolchain: what it holds is not checked again. */
export function parseLayout(text: string): Layout {
  return JSON.parse(text, (_, value: unknown) =>
    typeof value === 'string' && /^0x[0-9a-f]+$/.test(value) ? BigInt(value) : value,
  ) as Layout;
}
