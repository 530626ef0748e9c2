// SPDX-License-Identifier: Apache-2.0
/**
 * Owns compiling and linking freestanding AArch64 code for every part of the image: loader, kernel, component shims,
 * generated C, test programs. Objects are rebuilt only when the command, a source or an included header changed; output
 * does not depend on the folder that the repository lies in.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { Failure, failure, type Diagnostic } from '../../../diagnostics/diagnostic.ts';
import { digest, digestFile, temporaryName, writeAtomic } from './files.ts';
import { commandName, keepObject, type Places, takeObject } from './object-cache.ts';
import { parallel, run } from './process.ts';
import { findTool } from './tools.ts';

export interface CompileOptions {
  /** C and .S files, absolute or relative to `root`. */
  sources: readonly string[];
  /** Where objects, depfiles and command records go. */
  objDir: string;
  /** The repository root: paths inside objects are relative to it. Default: the working directory. */
  root?: string;
  includeDirs?: readonly string[];
  /** Included as -isystem: warnings inside are not ours to fix. */
  systemIncludeDirs?: readonly string[];
  /** `NAME` or `NAME=value`. */
  defines?: readonly string[];
  flags?: readonly string[];
  /** Directories whose location must not show in the output: `[directory, name]`, e.g. `[outDir, 'out']`. */
  prefixMap?: readonly (readonly [string, string])[];
  target?: string;
  /** Called once for each object that is compiled anew. */
  progress?: (source: string) => void;
}

export interface LinkOptions {
  objects: readonly string[];
  output: string;
  script?: string;
  flags?: readonly string[];
  /** Files beside the objects and the script that the link reads, for the up-to-date check. */
  inputs?: readonly string[];
  /** Looks at the new file before it takes its name; a throw leaves the old one. */
  check?: (path: string) => void;
}

export const TARGET = 'aarch64-none-elf';

/** What every freestanding object is compiled with. */
const BASE_FLAGS = [
  '-std=gnu11',
  '-ffreestanding',
  '-fno-stack-protector',
  '-fno-common',
  '-fno-pic',
  '-fno-asynchronous-unwind-tables',
  '-fno-ident',
  '-ffunction-sections',
  '-fdata-sections',
  '-Wall',
  '-Wextra',
  '-Werror',
  '-g',
];

interface Job {
  source: string;
  object: string;
  args: string[];
  command: string;
  /** The folders of the prefix maps. */
  places: Places;
  /** The command by its name in the cache of objects. */
  shared: string;
}

/** Compiles the sources that changed; returns the object paths in the order of the sources. */
export async function compileObjects(options: CompileOptions): Promise<string[]> {
  const clang = await findTool('clang');
  const root = resolve(options.root ?? '.');
  mkdirSync(options.objDir, { recursive: true });
  const jobs = options.sources.map((source) => makeJob(options, root, source, clang.identity));
  const names = new Set(jobs.map((job) => job.object));
  if (names.size !== jobs.length) throw new Error('two sources map to the same object');
  await parallel(jobs, async (job) => {
    if (upToDate(job, root) || reuse(job, root)) return;
    options.progress?.(relative(root, resolve(root, job.source)));
    await compileOne(clang.path, job, root);
  });
  return jobs.map((job) => job.object);
}

function makeJob(options: CompileOptions, root: string, source: string, identity: string): Job {
  const path = resolve(root, source);
  const maps = [
    ...(options.prefixMap ?? []).map(([from, to]) => [resolve(root, from), to] as const),
    [root, ''] as const,
  ];
  // The folder is part of the name, since two files called main.c may meet in one object folder; but not where it lies.
  const [base, label] = maps.find(([from]) => path.startsWith(`${from}${sep}`)) ?? [dirname(path), ''];
  const object = join(options.objDir, `${join(label, relative(base, path)).replace(/[^A-Za-z0-9._-]+/g, '_')}.o`);
  const args = [
    `--target=${options.target ?? TARGET}`,
    ...BASE_FLAGS,
    // The compiler lets the last match win, callers list the most specific directory first.
    ...[...maps].reverse().map(([from, to]) => `-ffile-prefix-map=${from}=${to === '' ? '.' : to}`),
    '-fdebug-compilation-dir=.',
    ...(options.flags ?? []),
    ...(options.defines ?? []).map((define) => `-D${define}`),
    ...(options.includeDirs ?? []).map((dir) => `-I${resolve(root, dir)}`),
    ...(options.systemIncludeDirs ?? []).flatMap((dir) => ['-isystem', resolve(root, dir)]),
  ];
  // The record leaves the place of the checkout out, so that moving it rebuilds nothing.
  const command = digest([identity, ...args.map((arg) => arg.replaceAll(root, '.')), basename(object)]);
  // The assembler applies no prefix map to the name that it is given: a relative one says nothing of the place.
  const shared = commandName([identity, ...args, path], maps);
  return { source: base === root ? relative(root, path) : path, object, args, command, places: maps, shared };
}

/** Takes the object that another output folder has made of the same inputs by the same command. */
function reuse(job: Job, root: string): boolean {
  const inputs = takeObject(root, job.shared, job.places, job.object);
  if (inputs !== undefined) writeRecord(job, inputs, root);
  return inputs !== undefined;
}

function writeRecord(job: Job, inputs: readonly string[], root: string): void {
  const record = { command: job.command, inputs: inputs.map((path) => inputRecord(path, root)) };
  writeAtomic(`${job.object}.json`, `${JSON.stringify(record)}\n`);
}

async function compileOne(clang: string, job: Job, root: string): Promise<void> {
  const temporary = temporaryName(job.object);
  const depfile = `${temporary}.d`;
  const args = [...job.args, '-MD', '-MF', depfile, '-c', job.source, '-o', temporary];
  try {
    const result = await run(clang, args, root);
    if (result.code !== 0) throw new Failure(compilerDiagnostics(result.stderr, root, job.source));
    const inputs = parseDepfile(readFileSync(depfile, 'utf8'));
    keepObject(root, job.shared, job.places, temporary, inputs);
    renameSync(temporary, job.object);
    writeRecord(job, inputs, root);
  } finally {
    rmSync(temporary, { force: true });
    rmSync(depfile, { force: true });
  }
}

interface InputRecord {
  path: string;
  sha256: string;
  mtime_ms: number;
  size_bytes: number;
}

function inputRecord(path: string, root: string): InputRecord {
  const absolute = resolve(root, path);
  const stat = statSync(absolute);
  const shown = relative(root, absolute);
  return {
    path: shown.startsWith('..') ? absolute : shown,
    sha256: digestFile(absolute) ?? '',
    mtime_ms: stat.mtimeMs,
    size_bytes: stat.size,
  };
}

/** The time stamp answers first; on a mismatch the contents decide, so that a mere touch rebuilds nothing. */
function inputUnchanged(record: InputRecord, root: string): boolean {
  const path = isAbsolute(record.path) ? record.path : join(root, record.path);
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined || stat.size !== record.size_bytes) return false;
  return stat.mtimeMs === record.mtime_ms || digestFile(path) === record.sha256;
}

function upToDate(job: Job, root: string): boolean {
  const record = readRecord<{ command: string; inputs: InputRecord[] }>(`${job.object}.json`);
  if (record === undefined || record.command !== job.command || !existsSync(job.object)) return false;
  return record.inputs.every((input) => inputUnchanged(input, root));
}

function readRecord<T>(path: string): T | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch {
    return undefined;
  }
}

/** Reads the prerequisites of a make rule; a backslash escapes spaces and continues lines. */
export function parseDepfile(text: string): string[] {
  const body = text.replace(/\\\r?\n/g, ' ').replace(/^[^:]*:/, '');
  const words = body.match(/(?:\\.|[^\s\\])+/g) ?? [];
  return words.map((word) => word.replace(/\\(.)/g, '$1').replaceAll('$$', '$'));
}

/** Turns clang's `file:line:col: error: text` lines into diagnostics, at most the first five. */
function compilerDiagnostics(stderr: string, root: string, source: string): Diagnostic[] {
  const list: Diagnostic[] = [];
  for (const line of stderr.split('\n')) {
    const match = /^(.+?):(\d+):(\d+): (?:fatal )?error: (.*)$/.exec(line);
    if (match === null) continue;
    const [, file = '', row = '1', column = '1', message = ''] = match;
    list.push({
      code: 'COH0710',
      severity: 'error',
      message,
      position: { file: relative(root, resolve(root, file)), line: Number(row), column: Number(column) },
    });
  }
  if (list.length > 0) return list.slice(0, 5);
  const first = stderr.split('\n').find((line) => line.trim() !== '') ?? 'clang gave no message';
  return [{ code: 'COH0710', severity: 'error', message: `cannot compile ${source}: ${first}` }];
}

/** Links with lld when an input changed; the output appears whole or not at all. Returns whether it linked. */
export async function linkElf(options: LinkOptions): Promise<boolean> {
  const lld = await findTool('ld.lld');
  mkdirSync(dirname(options.output), { recursive: true });
  const flags = ['--build-id=none', '--gc-sections', '-nostdlib', '--fatal-warnings', '-z', 'max-page-size=4096'];
  flags.push(...(options.flags ?? []), ...(options.script === undefined ? [] : ['-T', options.script]));
  const inputs = [
    ...options.objects,
    ...(options.script === undefined ? [] : [options.script]),
    ...(options.inputs ?? []),
  ];
  const contents = inputs.map((path) => {
    const sha256 = digestFile(path);
    if (sha256 === undefined) throw failure('COH0711', `cannot link ${basename(options.output)}: ${path} is missing`);
    return sha256;
  });
  const key = digest([lld.identity, ...flags, ...contents]);
  const record = `${options.output}.link.json`;
  const old = readRecord<{ key: string; output: string }>(record);
  if (old?.key === key && old.output === digestFile(options.output)) return false;
  const temporary = temporaryName(options.output);
  try {
    const result = await run(lld.path, [...flags, ...options.objects, '-o', temporary]);
    if (result.code !== 0) throw new Failure(linkerDiagnostics(result.stderr, options.output));
    options.check?.(temporary);
    renameSync(temporary, options.output);
    writeAtomic(record, `${JSON.stringify({ key, output: digestFile(options.output) })}\n`);
  } finally {
    rmSync(temporary, { force: true });
  }
  return true;
}

function linkerDiagnostics(stderr: string, output: string): Diagnostic[] {
  const errors = stderr.split('\n').flatMap((line) => /(?:error|warning): (.*)$/.exec(line)?.slice(1) ?? []);
  const messages = errors.length > 0 ? errors.slice(0, 5) : [stderr.trim().split('\n')[0] ?? 'no message'];
  return messages.map((message) => ({
    code: 'COH0711',
    severity: 'error',
    message: `cannot link ${basename(output)}: ${message}`,
  }));
}
