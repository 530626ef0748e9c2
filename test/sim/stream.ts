// SPDX-License-Identifier: Apache-2.0
/** The numbers of lib/channel/stream.ts, as they stand there: kinds and details of records, credit before the first grant. */
import { readFileSync } from 'node:fs';

const SOURCE = readFileSync(new URL('../../lib/channel/stream.ts', import.meta.url), 'utf8');

function named(name: string): number {
  const value = new RegExp(`^export const ${name}: u\\d+ = (\\d+);`, 'm').exec(SOURCE)?.[1];
  if (value === undefined) throw new Error(`lib/channel/stream.ts has no number ${name}`);
  return Number(value);
}

/** Written out: the simulation puts headers together byte by byte. */
export const HEADER_BYTES = 12;
export const CONSOLE_INPUT_BYTES = named('CONSOLE_INPUT_BYTES');
export const CONSOLE_OUTPUT_BYTES = named('CONSOLE_OUTPUT_BYTES');
export const ANSWER_BYTES = named('ANSWER_BYTES');

export const OPENED = named('OPENED');
export const DATA = named('DATA');
export const ENDED = named('ENDED');
export const GRANT = named('GRANT');
export const MALFORMED = named('MALFORMED');
export const SELF_TEST = named('SELF_TEST');
export const RESET = named('RESET');

export const BY_PEER = named('BY_PEER');
export const LOST = named('LOST');
export const REFUSED = named('REFUSED');
export const ABORT = named('ABORT');
export const TOO_SHORT = named('TOO_SHORT');
export const TOO_LONG = named('TOO_LONG');
