// SPDX-License-Identifier: Apache-2.0
/**
 * Owns reading asc's source maps (version 3, one generated line: columns are byte offsets in the wasm module).
 */
import { decode } from '@jridgewell/sourcemap-codec';

export interface MappedPosition {
  /** Byte offset in the module. */
  offset: number;
  file: string;
  /** 1-based. */
  line: number;
  /** 1-based. */
  column: number;
}

/** The part of a source map that says where code comes from, without the copies of the sources. */
export function mappingsOf(text: string): string {
  const { sources, mappings } = JSON.parse(text) as { sources: string[]; mappings: string };
  return JSON.stringify([sources, mappings]);
}

/** Positions in ascending order of offset. Segments without a source are left out: they continue what came before. */
export function readSourceMap(text: string): MappedPosition[] {
  const map = JSON.parse(text) as { version: number; sources: string[]; mappings: string };
  // The decoder takes any character for a digit.
  if (map.version !== 3 || !/^[A-Za-z0-9+/,]*$/.test(map.mappings)) throw new Error('source map: unexpected layout');
  const positions = decode(map.mappings)
    .flat()
    .flatMap((segment): MappedPosition[] => {
      if (segment.length === 1) return [];
      const [offset, source, line, column] = segment;
      const file = map.sources[source];
      if (file === undefined) throw new Error('source map: unknown source');
      return [{ offset, file, line: line + 1, column: column + 1 }];
    });
  return positions.sort((a, b) => a.offset - b.offset);
}
