// SPDX-License-Identifier: Apache-2.0
/** Rules for files under /proc: each must have room for its longest content, and fit into a frame. */
import { shardCount } from '../audit-lines.ts';
import type { CodeTable } from '../codes.ts';
import type { Report } from '../report.ts';
import * as limit from '../schema/limits.ts';
import type { Manifest } from '../schema/manifest.ts';
import { atLeastOne, atMost } from './bounds.ts';

export const observabilityCodes: CodeTable = {
  COH2701: {
    cause: 'The longest content of the file would not fit, and cut-off numbers would mislead.',
    fix: 'raise the size to the minimum, or switch the file off',
  },
  COH2702: {
    cause: 'The file is read in one frame of at most 8192 bytes.',
    fix: 'write 8192 or less',
  },
  COH2703: {
    cause: 'Percentiles are computed over a fixed table of 1 to 64 samples.',
    fix: 'write a number between 1 and 64',
  },
  COH2704: {
    cause: 'A line of the watch file carries the values of all five files.',
    fix: 'enable p50_ms, p95_ms, backpressure, dropped and queued, or switch watch off',
  },
  COH2705: {
    cause: 'The watch file keeps 1 to 64 lines.',
    fix: 'write a number between 1 and 64',
  },
  COH2706: {
    cause: 'Without a pause every event would make a line.',
    fix: 'write 1 or more; 50 is the default',
  },
};

// Longest decimal forms.
const U8 = 3;
const U32 = 10;
const U64 = 20;
const OWNER = 64;
const SHARD_COUNT = 3;
const longest = (...words: string[]): number => Math.max(...words.map((word) => word.length));

/** Length of a line: literal text, fields by their longest form, and the newline. */
function lineBytes(...parts: (string | number)[]): number {
  return parts.reduce<number>((sum, part) => sum + (typeof part === 'string' ? part.length : part), 1);
}

const SESSIONS_HEADER = ['sessions total=', U64, ' worker=', U64, ' shard_bits=', U8, ' shard_count=', SHARD_COUNT];
const SESSIONS_SHARD = ['shard ', 2, ' ', U64];

/** Shortest size, in bytes, that holds whatever each file may say; by table and key. */
const MINIMUMS = {
  proc_9p: {
    outstanding: lineBytes('outstanding current=', U64, ' limit=', U64),
    short_writes: lineBytes('short_writes total=', U64, ' retries=', U64),
  },
  proc_9p_session: {
    active: lineBytes('active=', U64, ' draining=', U64),
    state: lineBytes('state=', longest('SETUP', 'ACTIVE', 'DRAINING', 'CLOSED')),
    since_ms: lineBytes('since_ms=', U64),
    owner: lineBytes('owner=', OWNER),
  },
  proc_ingest: {
    p50_ms: lineBytes('p50_ms=', U32),
    p95_ms: lineBytes('p95_ms=', U32),
    backpressure: lineBytes('backpressure=', U64),
    dropped: lineBytes('dropped=', U64),
    queued: lineBytes('queued=', U32),
  },
  proc_root: {
    reachable: lineBytes('reachable=', longest('yes', 'no')),
    last_seen_ms: lineBytes('last_seen_ms=', U64),
    cut_reason: lineBytes(
      'cut_reason=',
      longest('none', 'network_unreachable', 'session_revoked', 'policy_denied', 'lifecycle_offline'),
    ),
  },
  proc_pressure: {
    busy: lineBytes('busy=', U64),
    quota: lineBytes('quota=', U64),
    cut: lineBytes('cut=', U64),
    policy: lineBytes('policy=', U64),
  },
} as const;

// The two user-interface counters at the end of a line are not counted: the interface fixes this minimum without them.
const WATCH_LINE = lineBytes(
  ...['watch ts_ms=', U64, ' p50_ms=', U32, ' p95_ms=', U32],
  ...[' queued=', U32, ' backpressure=', U64, ' dropped=', U64],
);

export function checkObservability(manifest: Manifest, report: Report): void {
  const { observability, sharding } = manifest;
  if (observability.proc_9p.sessions && sharding.shard_bits <= limit.MAX_SHARD_BITS) {
    const minimum = lineBytes(...SESSIONS_HEADER) + shardCount(sharding) * lineBytes(...SESSIONS_SHARD);
    const paths = ['observability.proc_9p.sessions_bytes', 'sharding.enabled', 'sharding.shard_bits'] as const;
    checkSize(paths, observability.proc_9p.sessions_bytes, minimum, report);
  }
  for (const [table, leaves] of Object.entries(MINIMUMS)) {
    const values = observability[table as keyof typeof MINIMUMS] as Readonly<Record<string, unknown>>;
    for (const [leaf, minimum] of Object.entries(leaves)) {
      if (values[leaf] !== true) continue;
      const path = `observability.${table}.${leaf}_bytes`;
      checkSize([path, `observability.${table}.${leaf}`], values[`${leaf}_bytes`] as number, minimum, report);
    }
    if (table === 'proc_ingest') checkIngest(manifest, report);
  }
}

function checkSize(paths: readonly [string, ...string[]], size: number, minimum: number, report: Report): void {
  if (size < minimum) {
    report.error('COH2701', paths, `${paths[0]} ${size} is below required minimum ${minimum}`);
  } else if (size > limit.MAX_MSIZE) {
    report.error('COH2702', paths, `${paths[0]} ${size} exceeds max ${limit.MAX_MSIZE}`);
  }
}

function checkIngest({ observability }: Manifest, report: Report): void {
  const ingest = observability.proc_ingest;
  const label = 'observability.proc_ingest';
  const samples = `${label}.latency_samples`;
  if (atLeastOne(report, 'COH2703', samples, ingest.latency_samples)) {
    atMost(report, 'COH2703', samples, ingest.latency_samples, limit.MAX_LATENCY_SAMPLES);
  }
  if (!ingest.watch) return;
  const needed = ['p50_ms', 'p95_ms', 'backpressure', 'dropped', 'queued'] as const;
  if (!needed.every((leaf) => ingest[leaf])) {
    const paths = [`${label}.watch`, ...needed.map((leaf) => `${label}.${leaf}`)] as const;
    const list = 'p50_ms, p95_ms, backpressure, dropped, and queued';
    report.error('COH2704', paths, `${label}.watch requires ${list} to be enabled`);
  }
  const entries = `${label}.watch_max_entries`;
  if (atLeastOne(report, 'COH2705', entries, ingest.watch_max_entries)) {
    atMost(report, 'COH2705', entries, ingest.watch_max_entries, limit.MAX_WATCH_ENTRIES);
  }
  checkSize([`${label}.watch_line_bytes`, `${label}.watch`], ingest.watch_line_bytes, WATCH_LINE, report);
  atLeastOne(report, 'COH2706', `${label}.watch_min_interval_ms`, ingest.watch_min_interval_ms);
}
