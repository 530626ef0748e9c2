// SPDX-License-Identifier: Apache-2.0
/** CBOR as text for people: the diagnostic notation of RFC 8949, section 8, in which most items look as they do in JSON. */
import { Decoder, Tag } from 'cbor-x';

/** Maps keep their order and any kind of key; no extension of the library's own is understood. */
const decoder = new Decoder({ mapsAsObjects: false, useRecords: false });

/** A line for each item of a sequence; undefined: that is no CBOR. */
export function cborLines(bytes: Uint8Array): string[] | undefined {
  const lines: string[] = [];
  try {
    decoder.decodeMultiple(bytes, (item: unknown) => void lines.push(shown(item)));
    return lines;
  } catch {
    return undefined;
  }
}

function shown(item: unknown): string {
  if (typeof item === 'string') return JSON.stringify(item);
  if (item instanceof Uint8Array) return `h'${Buffer.from(item).toString('hex')}'`;
  if (Array.isArray(item)) return `[${item.map(shown).join(', ')}]`;
  if (item instanceof Map) {
    return `{${Array.from(item, ([key, value]) => `${shown(key)}: ${shown(value)}`).join(', ')}}`;
  }
  if (item instanceof Tag) return `${item.tag}(${shown(item.value)})`;
  if (item instanceof Date) return `0(${JSON.stringify(item.toISOString())})`;
  return String(item);
}
