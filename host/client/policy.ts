// SPDX-License-Identifier: Apache-2.0
/**
 * Owns the clients' policy: pools, pauses, time-outs, as coh-rtc writes them to cohsh_policy.toml. The file must be the one
 * that was written: its hash is compared with its side file, and with what the program was built with where that is known.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse as parseToml } from '@iarna/toml';
import { readBounded, refusalOf } from '../../tools/bounded-file.ts';
import { DEFAULT_HEARTBEAT_MS, DEFAULT_RETRY, type RetryPolicy } from './defaults.ts';
import { ClientError } from './errors.ts';

export interface Policy {
  /** Of the manifest that it was made from. */
  manifest_sha256: string;
  /** Of the file; undefined: not from a file. */
  policy_sha256: string | undefined;
  pool: { control_sessions: number; telemetry_sessions: number };
  tail: { poll_ms_default: number; poll_ms_min: number; poll_ms_max: number };
  host_telemetry: { nvidia_poll_ms: number; systemd_poll_ms: number; docker_poll_ms: number; k8s_poll_ms: number };
  retry: RetryPolicy;
  heartbeat: { interval_ms: number };
  trace: { max_bytes: number };
}

/** For library users that have no policy file: the same numbers as in the default manifest's. */
export const DEFAULT_POLICY: Policy = {
  manifest_sha256: '',
  policy_sha256: undefined,
  pool: { control_sessions: 2, telemetry_sessions: 4 },
  tail: { poll_ms_default: 1000, poll_ms_min: 250, poll_ms_max: 10_000 },
  host_telemetry: { nvidia_poll_ms: 1000, systemd_poll_ms: 2000, docker_poll_ms: 2000, k8s_poll_ms: 5000 },
  retry: DEFAULT_RETRY,
  heartbeat: { interval_ms: DEFAULT_HEARTBEAT_MS },
  trace: { max_bytes: 1 << 20 },
};

const FIX = 'make image writes the policy anew; --policy names another file';
/** A policy is short; what is longer is another file. */
const MAX_POLICY_BYTES = 64 << 10;
/** setTimeout's largest; a longer pause is a mistake. */
const MAX_NUMBER = 0x7fffffff;

function policyError(message: string, cause?: unknown): ClientError {
  return new ClientError('policy', message, FIX, cause === undefined ? undefined : { cause });
}

export interface PolicyExpectation {
  /** Of the file. Unless given, the side file `<policy>.sha256` says it. */
  policy_sha256?: string | undefined;
  manifest_sha256?: string | undefined;
}

function read(path: string, max_bytes = MAX_POLICY_BYTES): Buffer {
  try {
    return readBounded(path, max_bytes);
  } catch (cause) {
    throw policyError(`failed to read cohsh policy ${path}${refusalOf(cause)}`, cause);
  }
}

/** What the side file says; the file beside is only good with it. */
function sideHash(path: string): string {
  const text = read(`${path}.sha256`).toString('latin1');
  const hash = /^([0-9a-f]{64})\s/m.exec(text)?.[1];
  if (hash === undefined) throw policyError(`cohsh policy ${path}.sha256 holds no hash`);
  return hash;
}

type Table = Readonly<Record<string, unknown>>;

function decode(path: string, bytes: Buffer): Table {
  let text;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw policyError(`invalid UTF-8 in cohsh policy ${path}`, cause);
  }
  try {
    return parseToml(text);
  } catch (cause) {
    throw policyError(`invalid cohsh policy TOML in ${path}`, cause);
  }
}

type Shape<T> = { [K in keyof T]: T[K] };

function tableOf(value: unknown): Table | undefined {
  return typeof value === 'object' && value !== null ? (value as Table) : undefined;
}

/** The numbers of one table, exactly those that `shape` has. */
function numbers<T extends object>(path: string, root: Table, name: string, shape: Shape<T>): T {
  let table: Table | undefined = root;
  for (const part of name.split('.')) table = tableOf(table?.[part]);
  const out: Record<string, number> = {};
  for (const key of Object.keys(shape)) {
    const value = table?.[key];
    if (typeof value !== 'bigint' && !Number.isInteger(value)) {
      throw policyError(`invalid cohsh policy TOML in ${path}: ${name}.${key} is no number`);
    }
    const number = Number(value);
    if (number < 0 || number > MAX_NUMBER) {
      throw policyError(`invalid cohsh policy TOML in ${path}: ${name}.${key} ${String(value)} is out of range`);
    }
    out[key] = number;
  }
  return out as T;
}

function manifestHash(path: string, root: Table): string {
  const value = tableOf(root['meta'])?.['manifest_sha256'];
  if (typeof value === 'string') return value;
  throw policyError(`invalid cohsh policy TOML in ${path}: meta.manifest_sha256 is missing`);
}

/** The policy in a file, if it is the file that was written and its numbers make sense. */
export function loadPolicy(path: string, expected: PolicyExpectation = {}): Policy {
  const bytes = read(path);
  const wanted = expected.policy_sha256 ?? sideHash(path);
  const got = createHash('sha256').update(bytes).digest('hex');
  if (got !== wanted) throw policyError(`cohsh policy hash mismatch: expected ${wanted} got ${got}`);
  const root = decode(path, bytes);
  const manifest_sha256 = manifestHash(path, root);
  if (expected.manifest_sha256 !== undefined && manifest_sha256 !== expected.manifest_sha256) {
    const { manifest_sha256: other } = expected;
    throw policyError(`cohsh policy manifest hash mismatch: expected ${other} got ${manifest_sha256}`);
  }
  const section = <T extends object>(name: string, shape: Shape<T>): T => numbers(path, root, name, shape);
  return checkPolicy({
    manifest_sha256,
    policy_sha256: got,
    pool: section('cohsh.pool', DEFAULT_POLICY.pool),
    tail: section('cohsh.tail', DEFAULT_POLICY.tail),
    host_telemetry: section('cohsh.host_telemetry', DEFAULT_POLICY.host_telemetry),
    retry: section('retry', DEFAULT_POLICY.retry),
    heartbeat: section('heartbeat', DEFAULT_POLICY.heartbeat),
    trace: section('trace', DEFAULT_POLICY.trace),
  });
}

function atLeastOne(name: string, values: object): void {
  for (const [key, value] of Object.entries(values) as [string, number][]) {
    if (value < 1) throw policyError(`cohsh ${name} ${key} must be >= 1`);
  }
}

/** Refuses a policy whose numbers make no sense. */
export function checkPolicy(policy: Policy): Policy {
  const { tail, retry, trace } = policy;
  atLeastOne('pool', policy.pool);
  atLeastOne('tail', tail);
  if (tail.poll_ms_max < tail.poll_ms_min) {
    throw policyError(`cohsh tail poll_ms_max ${tail.poll_ms_max} must be >= poll_ms_min ${tail.poll_ms_min}`);
  }
  if (tail.poll_ms_default < tail.poll_ms_min || tail.poll_ms_default > tail.poll_ms_max) {
    throw policyError(
      `cohsh tail poll_ms_default ${tail.poll_ms_default} must be within ${tail.poll_ms_min}..=${tail.poll_ms_max}`,
    );
  }
  atLeastOne('host_telemetry', policy.host_telemetry);
  atLeastOne('retry', retry);
  if (retry.ceiling_ms < retry.backoff_ms) {
    throw policyError(`cohsh retry ceiling_ms ${retry.ceiling_ms} must be >= backoff_ms ${retry.backoff_ms}`);
  }
  atLeastOne('heartbeat', policy.heartbeat);
  if (trace.max_bytes < 1) throw policyError('cohsh trace max_bytes must be > 0');
  return policy;
}

// ---- Where it lies, and what is changed in it ----

export const POLICY_FILE = 'cohsh_policy.toml';

/** Places in which a policy is looked for, in order: the working directory's, the program's, the checkout's. */
export function policyCandidates(cwd = process.cwd(), program = process.argv[1]): string[] {
  const places = [join(cwd, 'out')];
  if (program !== undefined) places.push(dirname(resolve(program)), join(dirname(resolve(program)), '../out'));
  places.push(resolve(dirname(fileURLToPath(import.meta.url)), '../../out'));
  return places.flatMap((place) => [join(place, POLICY_FILE), join(place, 'qemu-virt', POLICY_FILE)]);
}

/** The first that is there. */
export function findPolicy(cwd?: string, program?: string): string | undefined {
  return policyCandidates(cwd, program).find((path) => existsSync(path));
}

/** What flags and the environment may change, with the variable's name. */
export const OVERRIDES = {
  pool_control_sessions: 'COHSH_POOL_CONTROL_SESSIONS',
  pool_telemetry_sessions: 'COHSH_POOL_TELEMETRY_SESSIONS',
  retry_max_attempts: 'COHSH_RETRY_MAX_ATTEMPTS',
  retry_backoff_ms: 'COHSH_RETRY_BACKOFF_MS',
  retry_ceiling_ms: 'COHSH_RETRY_CEILING_MS',
  retry_timeout_ms: 'COHSH_RETRY_TIMEOUT_MS',
  heartbeat_interval_ms: 'COHSH_HEARTBEAT_INTERVAL_MS',
} as const;
export type Override = keyof typeof OVERRIDES;

/** The number in a text as a user writes it. */
export function overrideNumber(name: string, text: string): number {
  const reason = text.trim() === '' ? 'cannot parse integer from empty string' : 'invalid digit found in string';
  if (!/^\d+$/.test(text.trim())) throw overrideError(name, text, reason);
  const value = Number(text);
  if (value > MAX_NUMBER) throw overrideError(name, text, 'number too large');
  return value;
}

function overrideError(name: string, text: string, reason: string): ClientError {
  return new ClientError('usage', `invalid ${name} value '${text}': ${reason}`, `set ${name} to a whole number`);
}

/** The policy with what the environment, and before it flags, say. */
export function overridePolicy(
  policy: Policy,
  flags: Partial<Record<Override, number | undefined>>,
  env: Readonly<Record<string, string | undefined>> = {},
): Policy {
  const value = (key: Override, otherwise: number): number => {
    const flag = flags[key];
    if (flag !== undefined) return flag;
    const text = env[OVERRIDES[key]];
    return text === undefined ? otherwise : overrideNumber(OVERRIDES[key], text);
  };
  const { pool, retry, heartbeat } = policy;
  return checkPolicy({
    ...policy,
    pool: {
      control_sessions: value('pool_control_sessions', pool.control_sessions),
      telemetry_sessions: value('pool_telemetry_sessions', pool.telemetry_sessions),
    },
    retry: {
      max_attempts: value('retry_max_attempts', retry.max_attempts),
      backoff_ms: value('retry_backoff_ms', retry.backoff_ms),
      ceiling_ms: value('retry_ceiling_ms', retry.ceiling_ms),
      timeout_ms: value('retry_timeout_ms', retry.timeout_ms),
    },
    heartbeat: { interval_ms: value('heartbeat_interval_ms', heartbeat.interval_ms) },
  });
}
