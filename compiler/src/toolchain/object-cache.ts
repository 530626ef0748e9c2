// SPDX-License-Identifier: Apache-2.0
/**
 * Owns objects that output folders share: what one has compiled, another takes, if command and inputs are the same but
 * for the place of the folders. Prefix maps keep the places out of the objects, so the bytes are those of a
 * compilation.
 *
 *   out/cache/objects/<command>/index.json       the last ENTRIES sets of inputs, newest first, and their objects
 *   out/cache/objects/<command>/<sha256>.o
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { digest, digestFile, temporaryName, writeAtomic } from './files.ts';

/** Sets of inputs that are kept of a command: enough for a few manifests and kernels. */
const ENTRIES = 12;
const FOLDER = 'out/cache/objects';

/** Folders and the names that stand for them, the most specific first; the root comes last, as ''. */
export type Places = readonly (readonly [folder: string, name: string])[];

interface Input {
  /** Name of the folder that `path` is relative to; none: `path` is absolute. */
  in?: string;
  path: string;
  sha256: string;
}

interface Entry {
  inputs: Input[];
  /** SHA-256, which is also its name. */
  object: string;
}

/** Names a command by its words, with every folder under its name. */
export function commandName(words: readonly string[], places: Places): string {
  const named = (word: string): string =>
    places.reduce((text, [folder, name]) => text.replaceAll(folder, name === '' ? '.' : `<${name}>`), word);
  return digest(words.map(named)).slice(0, 32);
}

function read(folder: string): Entry[] {
  try {
    return JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as Entry[];
  } catch {
    return [];
  }
}

function locate({ in: name, path }: Input, places: Places): string | undefined {
  if (name === undefined) return path;
  const place = places.find(([, known]) => known === name);
  return place === undefined ? undefined : join(place[0], path);
}

function holds(input: Input, places: Places): boolean {
  const path = locate(input, places);
  return path !== undefined && digestFile(path) === input.sha256;
}

/**
 * Copies the object of a command whose inputs are as they are now; returns the paths of the inputs, if there is one.
 */
export function takeObject(root: string, command: string, places: Places, to: string): string[] | undefined {
  const folder = join(root, FOLDER, command);
  const entry = read(folder).find(({ inputs }) => inputs.every((input) => holds(input, places)));
  if (entry === undefined) return undefined;
  const temporary = temporaryName(to);
  try {
    copyFileSync(join(folder, `${entry.object}.o`), temporary);
    if (digestFile(temporary) !== entry.object) return undefined;
    renameSync(temporary, to);
    return entry.inputs.map((input) => locate(input, places) ?? input.path);
  } catch {
    return undefined; // Another process has just dropped it.
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Keeps a new object; the oldest of its command goes. Two processes at once lose an entry at worst. */
export function keepObject(
  root: string,
  command: string,
  places: Places,
  object: string,
  paths: readonly string[],
): void {
  const folder = join(root, FOLDER, command);
  mkdirSync(folder, { recursive: true });
  const sha256 = digestFile(object) ?? '';
  const file = join(folder, `${sha256}.o`);
  if (!existsSync(file)) writeAtomic(file, readFileSync(object));
  const inputs = paths.map((path) => describe(resolve(root, path), places));
  const entries = [{ inputs, object: sha256 }, ...read(folder)];
  const kept = entries.slice(0, ENTRIES);
  writeAtomic(join(folder, 'index.json'), JSON.stringify(kept));
  for (const { object: old } of entries.slice(ENTRIES)) {
    if (!kept.some((entry) => entry.object === old)) rmSync(join(folder, `${old}.o`), { force: true });
  }
}

function describe(path: string, places: Places): Input {
  const sha256 = digestFile(path) ?? '';
  const place = places.find(([folder]) => path.startsWith(`${folder}${sep}`));
  if (place === undefined || !isAbsolute(path)) return { path, sha256 };
  return { in: place[1], path: relative(place[0], path), sha256 };
}
