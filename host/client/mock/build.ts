// SPDX-License-Identifier: Apache-2.0
/**
 * Builds the mock's parts from the sources of a checkout: NineDoor's wasm and the ticket keys of the default manifest.
 * A build is kept until a source changes. `node --import tsx host/client/mock/build.ts out/host` puts the parts there;
 * tools/bundle.ts does it for the tools.
 */
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { compileCached } from '../../../compiler/src/aot/module-cache.ts';
import { writeArtifacts } from '../../../compiler/src/manifest/artifacts/index.ts';
import { compileManifest } from '../../../compiler/src/manifest/compile.ts';
import { digest, writeAtomic } from '../../../compiler/src/toolchain/files.ts';
import { ROLES, ticketKey } from '../ticket.ts';
import { ticketSecret } from '../ticket-config.ts';
import { KEYS_FILE, WASM_FILE } from './files.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const MANIFEST = join(ROOT, 'configs/root_task.toml');
/** 64 KiB pages: NineDoor's memory_bytes in the manifest is at most this. */
const PAGES = 128;

function keys(): string {
  const byRole = ROLES.map((role) => [role, Buffer.from(ticketKey(ticketSecret(MANIFEST, role))).toString('hex')]);
  return `${JSON.stringify(Object.fromEntries(byRole), undefined, 2)}\n`;
}

/** Returns the directory that holds the parts. */
export async function buildMockParts(): Promise<string> {
  const generated = join(ROOT, 'out/mock');
  mkdirSync(generated, { recursive: true });
  await writeArtifacts(await compileManifest(MANIFEST), generated);
  const request = { root: ROOT, directory: 'ninedoor', generatedDir: join(generated, 'generated'), pages: PAGES };
  const { key, wasm } = await compileCached(request, join(generated, 'modules'));
  const secrets = keys();
  const directory = join(generated, digest([key, secrets]).slice(0, 16));
  if (existsSync(join(directory, WASM_FILE))) return directory;
  mkdirSync(directory, { recursive: true });
  writeAtomic(join(directory, KEYS_FILE), secrets);
  writeAtomic(join(directory, WASM_FILE), wasm);
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
