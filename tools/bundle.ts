// SPDX-License-Identifier: Apache-2.0
/** Bundles the host tools into single files below out/host, which start fast and need no checkout. */
import { chmodSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { writeIfChanged } from '../compiler/src/toolchain/files.ts';
import { buildLibrary } from '../host/client/library.ts';
import { placeMockParts } from '../host/client/mock/build.ts';
import { WASM_FILE } from '../host/client/mock/files.ts';
import { bundleRunner } from './bundle-runner.ts';
import { bundle } from './library.ts';
import { type Bundle, bundledParts, npmPackage, partAt, thirdPartyText } from './third-party.ts';

const TOOLS: Readonly<Record<string, string>> = {
  'coh-rtc': 'compiler/src/coh-rtc.ts',
  cohsh: 'host/cohsh/main.ts',
};

const DEFAULT_DIR = 'out/host';
const BIN_DIR = 'node_modules/.bin';
const bundles: Bundle[] = [];
const outDir = process.argv[2] ?? DEFAULT_DIR;
for (const [name, entry] of Object.entries(TOOLS)) {
  const outfile = join(outDir, `${name}.mjs`);
  bundles.push({ name: `${name}.mjs`, inputs: await bundle(entry, outfile) });
  chmodSync(outfile, 0o755);
  if (outDir === DEFAULT_DIR) link(name, outfile);
}
// What the mock of cohsh runs.
await placeMockParts(outDir);
// For programs of others; its types take the compiler some seconds.
if (outDir === DEFAULT_DIR) {
  bundles.push(await buildLibrary(join(outDir, 'client')));
  bundles.push(await bundleRunner(join(outDir, 'qemu-wasm-runner')));
}
const title = 'Software of others in these tools, and its licences.';
const library = partAt(npmPackage('assemblyscript'), [WASM_FILE]);
const parts = [...bundledParts(process.cwd(), bundles), library];
writeIfChanged(join(outDir, 'THIRD-PARTY.txt'), thirdPartyText(title, parts));

/** `npx <tool>` looks for a package's own tools where npm puts those of others. */
function link(name: string, outfile: string): void {
  mkdirSync(BIN_DIR, { recursive: true });
  const path = join(BIN_DIR, name);
  rmSync(path, { force: true });
  symlinkSync(relative(BIN_DIR, outfile), path);
}
