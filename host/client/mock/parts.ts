// SPDX-License-Identifier: Apache-2.0
/**
 * Owns where the mock's parts come from: `ninedoor.wasm` and the keys that its tickets are checked with. A bundled tool
 * finds both beside itself; in a checkout they are built from the sources.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readBounded } from '../../../tools/bounded-file.ts';
import { ClientError } from '../errors.ts';
import { ROLES, type Role } from '../ticket.ts';
import { KEYS_FILE, WASM_FILE } from './files.ts';

export interface MockParts {
  module: WebAssembly.Module;
  keys: ReadonlyMap<Role, Uint8Array>;
}

const MAX_KEYS_BYTES = 64 << 10;
const MAX_WASM_BYTES = 16 << 20;

function readKeys(path: string): ReadonlyMap<Role, Uint8Array> {
  const parsed = JSON.parse(readBounded(path, MAX_KEYS_BYTES).toString('utf8')) as Partial<Record<Role, string>>;
  const keys = new Map<Role, Uint8Array>();
  for (const role of ROLES) {
    const hex = parsed[role];
    if (typeof hex === 'string' && /^[0-9a-f]{64}$/.test(hex)) keys.set(role, Buffer.from(hex, 'hex'));
  }
  return keys;
}

/** Parts that lie in a directory, or undefined. */
export function partsIn(directory: string): MockParts | undefined {
  const wasm = join(directory, WASM_FILE);
  if (!existsSync(wasm)) return undefined;
  return {
    module: new WebAssembly.Module(new Uint8Array(readBounded(wasm, MAX_WASM_BYTES))),
    keys: readKeys(join(directory, KEYS_FILE)),
  };
}

let loaded: Promise<MockParts> | undefined;

/** Loaded once in a process. */
export function loadMockParts(): Promise<MockParts> {
  return (loaded ??= load());
}

async function load(): Promise<MockParts> {
  const here = dirname(fileURLToPath(import.meta.url));
  const beside = partsIn(here);
  if (beside !== undefined) return beside;
  const builder = join(here, 'build.ts');
  if (existsSync(builder)) {
    // Not known to the bundler: the compiler does not go into the tools.
    const { buildMockParts } = (await import(builder)) as { buildMockParts: () => Promise<string> };
    const parts = partsIn(await buildMockParts());
    if (parts !== undefined) return parts;
  }
  throw new ClientError(
    'usage',
    `the mock needs ${WASM_FILE}, which is not beside this program`,
    'make tools puts it there; or use --transport tcp',
  );
}
