// SPDX-License-Identifier: Apache-2.0
// Checks who imports whom by the rules of .dependency-cruiser.mjs. Violations that are older than the rules are listed
// in .known-import-violations.json: a new one fails, and so does an entry that is no longer true, so the list only
// shrinks. For a cycle the list names the files that lie on one: the ways round a knot are many and change with every
// mend.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import extractDepcruiseOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';

const FOLDERS = ['compiler', 'diagnostics', 'host', 'qemu', 'tools', 'test', 'lib', 'domains', 'roottask', 'ninedoor'];
const KNOWN = '.known-import-violations.json';

const options = await extractDepcruiseOptions(resolve('.dependency-cruiser.mjs'));
const result = (await cruise(FOLDERS, options)).output;
const found = new Map<string, string>();
for (const violation of (result as ICruiseResult).summary.violations) {
  const { rule, from, to, cycle } = violation;
  if (cycle === undefined) {
    found.set(`${rule.name}: ${from} -> ${to}`, '');
    continue;
  }
  const way = [from, ...cycle.map((step) => step.name)].join(' -> ');
  for (const file of [from, ...cycle.map((step) => step.name)]) found.set(`${rule.name}: ${file}`, way);
}

if (process.argv.includes('--update')) {
  writeFileSync(KNOWN, JSON.stringify([...found.keys()].sort(), null, 2) + '\n');
  process.exit(0);
}
const known = new Set(existsSync(KNOWN) ? (JSON.parse(readFileSync(KNOWN, 'utf8')) as string[]) : []);
const added = [...found].filter(([entry]) => !known.has(entry));
const mended = [...known].filter((entry) => !found.has(entry));
for (const [entry, way] of added) console.error(`${entry}${way && `\n    ${way}`}`);
for (const entry of mended) console.error(`${entry}: mended, take it out of ${KNOWN}`);
if (added.length > 0)
  for (const { name, comment } of options.ruleSet?.forbidden ?? []) {
    if (added.some(([entry]) => entry.startsWith(`${name}:`))) console.error(`${name}: ${comment}`);
  }
process.exitCode = added.length + mended.length > 0 ? 1 : 0;
