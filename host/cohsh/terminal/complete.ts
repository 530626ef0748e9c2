// SPDX-License-Identifier: Apache-2.0
/**
 * Owns what Tab offers: verbs, roles and other words, options, files of this machine, and live paths of the session's tree.
 */
import { readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { printable } from '../output.ts';
import type { ArgumentKind, CompletableCommand } from './contract.ts';
import type { LivePaths } from './paths.ts';

/** What may stand in the place of the word before the cursor, and that word. */
export type Offer = [candidates: string[], word: string];

/** More than this are no help, and too much for a screen. */
const MAX_CANDIDATES = 512;

export class Completion {
  private readonly commands: readonly CompletableCommand[];
  private readonly paths: Pick<LivePaths, 'names'>;

  constructor(commands: readonly CompletableCommand[], paths: Pick<LivePaths, 'names'>) {
    this.commands = commands;
    this.paths = paths;
  }

  /** `line` ends at the cursor. */
  async offer(line: string): Promise<Offer> {
    const text = line.trimStart();
    const word = /\S*$/.exec(text)?.[0] ?? '';
    const before = text
      .slice(0, text.length - word.length)
      .split(/\s+/)
      .filter(Boolean);
    const command = this.commandOf(before);
    const candidates = command === undefined ? this.verbs(before) : await this.argument(command, text, before, word);
    const fitting = [...new Set(candidates)].filter((candidate) => candidate.startsWith(word)).slice(0, MAX_CANDIDATES);
    return [closed(fitting), word];
  }

  /** The command that the words before the cursor name in full; the longest name wins. */
  private commandOf(before: readonly string[]): CompletableCommand | undefined {
    const named = (name: string): boolean => name.split(' ').every((part, i) => part === before[i]?.toLowerCase());
    return this.commands.filter(({ name }) => named(name)).sort((a, b) => b.name.length - a.name.length)[0];
  }

  /** First words; second words of commands that have two. */
  private verbs(before: readonly string[]): string[] {
    const parts = this.commands.map(({ name }) => name.split(' '));
    const begun = parts.filter((name) => before.every((word, i) => name[i] === word.toLowerCase()));
    return begun.flatMap((name) => (name[before.length] === undefined ? [] : [`${name[before.length]} `])).sort();
  }

  private async argument(
    command: CompletableCommand,
    text: string,
    before: readonly string[],
    word: string,
  ): Promise<string[]> {
    const given = before.slice(command.name.split(' ').length);
    const { options = [], values = {} } = command;
    const asked = options.find((option) => option.startsWith('-') && option === given.at(-1));
    if (asked !== undefined && values[asked] !== undefined) return this.candidates(values[asked], text, word);
    const [, key] = /^([^-=][^=]*=)/.exec(word) ?? [];
    if (key !== undefined) {
      const kind = values[key];
      const found = kind === undefined ? [] : await this.candidates(kind, text, word.slice(key.length));
      return found.map((value) => key + value);
    }
    const unused = options.filter((option) => !given.some((one) => one === option || startsAs(one, option)));
    const offered = unused.map((option) => (option.endsWith('=') ? option : `${option} `));
    if (word.startsWith('-')) return offered;
    const places = command.arguments ?? [];
    // Options and their values take no place.
    const taken = given.filter(
      (one, i) => !one.startsWith('-') && !one.includes('=') && !takesValue(given[i - 1], values),
    );
    const kind = places[taken.length] ?? (command.rest === true ? places.at(-1) : undefined);
    return kind === undefined ? offered : this.candidates(kind, text, word);
  }

  private async candidates(kind: ArgumentKind, text: string, word: string): Promise<string[]> {
    if (kind === 'text') return [];
    if (kind === 'file') return localFiles(word);
    if (kind === 'path') return this.livePaths(word);
    if (kind === 'redirect') return text.includes('>') ? this.redirect(word) : [];
    if ('in' in kind) return ((await this.paths.names(kind.in)) ?? []).filter(typeable).map((name) => `${name} `);
    return kind.map((one) => `${one} `);
  }

  /** The path behind the `>`, which may stand in the same word. */
  private async redirect(word: string): Promise<string[]> {
    const path = word.slice(word.lastIndexOf('>') + 1);
    const before = word.slice(0, word.length - path.length);
    return (await this.livePaths(path)).map((found) => before + found);
  }

  /** `/pr` → `/proc/`: a name that nothing else begins with gets its `/` if it is a directory. */
  private async livePaths(word: string): Promise<string[]> {
    if (word === '') return ['/'];
    if (!word.startsWith('/')) return [];
    const slash = word.lastIndexOf('/');
    const directory = word.slice(0, slash + 1);
    const names = ((await this.paths.names(directory.replace(/(?!^)\/$/, ''))) ?? []).filter(typeable);
    const found = names.map((name) => directory + name).filter((path) => path.startsWith(word));
    const [path] = found;
    if (path === undefined || found.length > 1) return found;
    if ((await this.paths.names(path)) !== undefined) return [`${path}/`];
    // No directory, or the node takes its time: only a name that was typed in full is closed.
    return [path === word ? `${path} ` : path];
  }
}

/** A single path that is a whole word stays open: it may be a directory. */
function closed(candidates: string[]): string[] {
  return candidates.length > 1 ? candidates.map((candidate) => candidate.trimEnd()) : candidates;
}

function startsAs(given: string, option: string): boolean {
  return option.endsWith('=') && given.startsWith(option);
}

function takesValue(option: string | undefined, values: Readonly<Record<string, ArgumentKind>>): boolean {
  return option !== undefined && option.startsWith('-') && values[option] !== undefined;
}

/** Names come from the other side: only those that can be typed as one word are offered. */
function typeable(name: string): boolean {
  return name !== '' && !/[\s/]/.test(name) && printable(name) === name;
}

function localFiles(word: string): string[] {
  const slash = word.lastIndexOf('/');
  const folder = word.slice(0, slash + 1);
  try {
    const entries = readdirSync(folder === '' ? '.' : folder.replace(/^~(?=\/)/, homedir()), { withFileTypes: true });
    const shown = entries.filter(
      ({ name }) => typeable(name) && (!name.startsWith('.') || word.slice(slash + 1) !== ''),
    );
    return shown.map((entry) => folder + entry.name + (entry.isDirectory() ? '/' : ' ')).sort();
  } catch {
    return [];
  }
}
