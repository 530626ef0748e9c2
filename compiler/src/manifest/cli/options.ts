// SPDX-License-Identifier: Apache-2.0
/** Reads the command line of coh-rtc. Whatever is not understood is refused with the closest thing that would be. */
import { parseArgs } from 'node:util';
import { nearestName } from '../nearest.ts';

export class UsageError extends Error {}

export interface Options {
  positionals: string[];
  /** Values of options that take one, by name without dashes. */
  values: Map<string, string>;
  /** Options without a value. */
  flags: Set<string>;
}

/** `known` maps each option to whether it takes a value. */
export function readOptions(argv: readonly string[], known: ReadonlyMap<string, 'value' | 'flag'>): Options {
  const options = Object.fromEntries(
    [...known].map(([name, kind]) => [name, { type: kind === 'value' ? ('string' as const) : ('boolean' as const) }]),
  );
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true });
  const result: Options = { positionals: [], values: new Map(), flags: new Set() };
  for (const token of tokens) {
    if (token.kind === 'positional') result.positionals.push(token.value);
    if (token.kind === 'option') addOption(token.rawName, token.name, token.value, known, result);
  }
  return result;
}

function addOption(
  rawName: string,
  name: string,
  value: string | undefined,
  known: ReadonlyMap<string, 'value' | 'flag'>,
  result: Options,
): void {
  const kind = known.get(name);
  if (kind === undefined || !rawName.startsWith('--')) {
    const near = nearestName(name, [...known.keys()]);
    throw new UsageError(`unknown option '${rawName}'${near === undefined ? '' : `; did you mean '--${near}'?`}`);
  }
  if (result.values.has(name) || result.flags.has(name)) throw new UsageError(`option '${rawName}' is given twice`);
  if (kind === 'flag') {
    if (value !== undefined) throw new UsageError(`option '${rawName}' takes no value`);
    result.flags.add(name);
  } else {
    if (value === undefined || value === '') throw new UsageError(`option '${rawName}' needs a value`);
    result.values.set(name, value);
  }
}

export function onlyPositional(options: Options, complaint: string): string {
  const [only, ...more] = options.positionals;
  if (only === undefined || more.length > 0) throw new UsageError(complaint);
  return only;
}
