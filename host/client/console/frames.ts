// SPDX-License-Identifier: Apache-2.0
/**
 * Owns the console's framing over TCP: `size u32` (itself included), then one line of UTF-8 without a newline, in both
 * directions.
 */
import { CONSOLE, MAX_CONSOLE_FRAME } from '../defaults.ts';
import { ClientError, protocolError } from '../errors.ts';

const SIZE_BYTES = 4;

/** A line as it is sent. */
export function encodeLine(line: string): Buffer {
  if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(line)) {
    throw new ClientError('usage', 'a console line holds no control characters', 'send one line of text at a time');
  }
  const payload = Buffer.from(line);
  if (payload.length > CONSOLE.line) {
    throw new ClientError('usage', `line of ${payload.length} bytes exceeds ${CONSOLE.line}`, 'use --transport 9p');
  }
  const frame = Buffer.alloc(SIZE_BYTES + payload.length);
  frame.writeUInt32LE(frame.length);
  payload.copy(frame, SIZE_BYTES);
  return frame;
}

/** Text of a line that came: no control characters reach whoever shows it. */
function decodeLine(payload: Buffer): string {
  return payload.toString('utf8').replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g, '?');
}

/** Cuts what comes into lines. */
export class LineReader {
  private held: Buffer = Buffer.alloc(0);

  push(chunk: Uint8Array): string[] {
    this.held = this.held.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.held, chunk]);
    const lines: string[] = [];
    let at = 0;
    while (this.held.length - at >= SIZE_BYTES) {
      const size = this.held.readUInt32LE(at);
      if (size < SIZE_BYTES || size > MAX_CONSOLE_FRAME) throw protocolError(`frame of ${size} bytes cannot be`);
      if (this.held.length - at < size) break;
      lines.push(decodeLine(this.held.subarray(at + SIZE_BYTES, at + size)));
      at += size;
    }
    this.held = this.held.subarray(at);
    return lines;
  }
}
