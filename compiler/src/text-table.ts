// SPDX-License-Identifier: Apache-2.0
/** Owns tables of text for terminals and pages: columns as wide as their widest cell. Rows may end early. */

/** Widths of the columns, none below `least`. */
export function columnWidths(rows: readonly (readonly string[])[], least = 0): number[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? least, cell.length)));
  }
  return widths;
}

/** A line for each row; the first `left` columns are flush left, the others flush right. */
export function textTable(rows: readonly (readonly string[])[], left = Infinity): string[] {
  const widths = columnWidths(rows);
  const pad = (cell: string, column: number): string => {
    const width = widths[column] ?? cell.length;
    return column < left ? cell.padEnd(width) : cell.padStart(width);
  };
  return rows.map((row) => row.map(pad).join('  ').trimEnd());
}
