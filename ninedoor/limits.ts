// Every size and rate of the server, in one place. The values are the manifest's defaults.

/** Sessions at once, over all transports. */
export const MAX_SESSIONS: u32 = 32;
/** Open fids of a session; a power of two. */
export const FIDS_PER_SESSION: u32 = 128;
/** Ranges of retired fids that a session of the older codec remembers. */
export const RETIRED_RANGES: u32 = 64;

/** Largest frame, and the smallest that a client may ask for. */
export const MAX_MSIZE: u32 = 8192;
export const MIN_MSIZE: u32 = 256;
/** Names in one Twalk, bytes in a name. */
export const WALK_DEPTH: u32 = 8;
export const NAME_BYTES: u32 = 255;
/** Frames handed over at once, and tags in flight in a session. */
export const BATCH_FRAMES: u32 = 1;
export const TAGS_PER_SESSION: u32 = 16;

/** Declared files and directories. */
export const MAX_NODES: u32 = 256;
/** Binds and mounts of a session; bytes of a bound path. */
export const MAX_BINDS: u32 = 8;
export const BIND_PATH_BYTES: u32 = 256;
/** A path as text: WALK_DEPTH names with their slashes. */
export const PATH_BYTES: u32 = 2048 + 256;
/** `<role>:<identity>`: identity bytes. */
export const IDENTITY_BYTES: u32 = 64;

/** Queen sessions may attach without a ticket (development profiles). */
export const QUEEN_TICKET_OPTIONAL: bool = true;

/** Workers at once. */
export const MAX_WORKERS: u32 = 1024;
/** Bytes that a worker's telemetry ring retains. */
export const TELEMETRY_RING_BYTES: u32 = 1024;
/** Telemetry frames must be UTF-8 text (legacy-plaintext) rather than any bytes (cbor-v1). */
export const TELEMETRY_LEGACY_TEXT: bool = true;
export const TELEMETRY_RETAIN_ON_BOOT: bool = false;
export const SHARDING_ENABLED: bool = true;
export const SHARD_BITS: u32 = 8;
export const LEGACY_WORKER_ALIAS: bool = true;

/** Default budget of a heartbeat worker; UNLIMITED where there is none. */
export const UNLIMITED: u64 = u64.MAX_VALUE;
export const DEFAULT_TTL_S: u64 = UNLIMITED;
export const DEFAULT_OPS: u64 = UNLIMITED;

/** /log/queen.log: retained bytes and lines. */
export const LOG_BYTES: u32 = 262144;
export const LOG_LINES: u32 = 2048;
/** A line that the server itself writes. */
export const LOG_LINE_BYTES: u32 = 2560;
/** /proc/boot. */
export const BOOT_TEXT_BYTES: u32 = 8192;
/** What a control file keeps of the commands that it accepted. */
export const CONTROL_LOG_BYTES: u32 = 8192;

/** /queen/telemetry. */
export const MAX_DEVICES: u32 = 16;
export const DEVICE_NAME_BYTES: u32 = 64;
export const SEGMENTS_PER_DEVICE: u32 = 4;
export const SEGMENT_BYTES: u32 = 32768;
export const DEVICE_BYTES: u32 = 131072;
export const SEGMENT_EVICT_OLDEST: bool = true;
export const RECORD_BYTES: u32 = 4096;
export const REFERENCE_ENTRIES_PER_SEGMENT: u32 = 1024;
export const REFERENCE_MANIFEST_BYTES: u32 = 131072;
export const REFERENCE_BYTES: u64 = 1073741824;

/** /trace. */
export const TRACE_EVENTS: u32 = 256;
export const TRACE_CATEGORY_BYTES: u32 = 16;
export const TRACE_TASK_BYTES: u32 = 32;
export const TRACE_MESSAGE_BYTES: u32 = 192;

/** /proc/9p, /proc/ingest, /proc/root, /proc/pressure: largest texts, and the watch ring. */
export const SESSIONS_BYTES: u32 = 8192;
export const OUTSTANDING_BYTES: u32 = 128;
export const SHORT_WRITES_BYTES: u32 = 128;
export const SMALL_PROC_BYTES: u32 = 64;
export const LATENCY_SAMPLES: u32 = 32;
export const WATCH_ENTRIES: u32 = 16;
export const WATCH_LINE_BYTES: u32 = 192;
export const WATCH_INTERVAL_MS: u64 = 50;
/** Largest count of one Tread of a UI provider. */
export const UI_READ_BYTES: u32 = 8192;
/** UI providers that are switched on. */
export const UI_SESSIONS: bool = true;
export const UI_OUTSTANDING: bool = true;
export const UI_SHORT_WRITES: bool = true;
export const UI_P50: bool = true;
export const UI_P95: bool = true;
export const UI_BACKPRESSURE: bool = true;

/** Services that can be mounted, and the paths that they stand for. */
export const MOUNT_SERVICES: StaticArray<string> = ['logs'];
export const MOUNT_TARGETS: StaticArray<string> = ['/log'];

/** What tickets may claim; 0 where there is no limit. */
export const TICKET_SCOPES: u32 = 8;
export const TICKET_SCOPE_PATH_BYTES: u32 = 128;
export const TICKET_SCOPE_RATE_PER_S: u32 = 64;
export const TICKET_BANDWIDTH_BYTES: u64 = 131072;
export const TICKET_CURSOR_RESUMES: u32 = 16;
export const TICKET_CURSOR_ADVANCES: u32 = 256;
/** Tickets whose use is remembered; at least MAX_SESSIONS. */
export const TICKET_USAGES: u32 = 64;
/** Telemetry files in which the reading position of a ticket is remembered. */
export const TICKET_CURSORS: u32 = 8;

/** Advisory locks, over all sessions. */
export const MAX_LOCKS: u32 = 64;
