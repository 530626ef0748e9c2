// SPDX-License-Identifier: Apache-2.0
/** Fixed limits of the manifest, named once for the schema (ranges) and the rules (refusals). Sizes are in bytes. */
export const SCHEMA_VERSION = '1.5';
export const SCHEMA_VERSIONS: readonly string[] = [SCHEMA_VERSION, '2.0'];

export const MAX_MSIZE = 8192;
export const MAX_WALK_DEPTH = 8;
export const MAX_SHARD_BITS = 8;
export const MAX_TICKET_SCOPES = 16;
export const MAX_TICKET_SCOPE_PATH_LEN = 255;
export const MAX_POLICY_QUEUE_ENTRIES = 64;
export const MAX_POLICY_RULE_ID_LEN = 64;
export const MAX_REPLAY_ENTRIES = 256;
export const MAX_SIDECAR_NAME_LEN = 64;
export const MAX_SPOOL_ENTRIES = 256;
/** What sidecar spools and tamper logs may hold together. */
export const SIDECAR_BUDGET_BYTES = 16384;
export const TAMPER_ENTRY_BYTES = 128;
/** What the telemetry rings, and separately the CAS chunks, may hold together. */
export const EVENT_PUMP_BUDGET_BYTES = 32768;
export const TELEMETRY_RINGS = 8;
export const MAX_CAS_CHUNKS = 8;
export const MAX_AUTO_TRANSITIONS = 8;
export const MAX_WATCH_ENTRIES = 64;
export const MAX_LATENCY_SAMPLES = 64;
export const MAX_MOUNT_ALLOWLIST = 16;
export const MAX_TELEMETRY_DEVICES = 256;
export const MAX_SCHEMA_LABEL_LEN = 64;
export const MAX_ACTIVE_STATE_LEN = 16;
export const MAX_MODEL_ID_BYTES = 256;
export const MIN_FRAME_CAP_FPS = 30;
export const MAX_FRAME_CAP_FPS = 60;
export const MAX_HIVE_LINE_BYTES = 256;
export const CAS_KEY_BYTES = 32;
/** Entries of one control plane. */
export const MAX_CONTROL_ENTRIES = 1024;
/** With "AUTH " before it, a token fits a line of the console. */
export const MAX_AUTH_TOKEN_BYTES = 250;
/** A unit, node or GPU of the host is a directory of the tree. */
export const MAX_HOST_UNIT_BYTES = 128;
export const MAX_HOST_UNITS = 64;
/** Shortest secret of a release, in bytes. */
export const MIN_RELEASE_SECRET_BYTES = 16;

/** Protection domains. */
export const PAGE_BYTES = 4096;
export const ROOT_TASK_NAME = 'roottask';
export const ROOT_TASK_PRIORITY = 254;
/** A name takes 32 bytes in reports, with a zero at the end. */
export const MAX_DOMAIN_NAME_LEN = 31;
export const MAX_INSTANCES = 512;
export const MAX_REGIONS = 16;
/** Bits 1 to 61 of a badge. */
export const MAX_EVENT_SOURCES = 61;
