// SPDX-License-Identifier: Apache-2.0
/**
 * How every host tool reads a file that somebody named: regular files only, and no more of them than the caller has
 * room for. A device, a FIFO or a directory is refused before a byte is read; so is a file that is too long.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** Says in one clause what is wrong with the file; the caller puts what it was wanted for before it. */
export class FileError extends Error {
  override readonly name = 'FileError';
  readonly path: string;
  /** Of the system's error, where it was one: `ENOENT`, … */
  readonly code: string | undefined;

  constructor(path: string, message: string, code?: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.path = path;
    this.code = code;
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  EISDIR: 'not a regular file',
  ENXIO: 'not a regular file',
};

/** `: not a regular file`, for messages that have said what was to be read; nothing for errors of the system. */
export function refusalOf(error: unknown): string {
  return error instanceof FileError && error.code === undefined ? `: ${error.message}` : '';
}

/** The bytes of a regular file of at most `max_bytes`; throws `FileError`. */
export function readBounded(path: string, max_bytes: number): Buffer {
  let file: number | undefined;
  try {
    // Without O_NONBLOCK the open of a FIFO waits for a writer.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const status = fstatSync(file);
    if (!status.isFile()) throw new FileError(path, 'not a regular file');
    if (status.size > max_bytes) throw tooLong(path, max_bytes);
    return readAtMost(file, path, status.size, max_bytes);
  } catch (error) {
    if (error instanceof FileError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
    const reason = REASONS[code ?? ''] ?? (error instanceof Error ? error.message : String(error));
    throw new FileError(path, reason, code, error);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** The size is only a hint: files of /proc have none, and others may grow meanwhile. */
function readAtMost(file: number, path: string, hint: number, max_bytes: number): Buffer {
  let buffer = Buffer.alloc(Math.min(hint, max_bytes) + 1);
  let length = 0;
  for (;;) {
    const got = readSync(file, buffer, length, buffer.length - length, null);
    length += got;
    if (length > max_bytes) throw tooLong(path, max_bytes);
    if (got === 0) return buffer.subarray(0, length);
    if (length === buffer.length) {
      buffer = Buffer.concat([buffer], Math.min(max_bytes + 1, Math.max(4096, 2 * buffer.length)));
    }
  }
}

function tooLong(path: string, max_bytes: number): FileError {
  return new FileError(path, `more than ${max_bytes} bytes`);
}

/** The same as text; throws `FileError` where it is no UTF-8. */
export function readBoundedText(path: string, max_bytes: number): string {
  const bytes = readBounded(path, max_bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new FileError(path, 'not UTF-8', undefined, cause);
  }
}
