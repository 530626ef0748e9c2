// SPDX-License-Identifier: Apache-2.0
/**
 * Builds the mock's parts from the sources of a checkout: NineDoor's wasm and the ticket keys of the default manifest.
 * A build is kept until a source changes. `node --import tsx host/client/mock/build.ts out/host` puts the parts there;
 * tools/bundle.ts does it for the tools.
 */
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ask } from '../../../compiler/src/aot/worker-host.ts';
import { writeArtifacts } from '../../../compiler/src/manifest/artifacts/index.ts';
import { compileManifest } from '../../../compiler/src/manifest/compile.ts';
import { ROLES, ticketKey } from '../ticket.ts';
import { ticketSecret } from '../ticket-config.ts';
import { KEYS_FILE, WASM_FILE } from './files.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const MANIFEST = join(ROOT, 'configs/root_task.toml');
/** 64 KiB pages: NineDoor's memory_bytes in the manifest is at most this. */
const PAGES = 128;

function sources(): string[] {
  const found = readdirSync(join(ROOT, 'ninedoor'), { recursive: true, withFileTypes: true });
  return found
    .filter((entry) => entry.isFile() && /\.(ts|json)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

function keys(): string {
  const byRole = ROLES.map((role) => [role, Buffer.from(ticketKey(ticketSecret(MANIFEST, role))).toString('hex')]);
  return `${JSON.stringify(Object.fromEntries(byRole), undefined, 2)}\n`;
}

/** Written whole or not at all: others may be reading. */
function place(path: string, content: string | Uint8Array): void {
  const partial = `${path}.${process.pid}`;
  writeFileSync(partial, content);
  renameSync(partial, path);
}

/** Returns the directory that holds the parts. */
export async function buildMockParts(): Promise<string> {
  const generated = join(ROOT, 'out/mock');
  mkdirSync(generated, { recursive: true });
  await writeArtifacts(await compileManifest(MANIFEST), generated);
  const hash = createHash('sha256')
    .update(readFileSync(join(ROOT, 'asconfig.json')))
    .update(readFileSync(MANIFEST));
  for (const path of sources()) hash.update(path).update(readFileSync(path));
  const directory = join(generated, hash.digest('hex').slice(0, 16));
  if (existsSync(join(directory, WASM_FILE))) return directory;
  mkdirSync(directory, { recursive: true });
  const request = { root: ROOT, directory: 'ninedoor', generatedDir: join(generated, 'generated'), pages: PAGES };
  const { wasm } = await ask('compile', request);
  place(join(directory, KEYS_FILE), keys());
  place(join(directory, WASM_FILE), wasm);
  return directory;
}

/** Policies of the default manifest, with their side files: for tools that run without a built image. */
const POLICIES = ['cohsh_policy.toml', 'coh_policy.toml'].flatMap((file) => [file, `${file}.sha256`]);

/** Puts beside bundled tools what they need of the sources. */
export async function placeMockParts(outDir: string): Promise<void> {
  const directory = await buildMockParts();
  mkdirSync(outDir, { recursive: true });
  for (const file of [KEYS_FILE, WASM_FILE]) copyFileSync(join(directory, file), join(outDir, file));
  for (const file of POLICIES) copyFileSync(join(ROOT, 'out/mock', file), join(outDir, file));
}

if (process.argv[1] === import.meta.filename) await placeMockParts(process.argv[2] ?? join(ROOT, 'out/host'));
