// SPDX-License-Identifier: Apache-2.0
/**
 * A file of any kind as records of coh-ref-c/v1: where its parts begin, how long they are, and their digests. The file
 * itself stays where it is.
 */
import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { checkSignal, CommandError } from '../errors.ts';
import { type Source, sourceBytes } from './inline.ts';
import { MAX_REFERENCE_BYTES, REFERENCE_CHUNK_BYTES, REFERENCE_SCHEMA } from './limits.ts';

const READ_BYTES = 1 << 20;

export interface ReferenceOptions {
  signal?: AbortSignal | undefined;
  chunkBytes?: number;
  onProgress?: (done: number, total: number) => void;
}

/** Base64 without padding, of the alphabet for URLs: 43 characters, so that a record fits the line of a console. */
function digestToken(hash: ReturnType<typeof createHash>): string {
  return hash.digest('base64url');
}

async function digest(file: FileHandle, off: number, len: number, step: (bytes: number) => void): Promise<string> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, len));
  for (let at = 0; at < len;) {
    const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, len - at), off + at);
    if (bytesRead === 0) throw new CommandError('telemetry push source became shorter while it was read');
    hash.update(buffer.subarray(0, bytesRead));
    at += bytesRead;
    step(bytesRead);
  }
  return digestToken(hash);
}

export function referenceRecord(seq: number, off: number, len: number, sha256: string): string {
  return JSON.stringify({ schema: REFERENCE_SCHEMA, seq, off, len, sha256 });
}

export async function referenceSource(path: string, options: ReferenceOptions = {}): Promise<Source> {
  const total = sourceBytes(path);
  if (total > MAX_REFERENCE_BYTES) {
    throw new CommandError(`telemetry push source exceeds max_reference_bytes ${MAX_REFERENCE_BYTES} bytes`);
  }
  const chunkBytes = options.chunkBytes ?? REFERENCE_CHUNK_BYTES;
  const records: string[] = [];
  let done = 0;
  const step = (bytes: number): void => {
    checkSignal(options.signal);
    done += bytes;
    options.onProgress?.(done, total);
  };
  const file = await open(path);
  try {
    for (let off = 0; off < total; off += chunkBytes) {
      const len = Math.min(chunkBytes, total - off);
      const sha256 = await digest(file, off, len, step);
      records.push(referenceRecord(records.length + 1, off, len, sha256));
    }
  } finally {
    await file.close();
  }
  return { mime: 'application/octet-stream', records };
}
