// SPDX-License-Identifier: Apache-2.0
// A worker's telemetry record in CBOR, telemetry-frame/v1:
//
//   map { schema text · worker_id text · role text · seq uint · emitted_ms uint (Unix time) · payload map }
//
// All six are required, in any order, and nothing else may be there. Workers write frames in the order above.
import * as roles from '../../../lib/protocol/roles';
import { Writer } from '../../../lib/text/writer';
import { equals } from '../../../lib/text/slice';
import * as cbor from '../../../lib/cbor/writer';
import * as reader from '../../../lib/cbor/reader';

export const SCHEMA = 'telemetry-frame/v1';
export const WORKER_ID_BYTES: u32 = 64;
/** How deep payloads may nest, themselves included. */
export const PAYLOAD_DEPTH: u32 = 8;

const HAS_SCHEMA: u32 = 1;
const HAS_WORKER_ID: u32 = 2;
const HAS_ROLE: u32 = 4;
const HAS_SEQ: u32 = 8;
const HAS_EMITTED: u32 = 16;
const HAS_PAYLOAD: u32 = 32;
const ALL: u32 = 63;

// The frame that was read last.
export let workerId: usize = 0;
export let workerIdBytes: u32 = 0;
export let role: u32 = 0;
export let seq: u64 = 0;
export let emittedMs: u64 = 0;
/** The payload as it is encoded: a map. */
export let payload: usize = 0;
export let payloadBytes: u32 = 0;

let fields: u32 = 0;

function keyIs(word: string): bool {
  return equals(reader.start, reader.bytes, word);
}

function once(field: u32): bool {
  if ((fields & field) !== 0) return reader.fail('duplicate field');
  fields |= field;
  return true;
}

function readSchema(): void {
  if (reader.text(u32.MAX_VALUE) && !keyIs(SCHEMA)) reader.fail('schema is not telemetry-frame/v1');
}

function readWorkerId(): void {
  if (!reader.text(WORKER_ID_BYTES)) return;
  if (reader.bytes === 0) reader.fail('empty worker_id');
  workerId = reader.start;
  workerIdBytes = reader.bytes;
}

function readRole(): void {
  if (!reader.text(u32.MAX_VALUE)) return;
  role = keyIs('worker-heartbeat') ? roles.WORKER_HEARTBEAT : keyIs('worker-gpu') ? roles.WORKER_GPU : roles.QUEEN;
  if (role === roles.QUEEN) reader.fail('unknown role');
}

function readPayload(): void {
  if (reader.peek() !== reader.MAP) {
    reader.map(0); // says what is wrong
    return;
  }
  payload = reader.position();
  if (reader.any(PAYLOAD_DEPTH)) payloadBytes = <u32>(reader.position() - payload);
}

function readField(): void {
  if (keyIs('schema')) {
    if (once(HAS_SCHEMA)) readSchema();
  } else if (keyIs('worker_id')) {
    if (once(HAS_WORKER_ID)) readWorkerId();
  } else if (keyIs('role')) {
    if (once(HAS_ROLE)) readRole();
  } else if (keyIs('seq')) {
    if (once(HAS_SEQ) && reader.uint(u64.MAX_VALUE)) seq = reader.number;
  } else if (keyIs('emitted_ms')) {
    if (once(HAS_EMITTED) && reader.uint(u64.MAX_VALUE)) emittedMs = reader.number;
  } else if (keyIs('payload')) {
    if (once(HAS_PAYLOAD)) readPayload();
  } else reader.fail('unknown field');
}

function missing(): string {
  switch (ctz<u32>(ALL & ~fields)) {
    case 0:
      return 'missing field schema';
    case 1:
      return 'missing field worker_id';
    case 2:
      return 'missing field role';
    case 3:
      return 'missing field seq';
    case 4:
      return 'missing field emitted_ms';
    default:
      return 'missing field payload';
  }
}

/** Reads a frame; false: reader.writeProblem says why it is none. */
export function read(start: usize, bytes: u32): bool {
  fields = 0;
  reader.open(start, bytes);
  if (!reader.map(u32.MAX_VALUE)) return false;
  for (let left = reader.number; left > 0 && !reader.failed(); left--) {
    if (reader.text(u32.MAX_VALUE)) readField();
  }
  if (!reader.failed() && fields !== ALL) reader.fail(missing());
  return reader.finish();
}

/** Writes a frame up to its payload, which the caller writes next: one map. */
export function write(w: Writer, id: usize, idBytes: u32, roleLabel: string, sequence: u64, unixMs: u64): void {
  cbor.map(w, 6);
  cbor.literal(w, 'schema');
  cbor.literal(w, SCHEMA);
  cbor.literal(w, 'worker_id');
  cbor.text(w, id, idBytes);
  cbor.literal(w, 'role');
  cbor.literal(w, roleLabel);
  cbor.literal(w, 'seq');
  cbor.uint(w, sequence);
  cbor.literal(w, 'emitted_ms');
  cbor.uint(w, unixMs);
  cbor.literal(w, 'payload');
}
