// SPDX-License-Identifier: Apache-2.0
// The server's leaf modules behind plain calls: bytes at input(), results at output().
import * as frame from '../../../../ninedoor/providers/worker/frame';
import * as cborReader from '../../../../lib/cbor/reader';
import * as sha256 from '../../../../lib/hash/sha256';
import * as schema from '../../../../lib/json/schema';
import * as value from '../../../../lib/json/value';
import * as json from '../../../../lib/json/reader';
import * as jsonWriter from '../../../../lib/json/writer';
import * as roles from '../../../../lib/protocol/roles';
import { Writer } from '../../../../lib/text/writer';
import * as blake3 from '../../../../lib/hash/blake3';
import * as claims from '../../../../ninedoor/ticket/claims';
import * as limits from '../../../../ninedoor/ticket/limits';
import * as verify from '../../../../ninedoor/ticket/verify';
import * as document from './document';

const CAPACITY: u32 = 1 << 17;
const inputBuffer = memory.data(CAPACITY, 8);
const outputBuffer = memory.data(CAPACITY, 8);
const key = memory.data(32);
const writer = changetype<Writer>(memory.data(offsetof<Writer>(), 8));
const record = changetype<claims.Claims>(memory.data(claims.CLAIMS_BYTES, 8));

export function input(): usize {
  return inputBuffer;
}

export function output(): usize {
  return outputBuffer;
}

export function keyBuffer(): usize {
  return key;
}

export function claimsRecord(): usize {
  return changetype<usize>(record);
}

function opened(): Writer {
  writer.open(outputBuffer, CAPACITY);
  return writer;
}

/** Bytes of the text at output(). */
export function written(): u32 {
  return <u32>(writer.at - outputBuffer);
}

export function start(): void {
  document.declare();
}

export function hash(bytes: u32): void {
  blake3.hash(inputBuffer, bytes, outputBuffer);
}

export function keyedHash(bytes: u32): void {
  blake3.keyedHash(key, inputBuffer, bytes, outputBuffer);
}

export function sha(bytes: u32): void {
  memory.copy(outputBuffer, sha256.digest(inputBuffer, bytes), 32);
}

/** The outcome of a check; a refusal's reason is written. */
export function check(role: u32, bytes: u32): u32 {
  const outcome = verify.check(role, inputBuffer, bytes, record);
  const w = opened();
  if (outcome === verify.REJECTED) verify.writeReason(w);
  return outcome;
}

/** Whether the claims that check() left keep to the limits. */
export function withinLimits(): bool {
  return limits.check(record, opened());
}

export function tokenDigest(bytes: u32): u32 {
  return verify.digest(inputBuffer, bytes);
}

/** Decodes a payload; a refusal's reason is written. */
export function decode(bytes: u32): u32 {
  const outcome = claims.decode(inputBuffer, bytes, record);
  const w = opened();
  if (outcome !== claims.OK) claims.writeProblem(w);
  return outcome;
}

export function jsonAny(bytes: u32, depth: u32): bool {
  json.open(inputBuffer, bytes);
  const ok = value.any(depth) && json.finish();
  const w = opened();
  if (!ok) json.writeProblem(w);
  return ok;
}

/** Takes the document of document.ts and writes what was understood, or why it is none. */
export function jsonDocument(bytes: u32): bool {
  const ok = document.parse(inputBuffer, bytes);
  const w = opened();
  if (ok) document.write(w);
  else schema.writeProblem(w);
  return ok;
}

export function jsonText(bytes: u32): void {
  jsonWriter.open();
  jsonWriter.text(opened(), inputBuffer, bytes);
}

export function cborAny(bytes: u32, depth: u32): u32 {
  cborReader.open(inputBuffer, bytes);
  const ok = cborReader.any(depth) && cborReader.finish();
  const w = opened();
  if (!ok) cborReader.writeProblem(w);
  return ok ? 0 : cborReader.isTruncated ? 1 : 2;
}

/** Takes a telemetry frame and writes it again, or why it is none. */
export function telemetryFrame(bytes: u32): bool {
  const ok = frame.read(inputBuffer, bytes);
  const w = opened();
  if (!ok) {
    cborReader.writeProblem(w);
    return false;
  }
  const role = frame.role === roles.WORKER_GPU ? 'worker-gpu' : 'worker-heartbeat';
  frame.write(w, frame.workerId, frame.workerIdBytes, role, frame.seq, frame.emittedMs);
  w.bytes(frame.payload, frame.payloadBytes);
  return true;
}
