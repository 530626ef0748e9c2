// SPDX-License-Identifier: Apache-2.0
/** Owns the bar that shows how far a long transfer is. */

const FULL = '█';
const PARTS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
const WIDEST_BAR = 40;
/** A narrower one says nothing. */
const NARROWEST_BAR = 8;

export interface Progress {
  label: string;
  done: number;
  total: number;
  /** `bytes` are shown in KiB and MiB, other units by their name. */
  unit: string;
}

/** One row of at most `columns - 1` characters: label, bar, percentage, bytes. */
export function progressLine({ label, done, total, unit }: Progress, columns: number, unicode = true): string {
  const part = total > 0 ? Math.min(1, Math.max(0, done / total)) : 1;
  const numbers = ` ${String(Math.floor(part * 100)).padStart(3)} %  ${amount(done, total, unit)}`;
  const room = columns - 1 - numbers.length;
  const width = Math.min(WIDEST_BAR, room - label.length - 3);
  if (width >= NARROWEST_BAR) return `${label} [${bar(part, width, unicode)}]${numbers}`;
  return `${label}${numbers}`.slice(0, Math.max(0, columns - 1));
}

function bar(part: number, width: number, unicode: boolean): string {
  if (!unicode) return '#'.repeat(Math.floor(part * width)).padEnd(width, '.');
  const eighths = Math.floor(part * width * 8);
  return (FULL.repeat(Math.floor(eighths / 8)) + (PARTS[eighths % 8] ?? '')).padEnd(width, ' ');
}

function amount(done: number, total: number, unit: string): string {
  return unit === 'bytes' ? `${size(done)} of ${size(total)}` : `${done} of ${total} ${unit}`;
}

/** `1.5 KiB` */
export function size(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  let value = bytes;
  let unit = 0;
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024;
  return `${unit === 0 || Number.isInteger(value) ? value : value.toFixed(1)} ${units[unit]}`;
}
