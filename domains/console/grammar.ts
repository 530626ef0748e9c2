// SPDX-License-Identifier: Apache-2.0
// The console grammar: a line becomes a verb with bounded arguments, or an error text. Verbs are case-insensitive; the
// limits are those that existing clients expect.
import { isBlank } from '../../lib/text/ascii';
import { digits, equalsIgnoreCase } from '../../lib/text/slice';

export const HELP: u32 = 0;
export const BOOTINFO: u32 = 1;
export const CAPS: u32 = 2;
export const MEM: u32 = 3;
export const PING: u32 = 4;
export const TEST: u32 = 5;
export const NETTEST: u32 = 6;
export const NETSTATS: u32 = 7;
export const LOG: u32 = 8;
export const CACHELOG: u32 = 9;
export const QUIT: u32 = 10;
export const TAIL: u32 = 11;
export const CAT: u32 = 12;
export const LS: u32 = 13;
export const ECHO: u32 = 14;
export const ATTACH: u32 = 15;
export const SPAWN: u32 = 16;
export const KILL: u32 = 17;
const VERBS: u32 = 18;

/** Largest arguments in bytes. */
const MAX_ROLE: u32 = 16;
const MAX_TICKET: u32 = 224;
const MAX_PATH: u32 = 96;
const MAX_SPAWN: u32 = 192;
const MAX_WORKER: u32 = 32;
const MAX_ECHO: u32 = 128;
const MAX_COUNT: u32 = 65535;

/** The verb of the last line that parsed. */
export let verb: u32 = HELP;
/** First argument: path, role, worker or count token. */
export let first: usize = 0;
export let firstLength: u32 = 0;
/** What follows it, without leading blanks: payload or ticket. */
export let rest: usize = 0;
export let restLength: u32 = 0;

/** How the verb is typed. */
function word(id: u32): string {
  switch (id) {
    case HELP:
      return 'help';
    case BOOTINFO:
      return 'bi';
    case CAPS:
      return 'caps';
    case MEM:
      return 'mem';
    case PING:
      return 'ping';
    case TEST:
      return 'test';
    case NETTEST:
      return 'nettest';
    case NETSTATS:
      return 'netstats';
    case LOG:
      return 'log';
    case CACHELOG:
      return 'cachelog';
    case QUIT:
      return 'quit';
    case TAIL:
      return 'tail';
    case CAT:
      return 'cat';
    case LS:
      return 'ls';
    case ECHO:
      return 'echo';
    case ATTACH:
      return 'attach';
    case SPAWN:
      return 'spawn';
    default:
      return 'kill';
  }
}

/** How acknowledgements name the verb. */
export function label(id: u32): string {
  switch (id) {
    case HELP:
      return 'HELP';
    case BOOTINFO:
      return 'BOOTINFO';
    case CAPS:
      return 'CAPS';
    case MEM:
      return 'MEM';
    case PING:
      return 'PING';
    case TEST:
      return 'TEST';
    case NETTEST:
      return 'NETTEST';
    case NETSTATS:
      return 'NETSTATS';
    case LOG:
      return 'LOG';
    case CACHELOG:
      return 'CACHELOG';
    case QUIT:
      return 'QUIT';
    case TAIL:
      return 'TAIL';
    case CAT:
      return 'CAT';
    case LS:
      return 'LS';
    case ECHO:
      return 'ECHO';
    case ATTACH:
      return 'ATTACH';
    case SPAWN:
      return 'SPAWN';
    default:
      return 'KILL';
  }
}

/** Splits the rest of the line into its first token and what follows. */
function split(at: usize, end: usize): void {
  while (at < end && isBlank(load<u8>(at))) at++;
  first = at;
  while (at < end && !isBlank(load<u8>(at))) at++;
  firstLength = <u32>(at - first);
  while (at < end && isBlank(load<u8>(at))) at++;
  rest = at;
  restLength = <u32>(end - at);
}

function findVerb(start: usize, length: u32): u32 {
  let id: u32 = 0;
  while (id < VERBS && !equalsIgnoreCase(start, length, word(id))) id++;
  return id;
}

/** Parses a line; returns the error text, or an empty string when verb and arguments are set. */
export function parse(start: usize, length: u32): string {
  let end = start + length;
  while (end > start && isBlank(load<u8>(end - 1))) end--;
  split(start, end);
  if (firstLength === 0) return 'empty command';
  verb = findVerb(first, firstLength);
  if (verb === VERBS) return 'unsupported console command';
  split(first + firstLength, end);
  return checkArguments();
}

function checkArguments(): string {
  switch (verb) {
    case TEST:
      return firstLength === 0 ? '' : 'invalid value for argument test';
    case CACHELOG:
      if (firstLength === 0 || digits(first, firstLength, MAX_COUNT)) return '';
      return 'invalid value for argument count';
    case TAIL:
    case CAT:
    case LS:
      return checkPath();
    case ECHO:
      return checkEcho();
    case ATTACH:
      return checkAttach();
    case SPAWN:
      // The payload is the rest of the line, blanks included.
      restLength = <u32>(rest + restLength - first);
      rest = first;
      if (restLength === 0) return 'missing required argument: payload';
      return restLength > MAX_SPAWN ? 'argument payload exceeds allowed length' : '';
    case KILL:
      if (firstLength === 0) return 'missing required argument: worker';
      return firstLength > MAX_WORKER ? 'argument worker exceeds allowed length' : '';
    default:
      return '';
  }
}

function checkPath(): string {
  if (firstLength === 0) return 'missing required argument: path';
  return firstLength > MAX_PATH ? 'argument path exceeds allowed length' : '';
}

function checkEcho(): string {
  const problem = checkPath();
  if (problem.length > 0) return problem;
  if (restLength === 0) return 'missing required argument: payload';
  return restLength > MAX_ECHO ? 'argument payload exceeds allowed length' : '';
}

function checkAttach(): string {
  if (firstLength === 0) return 'missing required argument: role';
  if (firstLength > MAX_ROLE) return 'argument role exceeds allowed length';
  return restLength > MAX_TICKET ? 'argument ticket exceeds allowed length' : '';
}
