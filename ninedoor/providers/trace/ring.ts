// SPDX-License-Identifier: Apache-2.0
// The trace ring: events with level, category and, where one is concerned, a worker. Readers see them as JSON lines.
//
//   Event   seq u64 · timeMs u64 · task u32 · level u8 · category u8 · messageBytes u16 · message[TRACE_MESSAGE_BYTES]
//
//   task: number of the worker that is concerned, or 0
import { TRACE_EVENTS, TRACE_MESSAGE_BYTES } from '../../limits';
import * as json from '../../../lib/json/writer';
import { nowMs } from '../../platform';
import { utf8Prefix } from '../../../lib/text/slice';
import { Writer } from '../../../lib/text/writer';
import * as workers from '../worker/table';

export const ERROR: u32 = 0;
export const WARN: u32 = 1;
export const INFO: u32 = 2;
export const DEBUG: u32 = 3;
export const TRACE: u32 = 4;
export const LEVELS: u32 = 5;

export const BOOT: u32 = 0;
export const QUEEN: u32 = 1;
export const WORKER: u32 = 2;
export const HOST: u32 = 3;
export const POLICY: u32 = 4;
export const AUDIT: u32 = 5;
export const CAS: u32 = 6;
export const UI: u32 = 7;
export const KMESG: u32 = 8;
export const LIFECYCLE: u32 = 9;
export const TELEMETRY: u32 = 10;
export const CATEGORIES: u32 = 11;

export function levelName(level: u32): string {
  switch (level) {
    case ERROR:
      return 'error';
    case WARN:
      return 'warn';
    case INFO:
      return 'info';
    case DEBUG:
      return 'debug';
    default:
      return 'trace';
  }
}

export function categoryName(category: u32): string {
  switch (category) {
    case BOOT:
      return 'boot';
    case QUEEN:
      return 'queen';
    case WORKER:
      return 'worker';
    case HOST:
      return 'host';
    case POLICY:
      return 'policy';
    case AUDIT:
      return 'audit';
    case CAS:
      return 'cas';
    case UI:
      return 'ui';
    case KMESG:
      return 'kmesg';
    case LIFECYCLE:
      return 'lifecycle';
    default:
      return 'telemetry';
  }
}


@unmanaged
class Event {
  seq: u64;
  timeMs: u64;
  task: u32;
  level: u8;
  category: u8;
  messageBytes: u16;

  get message(): usize {
    return changetype<usize>(this) + offsetof<Event>();
  }
}

/** Nothing is recorded at the moment. */
const NO_EVENT = changetype<Event>(0);

const EVENT_BYTES: u32 = offsetof<Event>() + TRACE_MESSAGE_BYTES;
const ring = memory.data(TRACE_EVENTS * EVENT_BYTES, 8);
/** Sequence number of the next event. */
export let nextSeq: u64 = 0;

/** Least severe level that is recorded, and the recorded categories as bits. */
let threshold: u32 = INFO;
let categories: u32 = u32.MAX_VALUE;

export function setFilter(level: u32, mask: u32): void {
  threshold = level;
  categories = mask;
}

export function level(): u32 {
  return threshold;
}

const writer = changetype<Writer>(memory.data(offsetof<Writer>(), 8));
const scratch = memory.data(TRACE_MESSAGE_BYTES);
let current = NO_EVENT;

function event(seq: u64): Event {
  return changetype<Event>(ring + <u32>(seq % TRACE_EVENTS) * EVENT_BYTES);
}

/** Starts an event; what is written next is its message. */
export function begin(levelOf: u32, category: u32, task: u32): Writer {
  current = levelOf <= threshold && ((categories >> category) & 1) !== 0 ? event(nextSeq) : NO_EVENT;
  if (current === NO_EVENT) {
    writer.open(scratch, 0);
    return writer;
  }
  current.seq = nextSeq;
  current.timeMs = nowMs();
  current.task = task;
  current.level = <u8>levelOf;
  current.category = <u8>category;
  writer.open(current.message, TRACE_MESSAGE_BYTES);
  return writer;
}

/** Ends the event that begin() started. */
export function end(): void {
  if (current === NO_EVENT) return;
  const bytes = <u32>(writer.at - current.message);
  current.messageBytes = <u16>utf8Prefix(current.message, bytes); // a message that was cut ends with a whole character
  nextSeq++;
}

/** The oldest event that is still there. */
export function oldestSeq(): u64 {
  return nextSeq > TRACE_EVENTS ? nextSeq - TRACE_EVENTS : 0;
}

/** Writes the retained events of a category (CATEGORIES: of all) and a task (0: of all). */
export function write(category: u32, task: u32, w: Writer): void {
  for (let seq = oldestSeq(); seq < nextSeq; seq++) {
    const e = event(seq);
    if (category !== CATEGORIES && <u32>e.category !== category) continue;
    const about = e.task;
    if (task !== 0 && about !== task) continue;
    json.open();
    json.object(w);
    json.name(w, 'seq');
    json.number(w, seq);
    json.name(w, 'ts_ms');
    json.number(w, e.timeMs);
    json.name(w, 'level');
    json.literal(w, levelName(e.level));
    json.name(w, 'cat');
    json.literal(w, categoryName(e.category));
    if (about !== 0) {
      writer.open(scratch, TRACE_MESSAGE_BYTES);
      workers.writeName(about, writer);
      json.name(w, 'task');
      json.text(w, scratch, <u32>writer.total);
    }
    json.name(w, 'msg');
    json.text(w, e.message, e.messageBytes);
    json.endObject(w);
    w.byte(0x0a);
  }
}
