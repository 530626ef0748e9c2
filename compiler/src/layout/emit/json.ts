/** `layout.json`: the layout for tools. Addresses and badges are strings, since JSON readers round large numbers. */
import type { Layout } from '../format.ts';

export function layoutJson(layout: Layout): string {
  const text = JSON.stringify(layout, (_, value: unknown) => (typeof value === 'bigint' ? hex(value) : value), 2);
  return `${text}\n`;
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}
