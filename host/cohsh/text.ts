// SPDX-License-Identifier: Apache-2.0
/** Checks and encodings of what an operator types, shared by the commands. */
import { pathMistake } from '../client/index.ts';
import { CommandError } from './errors.ts';

/** A path that may be sent; returns it as given. */
export function checkPath(path: string): string {
  const mistake = pathMistake(path);
  if (mistake !== undefined) throw new CommandError(mistake);
  return path;
}

/** A text that goes between quotes of a control command. */
export function checkJsonText(label: string, text: string): string {
  if (text === '') throw new CommandError(`${label} must not be empty`);

  if (/["\\\u0000-\u001f\u007f-\u009f]/.test(text)) throw new CommandError(`${label} contains unsupported character`);
  return text;
}

const U64_MAX = (1n << 64n) - 1n;

/** A whole number of at most `max`; `label` names the option. */
export function parseInteger(label: string, text: string, max = U64_MAX): bigint {
  if (!/^\+?\d{1,20}$/.test(text)) throw new CommandError(`invalid ${label} '${text}': ${digitProblem(text)}`);
  const value = BigInt(text.replace('+', ''));
  if (value > max) throw new CommandError(`invalid ${label} '${text}': number too large to fit in target type`);
  return value;
}

function digitProblem(text: string): string {
  if (text === '') return 'cannot parse integer from empty string';
  return /^\+?\d+$/.test(text) ? 'number too large to fit in target type' : 'invalid digit found in string';
}

/** `key=value` words: each key once, none empty. */
export function parseKeyValues(words: readonly string[]): Map<string, string> {
  const options = new Map<string, string>();
  for (const word of words) {
    const at = word.indexOf('=');
    if (at <= 0) throw new CommandError(`invalid option '${word}': expected key=value`);
    const key = word.slice(0, at);
    if (options.has(key)) throw new CommandError(`duplicate option '${key}'`);
    options.set(key, word.slice(at + 1));
  }
  return options;
}

/** Takes options out of a map and refuses what is left. */
export class Options {
  private readonly left: Map<string, string>;
  private readonly what: string;

  constructor(words: readonly string[], what: string) {
    this.left = parseKeyValues(words);
    this.what = what;
  }

  text(key: string): string | undefined {
    const value = this.left.get(key);
    this.left.delete(key);
    return value;
  }

  requiredText(key: string): string {
    const value = this.text(key);
    if (value === undefined) throw new CommandError(`missing required option '${key}'`);
    return value;
  }

  integer(key: string, max?: bigint): bigint | undefined {
    const value = this.text(key);
    return value === undefined ? undefined : parseInteger(key, value, max);
  }

  requiredInteger(key: string, max?: bigint): bigint {
    return parseInteger(key, this.requiredText(key), max);
  }

  finish(): void {
    if (this.left.size === 0) return;
    throw new CommandError(`unknown ${this.what} options: ${[...this.left.keys()].sort().join(', ')}`);
  }
}

export const U8_MAX = 0xffn;
export const U16_MAX = 0xffffn;
export const U32_MAX = 0xffff_ffffn;

/** A JSON object from keys and values that are numbers, checked texts, or objects of the same kind; undefined is left out. */
export type ControlValue = bigint | string | { readonly [key: string]: ControlValue | undefined };

export function controlLine(value: ControlValue): string {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'string') return JSON.stringify(value);
  const fields = Object.entries(value).flatMap(([key, field]) =>
    field === undefined ? [] : [`${JSON.stringify(key)}:${controlLine(field)}`],
  );
  return `{${fields.join(',')}}`;
}
