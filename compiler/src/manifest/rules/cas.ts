// SPDX-License-Identifier: Apache-2.0
/** Rules for the content-addressed store and its signing key, and for what the image cannot do without. */
import { readFileSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import type { CodeTable } from '../codes.ts';
import type { Report } from '../report.ts';
import * as limit from '../schema/limits.ts';
import type { Manifest } from '../schema/manifest.ts';
import { withinMsize } from './bounds.ts';

export const casCodes: CodeTable = {
  COH3201: {
    cause: 'Models are stored in the content-addressed store.',
    fix: 'set `cas.enable = true`, or `ecosystem.models.enable = false`',
  },
  COH3202: {
    cause: 'The store is a table of eight chunks in 32768 bytes, and a chunk is written in one frame.',
    fix: 'write a size between 1 and 4096, up to `secure9p.msize`',
  },
  COH3203: {
    cause: 'Whether unsigned updates are taken must be decided explicitly.',
    fix: 'add [cas.signing] with `required` and `key_path`',
  },
  COH3204: {
    cause: 'Signatures are checked against the public key that belongs to this file.',
    fix: 'add `key_path`, or set `required = false`',
  },
  COH3205: {
    cause: "The path is tried relative to the manifest's directory, then to the directory above it.",
    fix: 'put the key there, or correct `cas.signing.key_path`',
  },
  COH3206: {
    cause: 'The file holds an Ed25519 seed: 32 bytes, as 64 hexadecimal digits.',
    fix: 'replace the file, e.g. with the output of `openssl rand -hex 32`',
  },
  COH3301: {
    cause: 'Nobody could attach as queen, so nothing could ever be commanded.',
    fix: 'add [[tickets]] with `role = "queen"` and a secret',
  },
};

/** A key file holds 64 digits; anything much longer is another file. */
const MAX_KEY_FILE_BYTES = 4096;

export function checkCas(manifest: Manifest, report: Report): void {
  const { cas, ecosystem } = manifest;
  if (ecosystem.models.enable && !cas.enable) {
    const message = 'ecosystem.models.enable requires cas.enable = true';
    report.error('COH3201', ['ecosystem.models.enable', 'cas.enable'], message);
  }
  if (!cas.enable) return;
  checkChunks(manifest, report);
  if (cas.signing === null) {
    report.error('COH3203', ['cas.signing', 'cas.enable'], 'cas.signing section required when cas.enable = true');
  } else if (cas.signing.key_path !== null) {
    checkSigningKey(cas.signing.key_path, report);
  } else if (cas.signing.required) {
    const message = 'cas.signing.key_path required when signing.required = true';
    report.error('COH3204', ['cas.signing.key_path', 'cas.signing.required'], message);
  }
}

function checkChunks({ cas, secure9p }: Manifest, report: Report): void {
  const path = 'cas.store.chunk_bytes';
  const size = cas.store.chunk_bytes;
  if (size === 0) {
    report.error('COH3202', [path, 'cas.enable'], `${path} must be > 0`);
  } else if (withinMsize(report, 'COH3202', path, size, secure9p.msize)) {
    if (size * limit.MAX_CAS_CHUNKS <= limit.EVENT_PUMP_BUDGET_BYTES) return;
    const budget = `event-pump budget ${limit.EVENT_PUMP_BUDGET_BYTES}`;
    report.error('COH3202', path, `${path} ${size} with max_chunks ${limit.MAX_CAS_CHUNKS} exceeds ${budget}`);
  }
}

function checkSigningKey(keyPath: string, report: Report): void {
  const path = 'cas.signing.key_path';
  const candidates = keyPathCandidates(keyPath, report.fileOf(path));
  const found = candidates.find(isReadableKeyFile);
  if (found === undefined) {
    // Nothing that is generated from the manifest alone needs the key, so its absence does not stop a check.
    report.warning('COH3205', path, `failed to read cas signing key ${candidates[0]}`);
    return;
  }
  let bytes: Buffer;
  try {
    bytes = readFileSync(found);
  } catch {
    report.error('COH3205', path, `failed to read cas signing key ${found}`);
    return;
  }
  const fault = keyFault(bytes);
  if (fault !== undefined) report.error('COH3206', path, `cas signing key ${found} ${fault}`);
}

/** The file with the seed that the manifest names, if it is there and right. */
export function findSigningKey(keyPath: string | null | undefined, report: Report): string | undefined {
  if (keyPath === null || keyPath === undefined) return undefined;
  const found = keyPathCandidates(keyPath, report.fileOf('cas.signing.key_path')).find(isReadableKeyFile);
  return found !== undefined && keyFault(readFileSync(found)) === undefined ? found : undefined;
}

function keyPathCandidates(keyPath: string, manifestFile: string): [string, ...string[]] {
  if (isAbsolute(keyPath)) return [keyPath];
  const directory = dirname(manifestFile);
  return [join(directory, keyPath), join(directory, '..', keyPath)];
}

function isReadableKeyFile(path: string): boolean {
  try {
    const status = statSync(path);
    return status.isFile() && status.size <= MAX_KEY_FILE_BYTES;
  } catch {
    return false;
  }
}

function keyFault(bytes: Buffer): string | undefined {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes).trim();
  } catch {
    return 'is not valid UTF-8';
  }
  if (text === '') return 'is empty';
  const wrong = text.search(/[^0-9a-fA-F]/);
  if (wrong !== -1) return `must be hex: Invalid character '${text.charAt(wrong)}' at position ${wrong}`;
  if (text.length % 2 !== 0) return 'must be hex: Odd number of digits';
  return text.length === limit.CAS_KEY_BYTES * 2 ? undefined : `must be 32 bytes (got ${text.length / 2})`;
}

export function checkQueenTicket({ tickets }: Manifest, report: Report): void {
  if (tickets.some(({ role }) => role === 'queen')) return;
  report.error('COH3301', 'tickets', 'manifest does not include a queen ticket');
}
