// SPDX-License-Identifier: Apache-2.0
/** A text file as records of cohsh-telemetry-push/v1: pieces of it in JSON lines, each within the limit of a record. */
import { statSync } from 'node:fs';
import { extname } from 'node:path';
import { readBounded } from '../../../tools/bounded-file.ts';
import { CommandError } from '../errors.ts';
import { INLINE_SCHEMA, MAX_RECORD_BYTES, MAX_SEGMENT_BYTES } from './limits.ts';

const MIMES: Readonly<Record<string, string>> = {
  txt: 'text/plain',
  log: 'text/plain',
  json: 'application/json',
  ndjson: 'application/x-ndjson',
  csv: 'text/csv',
};
const EXTENSIONS = ['txt', 'log', 'json', 'ndjson', 'csv'].join(', ');
const REFERENCE_FIX = 'push references to it instead: --reference';

export interface Source {
  mime: string;
  /** Lines without their newline. */
  records: readonly string[];
}

export function mimeOf(file: string): string {
  const extension = extname(file).slice(1).toLowerCase();
  if (extension === '')
    throw new CommandError('telemetry push requires a file extension', { fix: `one of ${EXTENSIONS}` });
  const mime = MIMES[extension];
  if (mime !== undefined) return mime;
  throw new CommandError(`telemetry push extension '${extension}' is not allowed (allowed: ${EXTENSIONS})`, {
    fix: REFERENCE_FIX,
  });
}

/** Size of a file that can be pushed. */
export function sourceBytes(file: string): number {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) throw new CommandError(`telemetry push source not found: ${file}`);
  if (!stat.isFile()) throw new CommandError('telemetry push source must be a file');
  if (stat.size === 0) throw new CommandError('telemetry push source is empty');
  return stat.size;
}

function tooLong(fix: string): CommandError {
  return new CommandError(`telemetry push source exceeds max_bytes_per_segment ${MAX_SEGMENT_BYTES} bytes`, { fix });
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** `lineBytes`: the longest line that the transport can carry. */
export function inlineSource(file: string, lineBytes: number): Source {
  const mime = mimeOf(file);
  if (sourceBytes(file) > MAX_SEGMENT_BYTES) throw tooLong(REFERENCE_FIX);
  let text;
  try {
    text = utf8.decode(readBounded(file, MAX_SEGMENT_BYTES));
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw new CommandError(`telemetry push cannot read ${file}`, { cause });
    throw new CommandError('telemetry push source must be UTF-8 text', { fix: REFERENCE_FIX });
  }
  const records = encodeRecords(text, mime, Math.min(MAX_RECORD_BYTES - 1, lineBytes));
  const total = records.reduce((sum, record) => sum + Buffer.byteLength(record) + 1, 0);
  if (total <= MAX_SEGMENT_BYTES) return { mime, records };
  const narrow = lineBytes < MAX_RECORD_BYTES - 1;
  throw tooLong(
    narrow ? 'over this transport it takes more records: use --transport 9p, or --reference' : REFERENCE_FIX,
  );
}

function record(seq: number, mime: string, payload: string): string {
  return JSON.stringify({ schema: INLINE_SCHEMA, seq, mime, payload });
}

/** Cuts a text into records of at most `maxBytes`, never within a character. */
export function encodeRecords(text: string, mime: string, maxBytes: number): string[] {
  const records: string[] = [];
  let piece = '';
  let room = 0;
  const flush = (): void => {
    if (piece !== '') records.push(record(records.length + 1, mime, piece));
    piece = '';
    room = maxBytes - Buffer.byteLength(record(records.length + 1, mime, ''));
  };
  flush();
  for (const character of text) {
    const bytes = Buffer.byteLength(JSON.stringify(character)) - 2;
    if (bytes > room) flush();
    if (bytes > room) {
      throw new CommandError(`this transport carries lines of ${maxBytes} bytes, too few for a record`, {
        fix: 'use --transport 9p',
      });
    }
    piece += character;
    room -= bytes;
  }
  flush();
  return records;
}
