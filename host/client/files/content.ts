// SPDX-License-Identifier: Apache-2.0
/**
 * Owns how the contents of a file become a console's payload: lines of text, or base64 where it is no text, and the
 * summary in the acknowledgement of CAT. The rules are those of the image's console (domains/console/summary.ts), so
 * that the same file gives the same answer over every transport.
 */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Of `path=<p> data=<summary>`. */
const DETAIL_BYTES = 128;
const LABELS_BYTES = 'path= data='.length;
/** A longer line is passed over. */
const SUMMARY_LINE_BYTES = 64;
const SUMMARY_LINES = 64;
/** Bytes that make a line of base64, 224 characters. */
const BASE64_BYTES = 168;
/** Lines of a `tail`. */
export const TAIL_LINES = 64;

/** It must be shown in base64. */
export function isBinary(bytes: Uint8Array): boolean {
  for (const c of bytes) if (c === 0x7f || (c < 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09)) return true;
  try {
    utf8.decode(bytes);
    return false;
  } catch {
    return true;
  }
}

/** The lines in it; a last one without newline counts. */
function split(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  let start = 0;
  for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, start)) {
    lines.push(bytes.subarray(start, end));
    start = end + 1;
  }
  if (start < bytes.length) lines.push(bytes.subarray(start));
  return lines;
}

/** A line as a terminal may see it. */
function shown(line: Buffer): string {
  return line
    .toString()
    .replace(/\r/g, '')
    .replace(/[\u0000-\u0008\u000b-\u001f]/g, '?');
}

function base64Lines(bytes: Buffer): string[] {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += BASE64_BYTES) {
    lines.push(bytes.toString('base64', at, Math.min(at + BASE64_BYTES, bytes.length)));
  }
  if (lines[0] !== undefined) lines[0] = `b64:${lines[0]}`;
  return lines;
}

/** `asText`: a stray byte in one line of a log does not hide the others. */
export function payloadLines(bytes: Buffer, { asText = false, last = Infinity } = {}): string[] {
  if (!asText && isBinary(bytes)) return base64Lines(bytes);
  const lines = split(bytes).map(shown);
  return lines.length > last ? lines.slice(-last) : lines;
}

function isOwn(line: Buffer, log: boolean): boolean {
  return line[0] === 0x5b || (log && line.toString('latin1').startsWith('console: '));
}

function pick(lines: readonly Buffer[], room: number, log: boolean, all: boolean): Buffer[] {
  const picked: Buffer[] = [];
  let used = 0;
  for (let i = lines.length - 1; i >= 0 && picked.length < SUMMARY_LINES; i--) {
    const line = lines[i] ?? Buffer.alloc(0);
    if (line.length === 0 || line.length > SUMMARY_LINE_BYTES || (!all && isOwn(line, log))) continue;
    const wanted = line.length + (picked.length > 0 ? 1 : 0);
    if (used + wanted > room) break;
    used += wanted;
    picked.unshift(line);
  }
  return picked;
}

/** The last line, cut at a character. */
function cut(line: Buffer, room: number): string {
  let end = Math.min(line.length, Math.max(room, 0));
  while (end > 0 && end < line.length && ((line[end] ?? 0) & 0xc0) === 0x80) end--;
  return line.subarray(0, end).toString();
}

/** The `data=` of a CAT: the newest lines, joined by `|`, as many as fit. */
export function summary(path: string, bytes: Buffer, log = false): string {
  const room = DETAIL_BYTES - LABELS_BYTES - Buffer.byteLength(path);
  if (!log && isBinary(bytes)) {
    const fits = Math.max(0, Math.floor((room - 4) / 4) * 3);
    return `b64:${bytes.subarray(0, fits).toString('base64')}`;
  }
  const lines = split(bytes);
  let picked = pick(lines, room, log, false);
  if (picked.length === 0) picked = pick(lines, room, log, true);
  if (picked.length > 0) return picked.map((line) => line.toString()).join('|');
  return cut(lines.at(-1) ?? Buffer.alloc(0), room);
}
