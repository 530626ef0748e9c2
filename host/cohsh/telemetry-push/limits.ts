// SPDX-License-Identifier: Apache-2.0
/** What a segment takes: the manifest's usual values (telemetry_ingest). The node has the last word. */
export const MAX_RECORD_BYTES = 4096;
export const MAX_SEGMENT_BYTES = 32_768;
export const MAX_REFERENCE_ENTRIES = 1024;
export const MAX_REFERENCE_BYTES = 1 << 30;
/** Bytes of a file that one reference stands for. */
export const REFERENCE_CHUNK_BYTES = 16 << 20;

export const INLINE_SCHEMA = 'cohsh-telemetry-push/v1';
export const REFERENCE_SCHEMA = 'coh-ref-c/v1';
