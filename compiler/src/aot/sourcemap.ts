// SPDX-License-Identifier: Apache-2.0
/**
 * Owns reading asc's source maps (version 3, one generated line: columns are byte offsets in the wasm module).
 */
export interface MappedPosition {
  /** Byte offset in the module. */
  offset: number;
  file: string;
  /** 1-based. */
  line: number;
  /** 1-based. */
  column: number;
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

function decodeSegment(segment: string): number[] {
  const values: number[] = [];
  let value = 0;
  let shift = 0;
  for (const character of segment) {
    const digit = DIGITS.indexOf(character);
    if (digit < 0) throw new Error(`source map: bad digit ${JSON.stringify(character)}`);
    value += (digit & 31) * 2 ** shift;
    if (digit >= 32) {
      shift += 5;
      continue;
    }
    values.push(value % 2 === 1 ? -Math.floor(value / 2) : value / 2);
    value = 0;
    shift = 0;
  }
  return values;
}

/** The part of a source map that says where code comes from, without the copies of the sources. */
export function mappingsOf(text: string): string {
  const { sources, mappings } = JSON.parse(text) as { sources: string[]; mappings: string };
  return JSON.stringify([sources, mappings]);
}

/** Positions in ascending order of offset. Segments without a source are left out: they continue what came before. */
export function readSourceMap(text: string): MappedPosition[] {
  const map = JSON.parse(text) as { version: number; sources: string[]; mappings: string };
  if (map.version !== 3 || map.mappings.includes(';')) throw new Error('source map: unexpected layout');
  const positions: MappedPosition[] = [];
  let [offset, source, line, column] = [0, 0, 0, 0];
  for (const segment of map.mappings.split(',')) {
    if (segment === '') continue;
    const values = decodeSegment(segment);
    offset += values[0] ?? 0;
    if (values.length < 4) continue;
    source += values[1] ?? 0;
    line += values[2] ?? 0;
    column += values[3] ?? 0;
    const file = map.sources[source];
    if (file === undefined) throw new Error('source map: unknown source');
    positions.push({ offset, file, line: line + 1, column: column + 1 });
  }
  return positions.sort((a, b) => a.offset - b.offset);
}
