// SPDX-License-Identifier: Apache-2.0
/** Schema of the /proc files and of what user interfaces are offered. */
import { boolean, type Field, table, u16, u32, u64 } from './dsl.ts';
import * as limit from './limits.ts';

const node = (path: string): Field<boolean> => boolean(`Serve ${path}.`, { default: false });
const bytes = (path: string, size: number): Field<number> =>
  u32(`Most bytes that ${path} may hold.`, { default: size, max: limit.MAX_MSIZE });

export const observability = table('Files under /proc.', {
  proc_9p: table('/proc/9p.', {
    sessions: node('/proc/9p/sessions'),
    outstanding: node('/proc/9p/outstanding'),
    short_writes: node('/proc/9p/short_writes'),
    sessions_bytes: bytes('/proc/9p/sessions', 1024),
    outstanding_bytes: bytes('/proc/9p/outstanding', 128),
    short_writes_bytes: bytes('/proc/9p/short_writes', 128),
  }),
  proc_9p_session: table('/proc/9p/session.', {
    active: node('/proc/9p/session/active'),
    state: node('/proc/9p/session/<id>/state'),
    since_ms: node('/proc/9p/session/<id>/since_ms'),
    owner: node('/proc/9p/session/<id>/owner'),
    active_bytes: bytes('/proc/9p/session/active', 128),
    state_bytes: bytes('/proc/9p/session/<id>/state', 64),
    since_ms_bytes: bytes('/proc/9p/session/<id>/since_ms', 64),
    owner_bytes: bytes('/proc/9p/session/<id>/owner', 96),
  }),
  proc_ingest: table('/proc/ingest.', {
    p50_ms: node('/proc/ingest/p50_ms'),
    p95_ms: node('/proc/ingest/p95_ms'),
    backpressure: node('/proc/ingest/backpressure'),
    dropped: node('/proc/ingest/dropped'),
    queued: node('/proc/ingest/queued'),
    watch: boolean('Serve /proc/ingest/watch; needs the five others.', { default: false }),
    p50_ms_bytes: bytes('/proc/ingest/p50_ms', 64),
    p95_ms_bytes: bytes('/proc/ingest/p95_ms', 64),
    backpressure_bytes: bytes('/proc/ingest/backpressure', 64),
    dropped_bytes: bytes('/proc/ingest/dropped', 64),
    queued_bytes: bytes('/proc/ingest/queued', 64),
    watch_max_entries: u16('Lines that the watch file keeps.', { default: 16, min: 1, max: limit.MAX_WATCH_ENTRIES }),
    watch_line_bytes: u32('Most bytes in one line of the watch file.', { default: 160, max: limit.MAX_MSIZE }),
    watch_min_interval_ms: u64('Shortest time between two lines.', { default: 50n, min: 1 }),
    latency_samples: u16('Samples behind the percentiles.', { default: 16, min: 1, max: limit.MAX_LATENCY_SAMPLES }),
    latency_tolerance_ms: u32('Change of a percentile that makes a new line.', { default: 5 }),
    counter_tolerance: u32('Change of a counter that makes a new line.', { default: 1 }),
  }),
  proc_root: table('/proc/root.', {
    reachable: node('/proc/root/reachable'),
    last_seen_ms: node('/proc/root/last_seen_ms'),
    cut_reason: node('/proc/root/cut_reason'),
    reachable_bytes: bytes('/proc/root/reachable', 32),
    last_seen_ms_bytes: bytes('/proc/root/last_seen_ms', 64),
    cut_reason_bytes: bytes('/proc/root/cut_reason', 64),
  }),
  proc_pressure: table('/proc/pressure.', {
    busy: node('/proc/pressure/busy'),
    quota: node('/proc/pressure/quota'),
    cut: node('/proc/pressure/cut'),
    policy: node('/proc/pressure/policy'),
    busy_bytes: bytes('/proc/pressure/busy', 64),
    quota_bytes: bytes('/proc/pressure/quota', 64),
    cut_bytes: bytes('/proc/pressure/cut', 64),
    policy_bytes: bytes('/proc/pressure/policy', 64),
  }),
});

const offer = (what: string): Field<boolean> => boolean(`Offer ${what} to user interfaces.`, { default: false });

export const uiProviders = table('What user interfaces are offered.', {
  proc_9p: table('From /proc/9p.', {
    sessions: offer('sessions'),
    outstanding: offer('outstanding requests'),
    short_writes: offer('short writes'),
  }),
  proc_ingest: table('From /proc/ingest.', {
    p50_ms: offer('the median latency'),
    p95_ms: offer('the 95th percentile of latency'),
    backpressure: offer('back-pressure'),
  }),
  policy_preflight: table('Policy decisions before an action is sent.', {
    req: offer('the request that would be queued'),
    diff: offer('the difference to the approved state'),
  }),
  updates: table('Updates in the content-addressed store.', {
    manifest: offer('the manifest of an update'),
    status: offer('the state of an update'),
  }),
});
