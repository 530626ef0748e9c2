// SPDX-License-Identifier: Apache-2.0
/**
 * Owns the numbers that clients start from. They are those of the policy that coh-rtc writes for the default manifest; a
 * loaded policy file (policy.ts) wins over them.
 */
export interface RetryPolicy {
  max_attempts: number;
  backoff_ms: number;
  ceiling_ms: number;
  timeout_ms: number;
}

export const DEFAULT_RETRY: RetryPolicy = { max_attempts: 3, backoff_ms: 200, ceiling_ms: 2000, timeout_ms: 5000 };
export const DEFAULT_HEARTBEAT_MS = 15_000;
export const DEFAULT_CONNECT_MS = 2000;
export const DEFAULT_HOST = '127.0.0.1';
export const DEFAULT_CONSOLE_PORT = 31337;
export const DEFAULT_9P_PORT = 564;
/** The token of the development profile. */
export const DEFAULT_AUTH_TOKEN = 'changeme';

/** Limits of a console's line and its arguments, in bytes. */
export const CONSOLE = { line: 256, path: 96, payload: 128, json: 192, id: 32, ticket: 224 } as const;
/** Longest frame of a console's server: what is longer is no console. */
export const MAX_CONSOLE_FRAME = 8192;

/** What one answer may hold in memory. */
export const MAX_ANSWER_BYTES = 16 << 20;

/** Names of one path, bytes of one name: the same in every node. */
export const WALK_DEPTH = 8;
export const NAME_BYTES = 255;
export const MSIZE = 8192;

/** Pause before attempt `attempt` (1, 2, …): doubling, up to the ceiling. */
export function backoff_ms(policy: RetryPolicy, attempt: number): number {
  return Math.min(policy.ceiling_ms, policy.backoff_ms * 2 ** Math.min(attempt - 1, 30));
}
