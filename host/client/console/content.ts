// SPDX-License-Identifier: Apache-2.0
/** Owns how the lines that a console shows become the bytes of the file again, as far as lines can. */
const BASE64_LINE = /^[A-Za-z0-9+/]*={0,2}$/;
const PREFIX = 'b64:';

/** The bytes of a file that is no text; undefined where the lines are those of text. */
export function contentOf(lines: readonly string[]): Buffer | undefined {
  const [first] = lines;
  if (first?.startsWith(PREFIX) !== true) return undefined;
  const parts = [first.slice(PREFIX.length), ...lines.slice(1)];
  return parts.every((part) => BASE64_LINE.test(part)) ? Buffer.from(parts.join(''), 'base64') : undefined;
}

/** Bytes of a file that is no text come back as they were; of text, each line with a newline. */
export function decodeContent(lines: readonly string[]): Buffer {
  const bytes = contentOf(lines);
  if (bytes !== undefined) return bytes;
  return lines.length === 0 ? Buffer.alloc(0) : Buffer.from(`${lines.join('\n')}\n`);
}
