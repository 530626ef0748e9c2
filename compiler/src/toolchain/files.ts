// SPDX-License-Identifier: Apache-2.0
/**
 * Owns how build products reach the disk: whole or not at all. Every stage of the toolchain writes through these
 * helpers, so that an interrupted or failed build never leaves a half-written file behind for the next one to trust.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

let sequence = 0;

/** A name beside `path` that no other process or call uses. */
export function temporaryName(path: string): string {
  sequence += 1;
  return `${path}.${process.pid}.${sequence}.tmp`;
}

/** Replaces `path` in one step. */
export function writeAtomic(path: string, contents: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = temporaryName(path);
  try {
    writeFileSync(temporary, contents);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Like `writeAtomic`, but keeps the old file (and its time stamp) when the contents are equal. */
export function writeIfChanged(path: string, contents: string | Uint8Array): boolean {
  const bytes = typeof contents === 'string' ? Buffer.from(contents) : contents;
  if (existsSync(path) && readFileSync(path).equals(bytes)) return false;
  writeAtomic(path, bytes);
  return true;
}

/** SHA-256 in hex over the parts, each preceded by its length, so that ["ab","c"] and ["a","bc"] differ. */
export function digest(parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) {
    const bytes = typeof part === 'string' ? Buffer.from(part) : part;
    hash.update(`${bytes.length}\n`);
    hash.update(bytes);
  }
  return hash.digest('hex');
}

/** SHA-256 of a file, or `undefined` when it cannot be read. */
export function digestFile(path: string): string | undefined {
  try {
    return createHash('sha256').update(readFileSync(path)).digest('hex');
  } catch {
    return undefined;
  }
}
