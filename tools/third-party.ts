// SPDX-License-Identifier: Apache-2.0
/**
 * Owns the notices of other people's software in what is built: THIRD-PARTY.txt beside an image and beside the host
 * tools. What is in a product is read from the records of its build (source maps, objects' inputs, esbuild's metafile),
 * so that nothing comes in unnamed; a part without a licence text stops the build. The text depends on the parts alone.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve, sep } from 'node:path';
import { failure } from '../diagnostics/diagnostic.ts';

export interface Part {
  name: string;
  version: string;
  /** Products that hold it. */
  within: readonly string[];
  /** Files of the licence and of notices, in order. */
  texts: readonly string[];
}

const FIX = 'name the source and its licence in tools/third-party.ts';
const RULE = '='.repeat(80);
const LICENCE_FILE = /^(licen[cs]e|copying|notice)([.-].*)?$/i;

export function thirdPartyText(title: string, parts: readonly Part[]): string {
  const sections = [...parts]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, version, within, texts }) =>
      [RULE, `${name} ${version}`, `in: ${[...within].sort().join(', ')}`, RULE, '', ...texts.map(tidy)].join('\n'),
    );
  return [`${title}\n`, ...sections].join('\n');
}

function tidy(text: string): string {
  const lines = text.replaceAll('\r\n', '\n').split('\n');
  return `${lines
    .map((line) => line.trimEnd())
    .join('\n')
    .trim()}\n`;
}

/** A folder with a package.json, or another one whose version is given. */
export function partAt(directory: string, within: readonly string[], other?: { name: string; version: string }): Part {
  const texts = existsSync(directory)
    ? [
        ...readdirSync(directory)
          .filter((name) => LICENCE_FILE.test(name))
          .sort(),
        ...(existsSync(join(directory, DEBIAN)) ? [DEBIAN] : []),
      ]
        .map((name) => readFileSync(join(directory, name), 'utf8'))
        .filter((text) => text.trim() !== '')
    : [];
  const { name, version } =
    other ?? (JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as { name: string; version: string });
  if (texts.length === 0)
    throw failure('COH0724', `${name} ${version} has no licence text`, 'what is built with it may not be passed on');
  return { name, version, within, texts };
}

/** What esbuild's metafile says of one bundle. */
export interface Bundle {
  name: string;
  /** Paths relative to the working directory. */
  inputs: readonly string[];
}

/** In a source package of Debian, who holds the copyright of what. */
const DEBIAN = 'debian/copyright';
const PACKAGE = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//;

/** The npm packages in bundles. */
export function bundledParts(root: string, bundles: readonly Bundle[]): Part[] {
  const within = new Map<string, Set<string>>();
  for (const { name, inputs } of bundles) {
    for (const input of inputs) {
      const directory = PACKAGE.exec(input)?.[1];
      if (directory === undefined) continue;
      const names = within.get(directory) ?? new Set();
      within.set(directory, names.add(name));
    }
  }
  return [...within].map(([directory, names]) => partAt(resolve(root, directory), [...names]));
}

/** What a build of an image has read for one component. */
export interface ComponentInputs {
  name: string;
  /** Of the source map. */
  sources: readonly string[];
  /** Of all objects; relative to the repository, or absolute. */
  files: readonly string[];
}

export interface Foreign {
  root: string;
  outDir: string;
  lwip: { directory: string; version: string };
}

/** The parts of an image. A file of a place that nobody vouches for stops the build. */
export function imageParts(components: readonly ComponentInputs[], foreign: Foreign): Part[] {
  const library: string[] = [];
  const lwip: string[] = [];
  const lwipDirectory = resolve(foreign.root, foreign.lwip.directory);
  for (const { name, sources, files } of components) {
    if (sources.some((source) => source.startsWith('~lib/'))) library.push(name);
    const paths = files.map((file) => resolve(foreign.root, file));
    if (paths.some((path) => inside(path, lwipDirectory))) lwip.push(name);
    const unknown = paths.find((path) => !inside(path, lwipDirectory) && !known(path, foreign));
    if (unknown !== undefined)
      throw failure('COH0724', `${name} is built from ${unknown}, whose licence is not known`, FIX);
  }
  const all = components.map(({ name }) => name);
  // The C text of every component is wasm2c's: its prologue and helper functions come with it.
  const parts = [partAt(npmPackage('wabt'), all)];
  if (library.length > 0) parts.push(partAt(npmPackage('assemblyscript'), library));
  if (lwip.length > 0) parts.push(partAt(lwipDirectory, lwip, { name: 'lwip', version: foreign.lwip.version }));
  return parts;
}

function known(path: string, { root, outDir }: Foreign): boolean {
  // Headers of the C compiler itself, which declare types and no code.
  if (/\/lib\/clang\/[^/]+\/include\//.test(path)) return true;
  if (inside(path, resolve(outDir))) return true;
  return inside(path, resolve(root)) && !path.includes(`${sep}node_modules${sep}`);
}

function inside(path: string, directory: string): boolean {
  return path.startsWith(directory + sep);
}

export function npmPackage(name: string): string {
  return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
}

/** The records of a component's build below `outDir`. */
export function componentInputs(outDir: string, name: string): ComponentInputs {
  const folder = join(outDir, 'aot', name);
  const { sources } = JSON.parse(readFileSync(join(folder, `${name}.wasm.map`), 'utf8')) as { sources: string[] };
  const files = new Set<string>();
  const shared = join(outDir, 'aot/shared');
  const folders = ['obj', 'native'].map((part) => join(folder, part));
  if (existsSync(shared)) folders.push(...readdirSync(shared).map((part) => join(shared, part)));
  for (const entry of folders.flatMap(recordsIn)) {
    const { inputs } = JSON.parse(readFileSync(entry, 'utf8')) as { inputs: { path: string }[] };
    for (const { path } of inputs) files.add(path);
  }
  return { name, sources, files: [...files] };
}

function recordsIn(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((name) => name.endsWith('.o.json'))
    .sort()
    .map((name) => join(directory, name));
}
