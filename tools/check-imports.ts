// SPDX-License-Identifier: Apache-2.0
// Checks who imports whom by the rules of .dependency-cruiser.mjs, in TypeScript and AssemblyScript alike.
import { resolve } from 'node:path';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import extractDepcruiseOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';

const FOLDERS = ['compiler', 'diagnostics', 'host', 'qemu', 'tools', 'test', 'lib', 'domains', 'roottask', 'ninedoor'];

const options = await extractDepcruiseOptions(resolve('.dependency-cruiser.mjs'));
const result = (await cruise(FOLDERS, options)).output;
const broken = new Set<string>();
for (const { rule, from, to, cycle } of (result as ICruiseResult).summary.violations) {
  const way = cycle === undefined ? [from, to] : [from, ...cycle.map((step) => step.name)];
  console.error(`${rule.name}: ${way.join(' -> ')}`);
  broken.add(rule.name);
}
for (const { name, comment } of options.ruleSet?.forbidden ?? []) {
  if (name !== undefined && broken.has(name)) console.error(`${name}: ${comment}`);
}
process.exitCode = broken.size > 0 ? 1 : 0;
