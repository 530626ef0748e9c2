// SPDX-License-Identifier: Apache-2.0
/**
 * Owns trace files: what passed between a client and a 9P server, and the acknowledgements that the client showed.
 *
 *   COHTRACE · version u8 = 1 · reserved u8 = 0 · frames u32 · acks u32
 *   frames × { bytes u32, request, bytes u32, response } · acks × { bytes u32, UTF-8 } · SHA-256 of all before it
 */
import { createHash } from 'node:crypto';
import { ClientError } from '../errors.ts';

const MAGIC = Buffer.from('COHTRACE');
const VERSION = 1;
const HEADER_BYTES = 18;
const HASH_BYTES = 32;
export const MAX_TRACE_BYTES = 1 << 20;
export const MAX_FRAME_BYTES = 8192;
export const MAX_ACK_BYTES = 256;

export interface Exchange {
  request: Buffer;
  response: Buffer;
}

export interface Trace {
  exchanges: Exchange[];
  acks: string[];
}

export function traceError(message: string): ClientError {
  return new ClientError('protocol', message, 'record the trace anew');
}

function checkFrame(bytes: number): number {
  if (bytes > MAX_FRAME_BYTES) throw traceError(`trace frame size ${bytes} exceeds max ${MAX_FRAME_BYTES}`);
  return bytes;
}

function checkAck(bytes: number): number {
  if (bytes > MAX_ACK_BYTES) throw traceError(`trace ack size ${bytes} exceeds max ${MAX_ACK_BYTES}`);
  return bytes;
}

function checkTotal(bytes: number, max_bytes: number): void {
  if (bytes > max_bytes) throw traceError(`trace size ${bytes} exceeds max ${max_bytes}`);
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function sized(bytes: Buffer): Buffer[] {
  return [word(bytes.length), bytes];
}

export function encodeTrace({ exchanges, acks }: Trace, max_bytes = MAX_TRACE_BYTES): Buffer {
  const frames = exchanges.flatMap(({ request, response }) => {
    checkFrame(request.length);
    checkFrame(response.length);
    return [...sized(request), ...sized(response)];
  });
  const lines = acks.flatMap((ack) => {
    const bytes = Buffer.from(ack);
    checkAck(bytes.length);
    return sized(bytes);
  });
  const head = [MAGIC, Buffer.from([VERSION, 0]), word(exchanges.length), word(acks.length)];
  const body = Buffer.concat([...head, ...frames, ...lines]);
  checkTotal(body.length + HASH_BYTES, max_bytes);
  return Buffer.concat([body, createHash('sha256').update(body).digest()]);
}

class Cursor {
  private at = HEADER_BYTES;
  constructor(private readonly bytes: Buffer) {}

  word(): number {
    if (this.bytes.length - this.at < 4) throw traceError('trace data truncated');
    this.at += 4;
    return this.bytes.readUInt32LE(this.at - 4);
  }

  take(count: number): Buffer {
    if (this.bytes.length - this.at < count) throw traceError('trace data truncated');
    this.at += count;
    return Buffer.from(this.bytes.subarray(this.at - count, this.at));
  }

  finish(): void {
    if (this.at !== this.bytes.length) throw traceError('trace length invalid');
  }
}

function ackText(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw traceError('trace ack line invalid UTF-8');
  }
}

/** Smallest an exchange and an acknowledgement can be: counts beyond what the file can hold are refused before any is read. */
const EXCHANGE_BYTES = 8;
const ACK_BYTES = 4;

function checkHeader(bytes: Buffer, max_bytes: number): void {
  checkTotal(bytes.length, max_bytes);
  if (bytes.length < MAGIC.length || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw traceError(bytes.length < MAGIC.length ? 'trace data truncated' : 'trace magic mismatch');
  }
  if (bytes.length < HEADER_BYTES + HASH_BYTES) throw traceError('trace data truncated');
  const version = bytes.readUInt8(8);
  if (version !== VERSION) throw traceError(`unsupported trace version ${version}`);
}

export function decodeTrace(data: Uint8Array, max_bytes = MAX_TRACE_BYTES): Trace {
  const bytes = Buffer.from(data);
  checkHeader(bytes, max_bytes);
  const body = bytes.subarray(0, -HASH_BYTES);
  const frames = bytes.readUInt32LE(10);
  const lines = bytes.readUInt32LE(14);
  if (frames * EXCHANGE_BYTES + lines * ACK_BYTES > body.length - HEADER_BYTES)
    throw traceError('trace length overflow');
  const cursor = new Cursor(body);
  const exchanges = Array.from({ length: frames }, () => {
    const request = cursor.take(checkFrame(cursor.word()));
    return { request, response: cursor.take(checkFrame(cursor.word())) };
  });
  const acks = Array.from({ length: lines }, () => ackText(cursor.take(checkAck(cursor.word()))));
  cursor.finish();
  const hash = createHash('sha256').update(body).digest();
  if (!hash.equals(bytes.subarray(-HASH_BYTES))) throw traceError('trace hash mismatch');
  return { exchanges, acks };
}
