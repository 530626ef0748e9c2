// SPDX-License-Identifier: Apache-2.0
// Each import rule of .dependency-cruiser.mjs, broken once in a tree of two or three files.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { cruise, type ICruiseOptions, type ICruiseResult } from 'dependency-cruiser';
import extractDepcruiseOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';
import { expect, test } from 'vitest';

/** rule, importer, imported */
const BROKEN: [string, string, string][] = [
  ['domains-are-apart', 'domains/uart/index.ts', 'domains/net/ring.ts'],
  ['domains-are-apart', 'domains/uart/index.ts', 'roottask/boot/info.ts'],
  ['domains-are-apart', 'domains/uart/index.ts', 'ninedoor/server/serve.ts'],
  ['root-task-and-server-are-apart', 'roottask/index.ts', 'ninedoor/limits.ts'],
  ['root-task-and-server-are-apart', 'ninedoor/index.ts', 'domains/net/ring.ts'],
  ['lib-is-lowest', 'lib/text/writer.ts', 'domains/net/ring.ts'],
  ['lib-is-lowest', 'lib/text/writer.ts', 'roottask/log/output.ts'],
  ['lib-is-lowest', 'lib/text/writer.ts', 'ninedoor/limits.ts'],
  ['boot-is-below-the-supervisor', 'roottask/boot/phases.ts', 'roottask/supervisor/log.ts'],
  ['server-knows-no-provider', 'ninedoor/server/serve.ts', 'ninedoor/providers/log/queen.ts'],
  ['checker-stands-alone', 'compiler/check/check.ts', 'compiler/src/layout/format.ts'],
  ['diagnostics-are-lowest', 'diagnostics/render.ts', 'compiler/src/coh-rtc.ts'],
  ['runner-stands-alone', 'qemu/src/network.ts', 'compiler/src/image/boards.ts'],
  ['client-stands-alone', 'host/client/policy.ts', 'compiler/src/manifest/toml.ts'],
  ['client-stands-alone', 'host/client/policy.ts', 'host/cohsh/flags.ts'],
  ['tests-are-outermost', 'host/cohsh/main.ts', 'test/support/files.ts'],
  ['tests-are-outermost', 'qemu/src/boot.ts', 'test/support/files.ts'],
  ['tests-are-outermost', 'compiler/src/coh-rtc.ts', 'test/support/files.ts'],
  ['components-and-host-are-apart', 'lib/text/writer.ts', 'host/client/index.ts'],
  ['host-and-components-are-apart', 'host/client/index.ts', 'lib/text/writer.ts'],
];

const ALLOWED: [string, string][] = [
  ['domains/uart/index.ts', 'domains/uart/ring.ts'],
  ['domains/uart/index.ts', 'lib/text/writer.ts'],
  ['roottask/supervisor/log.ts', 'roottask/boot/info.ts'],
  ['ninedoor/providers/log/queen.ts', 'ninedoor/server/serve.ts'],
  ['compiler/check/check.ts', 'compiler/check/read.ts'],
  ['test/unit/some.test.ts', 'compiler/src/coh-rtc.ts'],
  ['host/client/mock/build.ts', 'compiler/src/manifest/compile.ts'],
  ['qemu/src/boot.ts', 'tools/version.ts'],
];

const IMPORT_RULES_TIMEOUT_MS = 20_000;

async function rulesBrokenBy(files: Record<string, string>): Promise<string[]> {
  const root = mkdtempSync(join(tmpdir(), 'import-rules-'));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, name)), { recursive: true });
      writeFileSync(join(root, name), text);
    }
    const { ruleSet, tsPreCompilationDeps } = await extractDepcruiseOptions(resolve('.dependency-cruiser.mjs'));
    const options = { ruleSet, tsPreCompilationDeps, validate: true, baseDir: root } as ICruiseOptions;
    const result = await cruise(Object.keys(files), options);
    return (result.output as ICruiseResult).summary.violations.map((violation) => violation.rule.name);
  } finally {
    rmSync(root, { recursive: true });
  }
}

const importing = (importer: string, imported: string): Record<string, string> => ({
  // A decorator on a function is AssemblyScript: the rules must see the imports of such a file all the same.
  [importer]: `import { a } from '${'../'.repeat(importer.split('/').length - 1)}${imported.replace('.ts', '')}';
@inline export function b(): void { a(); }\n`,
  [imported]: 'export function a(): void {}\n',
});

test.each(BROKEN)(
  '%s: %s may not import %s',
  { timeout: IMPORT_RULES_TIMEOUT_MS },
  async (rule, importer, imported) => {
    expect(await rulesBrokenBy(importing(importer, imported))).toContain(rule);
  },
);

test.each(ALLOWED)('%s may import %s', { timeout: IMPORT_RULES_TIMEOUT_MS }, async (importer, imported) => {
  expect(await rulesBrokenBy(importing(importer, imported))).toEqual([]);
});

test('a cycle of files is refused, that of types too', { timeout: IMPORT_RULES_TIMEOUT_MS }, async () => {
  const cycle = {
    'host/a.ts': "import type { B } from './b.ts';\nexport interface A { b: B }\n",
    'host/b.ts': "import type { A } from './a.ts';\nexport interface B { a: A }\n",
  };
  expect(await rulesBrokenBy(cycle)).toContain('no-cycle');
});
