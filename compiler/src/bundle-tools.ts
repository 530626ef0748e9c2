/** Bundles the host tools into single files below out/host, which start fast and need no checkout. */
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const TOOLS: Readonly<Record<string, string>> = {
  'coh-rtc': 'compiler/src/coh-rtc.ts',
};

const outDir = process.argv[2] ?? 'out/host';
for (const [name, entry] of Object.entries(TOOLS)) {
  const outfile = join(outDir, `${name}.mjs`);
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    minifySyntax: true,
    legalComments: 'eof',
    logLevel: 'warning',
  });
  chmodSync(outfile, 0o755);
}
