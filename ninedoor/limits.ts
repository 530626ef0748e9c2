// SPDX-License-Identifier: Apache-2.0
// Every size and rate of the server, in one place: from the manifest where it has a say, else fixed here.
import * as manifest from '../generated/manifest';

/**
 * Sessions at once, over all transports, and those of them that may be anyone's: the rest is for queens only. What is reserved is
 * reserved of what runs out first, connections or sessions: a session without a connection is of no use to a queen.
 */
export const MAX_SESSIONS: u32 = manifest.SESSIONS_MAX;
const REACHABLE_SESSIONS: u32 = manifest.FEATURES_NET_CONSOLE
  ? min<u32>(MAX_SESSIONS, manifest.NETWORK_MAX_CONNECTIONS)
  : MAX_SESSIONS;
export const OPEN_SESSIONS: u32 = REACHABLE_SESSIONS - manifest.SESSIONS_RESERVED_FOR_QUEEN;
/** Sessions at once of one ticket that is no queen's. */
export const SESSIONS_PER_TICKET: u32 = manifest.SESSIONS_PER_TICKET;
/** Open fids of a session; a power of two. */
export const FIDS_PER_SESSION: u32 = manifest.SESSIONS_FIDS_PER_SESSION;
/** Ranges of retired fids that a session of the older codec remembers. */
export const RETIRED_RANGES: u32 = 64;
/** Advisory locks, over all sessions. */
export const MAX_LOCKS: u32 = manifest.SESSIONS_MAX_LOCKS;
export const LOCKS_PER_SESSION: u32 = manifest.SESSIONS_LOCKS_PER_SESSION;

/** Largest frame, and the smallest that a client may ask for. */
export const MAX_MSIZE: u32 = manifest.SECURE9P_MSIZE;
export const MIN_MSIZE: u32 = 256;
/** Names in one Twalk, bytes in a name. */
export const WALK_DEPTH: u32 = manifest.SECURE9P_WALK_DEPTH;
export const NAME_BYTES: u32 = 255;
/** Frames handed over at once, and tags in flight in a session. */
export const BATCH_FRAMES: u32 = manifest.SECURE9P_BATCH_FRAMES;
export const TAGS_PER_SESSION: u32 = manifest.SECURE9P_TAGS_PER_SESSION;

/** Declared files and directories. */
export const MAX_NODES: u32 = 512;
/** Binds and mounts of a session; bytes of a bound path. */
export const MAX_BINDS: u32 = manifest.SESSIONS_MAX_BINDS;
export const BIND_PATH_BYTES: u32 = 256;
/** A path as text: eight names with their slashes, below a bind. */
export const PATH_BYTES: u32 = 2048 + 256;
/** `<role>:<identity>`: identity bytes. */
export const IDENTITY_BYTES: u32 = 64;

/** Whether a queen, too, must have a ticket; development profiles say no. */
export function queenNeedsTicket(): bool {
  return manifest.AUTH_QUEEN_TICKET != 'optional';
}

/** What tickets may claim; 0 where there is no limit. */
export const TICKET_SCOPES: u32 = manifest.TICKET_LIMITS_MAX_SCOPES;
export const TICKET_SCOPE_PATH_BYTES: u32 = manifest.TICKET_LIMITS_MAX_SCOPE_PATH_LEN;
export const TICKET_SCOPE_RATE_PER_S: u32 = manifest.TICKET_LIMITS_MAX_SCOPE_RATE_PER_S;
export const TICKET_BANDWIDTH_BYTES: u64 = manifest.TICKET_LIMITS_BANDWIDTH_BYTES;
export const TICKET_CURSOR_RESUMES: u32 = manifest.TICKET_LIMITS_CURSOR_RESUMES;
export const TICKET_CURSOR_ADVANCES: u32 = manifest.TICKET_LIMITS_CURSOR_ADVANCES;
/** Tickets whose use is remembered: those of all sessions, and the last ones of sessions that are over. */
export const TICKET_USAGES: u32 = MAX_SESSIONS + 32;
/** Telemetry files in which the reading position of a ticket is remembered. */
export const TICKET_CURSORS: u32 = 8;

/** Workers at once: as many as the root task has places for. */
export const MAX_WORKERS: u32 = manifest.WORKERS_MAX;
/** Those of a role (lib/protocol/roles.ts). */
export function workerPlaces(role: u32): u32 {
  return unchecked(manifest.WORKER_PLACES[role]);
}
/** Bytes that a worker's telemetry ring retains. */
export const TELEMETRY_RING_BYTES: u32 = manifest.TELEMETRY_RING_BYTES_PER_WORKER;
export const TELEMETRY_RETAIN_ON_BOOT: bool = manifest.TELEMETRY_CURSOR_RETAIN_ON_BOOT;
export const SHARDING_ENABLED: bool = manifest.SHARDING_ENABLED;
export const SHARD_BITS: u32 = manifest.SHARDING_SHARD_BITS;
export const LEGACY_WORKER_ALIAS: bool = manifest.SHARDING_LEGACY_WORKER_ALIAS;
/** A budget without limit. */
export const UNLIMITED: u64 = u64.MAX_VALUE;

/** Telemetry frames are UTF-8 text rather than records in CBOR (cbor-v1). */
export function telemetryIsText(): bool {
  return manifest.TELEMETRY_FRAME_SCHEMA == 'legacy-plaintext';
}

/** GPUs that can be registered; bytes of what one tells about itself, and of the lines that its files keep. */
export const MAX_GPUS: u32 = 16;
export const GPU_INFO_BYTES: u32 = 1024;
export const GPU_CTL_BYTES: u32 = 1024;
export const GPU_LEASE_BYTES: u32 = 2048;
export const GPU_STATUS_BYTES: u32 = 4096;

/** /log/queen.log: retained bytes and lines. */
export const LOG_BYTES: u32 = 262144;
export const LOG_LINES: u32 = 2048;
/** Log lines a second about refused attaches. */
export const AUDIT_DENIALS_PER_S: u32 = 8;
/** A line that the server itself writes. */
export const LOG_LINE_BYTES: u32 = 2560;
/** /proc/boot. */
export const BOOT_TEXT_BYTES: u32 = 8192;
/** What a control file keeps of the commands that it accepted. */
export const CONTROL_LOG_BYTES: u32 = 8192;

/** /queen/telemetry. */
export const MAX_DEVICES: u32 = 16;
export const DEVICE_NAME_BYTES: u32 = 64;
export const SEGMENTS_PER_DEVICE: u32 = manifest.TELEMETRY_INGEST_MAX_SEGMENTS_PER_DEVICE;
export const SEGMENT_BYTES: u32 = manifest.TELEMETRY_INGEST_MAX_BYTES_PER_SEGMENT;
export const DEVICE_BYTES: u32 = manifest.TELEMETRY_INGEST_MAX_TOTAL_BYTES_PER_DEVICE;
export const RECORD_BYTES: u32 = 4096;
export const REFERENCE_ENTRIES_PER_SEGMENT: u32 = manifest.TELEMETRY_INGEST_MAX_REFERENCE_ENTRIES_PER_SEGMENT;
export const REFERENCE_MANIFEST_BYTES: u32 = manifest.TELEMETRY_INGEST_MAX_REFERENCE_MANIFEST_BYTES;
export const REFERENCE_BYTES: u64 = manifest.TELEMETRY_INGEST_MAX_REFERENCE_BYTES;

/** Whether hosts may push telemetry at all: a quota of 0 switches it off. */
export function ingestsTelemetry(): bool {
  return SEGMENTS_PER_DEVICE !== 0 && SEGMENT_BYTES !== 0 && DEVICE_BYTES !== 0;
}

/** The oldest segments make room for new ones, rather than new ones being refused. */
export function evictsOldest(): bool {
  return manifest.TELEMETRY_INGEST_EVICTION_POLICY == 'evict-oldest';
}

/** /trace. */
export const TRACE_EVENTS: u32 = 256;
export const TRACE_MESSAGE_BYTES: u32 = 192;

/** /proc/9p, /proc/ingest: largest texts, and the watch ring. */
export const SESSIONS_BYTES: u32 = manifest.OBSERVABILITY_PROC_9P_SESSIONS_BYTES;
export const OUTSTANDING_BYTES: u32 = manifest.OBSERVABILITY_PROC_9P_OUTSTANDING_BYTES;
export const SHORT_WRITES_BYTES: u32 = manifest.OBSERVABILITY_PROC_9P_SHORT_WRITES_BYTES;
export const LATENCY_SAMPLES: u32 = manifest.OBSERVABILITY_PROC_INGEST_LATENCY_SAMPLES;
export const WATCH_ENTRIES: u32 = manifest.OBSERVABILITY_PROC_INGEST_WATCH_MAX_ENTRIES;
export const WATCH_LINE_BYTES: u32 = manifest.OBSERVABILITY_PROC_INGEST_WATCH_LINE_BYTES;
export const WATCH_INTERVAL_MS: u64 = manifest.OBSERVABILITY_PROC_INGEST_WATCH_MIN_INTERVAL_MS;

/** Largest count of one Tread of a UI provider. */
export const UI_READ_BYTES: u32 = 8192;
/** UI providers that are switched on. */
export const UI_SESSIONS: bool = manifest.UI_PROVIDERS_PROC_9P_SESSIONS;
export const UI_OUTSTANDING: bool = manifest.UI_PROVIDERS_PROC_9P_OUTSTANDING;
export const UI_SHORT_WRITES: bool = manifest.UI_PROVIDERS_PROC_9P_SHORT_WRITES;
export const UI_P50: bool = manifest.UI_PROVIDERS_PROC_INGEST_P50_MS;
export const UI_P95: bool = manifest.UI_PROVIDERS_PROC_INGEST_P95_MS;
export const UI_BACKPRESSURE: bool = manifest.UI_PROVIDERS_PROC_INGEST_BACKPRESSURE;
