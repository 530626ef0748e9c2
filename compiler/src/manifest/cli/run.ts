// SPDX-License-Identifier: Apache-2.0
/**
 * The command `coh-rtc`: picks the subcommand, prints what it returns, and maps outcomes to exit codes (0 done, 1 the
 * manifest is refused, 2 wrong usage).
 */
import { type Diagnostic, Failure } from '../../../../diagnostics/diagnostic.ts';
import { render } from '../../../../diagnostics/render.ts';
import { writeArtifacts } from '../artifacts/index.ts';
import { writeFiles } from '../artifacts/write.ts';
import { catalogue } from '../catalogue.ts';
import { type CompiledManifest, compileManifest } from '../compile.ts';
import { diffManifests, type ManifestDifference } from '../diff.ts';
import { filesOf } from '../extend.ts';
import { generatedFiles } from '../generated.ts';
import { checkPage, pagesIn, updatePage } from '../docs-page.ts';
import { manifestJsonSchema } from '../json-schema.ts';
import { versionLine } from '../../../../tools/version.ts';
import { nearestName } from '../nearest.ts';
import { ANALYSES } from './analyse.ts';
import type { Command, Output } from './command.ts';
import { FLAG_FORM_USAGE, runFlagForm } from './flag-form.ts';
import { onlyPositional, readOptions, UsageError } from './options.ts';
import { watchFiles } from './watch.ts';

const USAGE = `usage: coh-rtc check FILE… [--json]           check manifests, write nothing
       coh-rtc build FILE --out DIR [--json]  check, then write every artifact below DIR
               --watch                        and again whenever FILE changes, until interrupted
       coh-rtc diff A B [--json]              what changes in authority between two manifests
       coh-rtc who-can PATH [--manifest FILE] [--json]   who can read or write a path of the tree, and by what way
       coh-rtc graph FILE [--svg]             the capability graph, as Graphviz DOT or as SVG
       coh-rtc memory FILE [--layout FILE] [--json]      worst-case memory against the board
       coh-rtc capdl LAYOUT [--all]           a built layout.json as CapDL text; all instances of pools, not one
       coh-rtc explain CODE                   what a diagnostic means and what to do
       coh-rtc schema                         the manifest schema as JSON Schema
       coh-rtc docs [FILE…] [--check]         make the generated parts of pages anew, or check them (docs/*.md)
       coh-rtc --version                      version and commit
${FLAG_FORM_USAGE}
exit codes: 0 done, 1 the manifest is refused, 2 wrong usage
`;

const COMMANDS: Readonly<Record<string, Command>> = {
  ...{ check, build, diff, explain, schema, docs },
  ...ANALYSES,
};

export async function run(argv: readonly string[], output: Output): Promise<number> {
  const [first] = argv;
  try {
    if (first === undefined) throw new UsageError('no command');
    if (argv.includes('--help') || first === 'help') {
      output.stdout(USAGE);
      return 0;
    }
    if (first === '--version') {
      output.stdout(versionLine('coh-rtc'));
      return 0;
    }
    const command = Object.hasOwn(COMMANDS, first) ? COMMANDS[first] : undefined;
    if (command !== undefined) return await command(argv.slice(1), output);
    if (looksLikeFlagForm(argv)) return await runFlagForm(argv, output);
    const near = nearestName(first, Object.keys(COMMANDS));
    throw new UsageError(`unknown command '${first}'${near === undefined ? '' : `; did you mean '${near}'?`}`);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    output.stderr(`coh-rtc: ${error.message}\nRun \`coh-rtc --help\` for all commands and options.\n`);
    return 2;
  }
}

/** The older form names no command: it starts with an option, or with a manifest and options after it. */
function looksLikeFlagForm(argv: readonly string[]): boolean {
  return argv[0]?.startsWith('-') === true || argv[0]?.endsWith('.toml') === true || argv.includes('--out');
}

async function check(argv: readonly string[], output: Output): Promise<number> {
  const options = readOptions(argv, new Map([['json', 'flag']]));
  if (options.positionals.length === 0) throw new UsageError('check needs a manifest');
  const results = [];
  for (const path of options.positionals) results.push(await compile(path));
  if (options.flags.has('json')) {
    const manifests = results.map(({ path, compiled, diagnostics }) => {
      return { path, ok: compiled !== undefined, hashes: compiled?.hashes, diagnostics };
    });
    output.stdout(`${JSON.stringify({ manifests }, null, 2)}\n`);
  } else {
    for (const { path, compiled, diagnostics } of results) {
      output.stderr(diagnostics.map(render).join('\n'));
      if (compiled !== undefined) output.stdout(`${path}: ok, sha256 ${compiled.hashes.manifest}\n`);
      else output.stderr(`\n${path}: ${count(diagnostics)}\n`);
    }
  }
  return results.every(({ compiled }) => compiled !== undefined) ? 0 : 1;
}

function count(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  return errors === 1 ? '1 error' : `${errors} errors`;
}

async function build(argv: readonly string[], output: Output): Promise<number> {
  const known = [['json', 'flag'] as const, ['watch', 'flag'] as const, ['out', 'value'] as const];
  const options = readOptions(argv, new Map(known));
  const path = onlyPositional(options, 'build needs one manifest');
  const outDir = options.values.get('out');
  if (outDir === undefined) throw new UsageError('build needs --out DIR');
  const buildOnce = () => buildInto(path, outDir, options.flags.has('json'), output);
  if (!options.flags.has('watch')) return buildOnce();
  await watchFiles(path, async () => {
    await buildOnce();
    return filesOf(path);
  });
  return 0;
}

async function buildInto(path: string, outDir: string, isJson: boolean, output: Output): Promise<number> {
  const { compiled, diagnostics } = await compile(path);
  let written: string[] = [];
  let problems = diagnostics;
  if (compiled !== undefined) {
    try {
      written = await writeArtifacts(compiled, outDir);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      problems = [...diagnostics, ...error.diagnostics];
    }
  }
  const isDone = compiled !== undefined && problems === diagnostics;
  if (isJson) {
    const result = { ok: isDone, out: outDir, written, hashes: compiled?.hashes, diagnostics: problems };
    output.stdout(`${JSON.stringify(result, null, 2)}\n`);
  } else {
    output.stderr(problems.map(render).join('\n'));
    if (isDone) output.stdout(`${outDir}: ${written.length} files changed, sha256 ${compiled.hashes.manifest}\n`);
  }
  return isDone ? 0 : 1;
}

interface Outcome {
  path: string;
  compiled?: CompiledManifest;
  diagnostics: readonly Diagnostic[];
}

async function compile(path: string): Promise<Outcome> {
  try {
    const compiled = await compileManifest(path);
    return { path, compiled, diagnostics: compiled.warnings };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { path, diagnostics: error.diagnostics };
  }
}

async function diff(argv: readonly string[], output: Output): Promise<number> {
  const options = readOptions(argv, new Map([['json', 'flag']]));
  const [first, second, ...more] = options.positionals;
  if (first === undefined || second === undefined || more.length > 0) throw new UsageError('diff needs two manifests');
  const [before, after] = [await compile(first), await compile(second)];
  if (before.compiled === undefined || after.compiled === undefined) {
    output.stderr([...before.diagnostics, ...after.diagnostics].map(render).join('\n'));
    return 1;
  }
  const difference = diffManifests(before.compiled, after.compiled);
  output.stdout(
    options.flags.has('json') ? `${JSON.stringify(difference, null, 2)}\n` : describeDifference(difference),
  );
  return 0;
}

function describeDifference({ authority, keys }: ManifestDifference): string {
  const lines = authority.map(
    ({ path, effect, before, after }) => `${effect.padEnd(7)}  ${path}: ${before ?? 'none'} -> ${after ?? 'none'}\n`,
  );
  return `${lines.join('')}${authority.length} changes of authority, ${keys.length} keys differ\n`;
}

function explain(argv: readonly string[], output: Output): number {
  const options = readOptions(argv, new Map([['json', 'flag']]));
  const code = onlyPositional(options, 'explain needs one code, such as COH1201').toUpperCase();
  const entry = catalogue.get(code);
  if (entry === undefined) {
    const near = nearestName(code, [...catalogue.keys()]);
    throw new UsageError(`no diagnostic has the code ${code}${near === undefined ? '' : `; did you mean ${near}?`}`);
  }
  output.stdout(
    options.flags.has('json')
      ? `${JSON.stringify({ code, ...entry }, null, 2)}\n`
      : `${code}\n  cause: ${entry.cause}\n  fix: ${entry.fix}\n`,
  );
  return 0;
}

function schema(argv: readonly string[], output: Output): number {
  const options = readOptions(argv, new Map([['json', 'flag']]));
  if (options.positionals.length > 0) throw new UsageError('schema takes no argument');
  output.stdout(`${JSON.stringify(manifestJsonSchema(), null, 2)}\n`);
  return 0;
}

function docs(argv: readonly string[], output: Output): number {
  const options = readOptions(argv, new Map([['check', 'flag']]));
  const pages = options.positionals.length > 0 ? options.positionals : pagesIn('docs');
  if (options.positionals.length === 0 && !options.flags.has('check')) {
    for (const path of writeFiles('', generatedFiles())) output.stdout(`${path}: updated\n`);
    return 0;
  }
  const diagnostics = pages.flatMap((page) => {
    try {
      if (options.flags.has('check')) checkPage(page);
      else if (updatePage(page)) output.stdout(`${page}: updated\n`);
      return [];
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return error.diagnostics;
    }
  });
  output.stderr(diagnostics.map(render).join('\n'));
  return diagnostics.length === 0 ? 0 : 1;
}
