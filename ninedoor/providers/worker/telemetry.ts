// SPDX-License-Identifier: Apache-2.0
// Worker telemetry: /shard/<label>/worker/<id>/telemetry and its alias /worker/<id>/telemetry.
//
//   ring   TELEMETRY_RING_BYTES of the worker, addressed by absolute offset modulo its size; [base, next) is retained
//
// Each fid is a reader with a cursor of its own (fids.cursor).
import * as cbor from '../../../lib/cbor/reader';
import * as frame from './frame';
import { LEGACY_WORKER_ALIAS, SHARDING_ENABLED, telemetryIsText } from '../../limits';
import { TELEMETRY_RETAIN_ON_BOOT, TELEMETRY_RING_BYTES } from '../../limits';
import { Node, Place } from '../../namespace/node';
import * as classes from './access';
import * as tree from '../../namespace/tree';
import * as budget from '../../session/budget';
import { Fid } from '../../session/fid';
import { Session } from '../../session/session';
import { isUtf8 } from '../../../lib/text/slice';
import { Writer } from '../../../lib/text/writer';
import * as errors from '../../wire/errors';
import { GATE_WORKER_TELEMETRY, pass } from '../queen/lifecycle/state';
import * as log from '../../log';
import * as trace from '../trace/ring';
import * as lifetime from './lifetime';
import * as names from './names';
import * as workers from './table';

/** An offset that means "at the end". */
const APPEND: u64 = u64.MAX_VALUE;
/** How far behind the last read a reader may go back. */
const MAX_REWIND: u64 = TELEMETRY_RING_BYTES < 1024 ? TELEMETRY_RING_BYTES : 1024;

/** Starts a line of the log. Without a mark such as `[audit]`: summaries pass over lines that begin with `[`. */
function logLine(text: string): Writer {
  const w = log.begin();
  w.text(text);
  return w;
}

function traceRefusal(number: u32, text: string): void {
  trace.begin(trace.WARN, trace.AUDIT, number).text(text);
  trace.end();
}

function refuseSize(number: u32, bytes: u32): u32 {
  traceRefusal(number, 'telemetry quota reject');
  const w = logLine('telemetry quota reject bytes=');
  w.dec(bytes);
  w.text(' quota=');
  w.dec(TELEMETRY_RING_BYTES);
  log.end();
  return errors.failNumbers(errors.TOO_BIG, 'telemetry frame exceeds ring quota: ', bytes, ' > ', TELEMETRY_RING_BYTES);
}

/** A write is one frame of the schema that the manifest chose. */
function checkFrame(data: usize, bytes: u32): u32 {
  if (telemetryIsText()) {
    if (isUtf8(data, bytes)) return errors.NONE;
    return errors.fail(errors.INVALID, 'telemetry frame must be UTF-8 under legacy schema');
  }
  if (frame.read(data, bytes)) return errors.NONE;
  const w = errors.begin();
  w.text('invalid telemetry frame: ');
  cbor.writeProblem(w);
  return errors.end(errors.INVALID);
}

function write(s: Session, place: Place, data: usize, bytes: u32, offset: u64): u32 {
  const number = place.key;
  const worker = workers.find(number);
  if (worker === workers.NO_WORKER) return names.gone(number);
  const next = worker.next;
  if (offset !== APPEND && offset !== next) {
    return errors.failNumbers(errors.INVALID, 'telemetry append offset rejected: expected ', next, ' got ', offset);
  }
  if (bytes > TELEMETRY_RING_BYTES) return refuseSize(number, bytes);
  const malformed = checkFrame(data, bytes);
  if (malformed !== errors.NONE) return malformed;
  if (s.worker === number) {
    const refusal = budget.takeTick(s);
    if (refusal !== errors.NONE) return refusal;
  }
  append(worker, data, bytes);
  const t = trace.begin(trace.DEBUG, trace.TELEMETRY, number);
  t.text('telemetry bytes=');
  t.dec(bytes);
  trace.end();
  return errors.NONE;
}

/** A heartbeat of the worker's own domain: a write to its telemetry that costs an operation and a tick, as in a session. */
export function beat(number: u32, data: usize, bytes: u32): u32 {
  if (workers.find(number) === workers.NO_WORKER) return errors.NOT_FOUND;
  if (bytes > TELEMETRY_RING_BYTES) return errors.TOO_BIG;
  const closed = pass(GATE_WORKER_TELEMETRY);
  if (closed !== errors.NONE) return closed;
  let spent: u32 = 0;
  if (!workers.takeOp(number)) spent = budget.OPS_EXHAUSTED;
  else if (!workers.takeTick(number)) spent = budget.TICKS_EXHAUSTED;
  if (spent !== 0) {
    lifetime.revoke(number, spent);
    return errors.REVOKED;
  }
  append(workers.find(number), data, bytes);
  return errors.NONE;
}

function noteWrap(dropped: u64, base: u64): void {
  const w = logLine('telemetry ring wrap dropped_bytes=');
  w.dec(dropped);
  w.text(' new_base=');
  w.dec(base);
  log.end();
}

function append(worker: workers.Worker, data: usize, bytes: u32): void {
  const ring = worker.ring;
  const next = worker.next;
  const start = <u32>(next % TELEMETRY_RING_BYTES);
  const room = TELEMETRY_RING_BYTES - start;
  const head = bytes < room ? bytes : room;
  memory.copy(ring + start, data, head);
  memory.copy(ring, data + head, bytes - head);
  let base = worker.base;
  if (next + bytes - base > TELEMETRY_RING_BYTES) {
    const dropped = next + bytes - base - TELEMETRY_RING_BYTES;
    base += dropped;
    // A full ring drops something with every write. One line a round says it: a line a heartbeat would push all else out of the log.
    if ((next - 1) / TELEMETRY_RING_BYTES !== (next + bytes - 1) / TELEMETRY_RING_BYTES) noteWrap(dropped, base);
  }
  worker.base = base;
  worker.next = next + bytes;
}

/** Writes `telemetry cursor stale …` or `… rewind exceeded …`. */
function writeProblem(w: Writer, stale: bool, offset: u64, last: u64, base: u64): void {
  w.text(stale ? 'telemetry cursor stale requested=' : 'telemetry cursor rewind exceeded requested=');
  w.dec(offset);
  if (!stale) {
    w.text(' last=');
    w.dec(last);
  }
  w.text(' rewind_to=');
  w.dec(base);
}

function refuseCursor(number: u32, stale: bool, offset: u64, last: u64, base: u64): u32 {
  traceRefusal(number, stale ? 'telemetry cursor stale' : 'telemetry cursor rewind exceeded');
  const w = logLine('');
  writeProblem(w, stale, offset, last, base);
  w.text(' retain_on_boot=');
  w.flag(TELEMETRY_RETAIN_ON_BOOT);
  log.end();
  writeProblem(errors.begin(), stale, offset, last, base);
  return errors.end(errors.INVALID);
}

function noteRewind(offset: u64, last: u64): void {
  const w = logLine('telemetry cursor rewind requested=');
  w.dec(offset);
  w.text(' last=');
  w.dec(last);
  w.text(' bytes=');
  w.dec(last - offset);
  log.end();
}

function noteClamp(offset: u64, end: u64): void {
  const w = logLine('telemetry cursor clamped requested=');
  w.dec(offset);
  w.text(' end=');
  w.dec(end);
  log.end();
}

function read(fid: Fid, offset: u64, w: Writer): u32 {
  const worker = workers.find(fid.key);
  if (worker === workers.NO_WORKER) return names.gone(fid.key);
  const base = worker.base;
  const next = worker.next;
  const last = fid.cursor;
  if (offset < base) return refuseCursor(fid.key, true, offset, last, base);
  if (offset < last && last - offset > MAX_REWIND) return refuseCursor(fid.key, false, offset, last, base);
  if (offset < last) noteRewind(offset, last);
  let from = offset;
  if (from > next) {
    noteClamp(offset, next);
    from = next;
  }
  const wanted = next - from;
  const room = w.room;
  const bytes = wanted < room ? <u32>wanted : room;
  const ring = worker.ring;
  const start = <u32>(from % TELEMETRY_RING_BYTES);
  const straight = TELEMETRY_RING_BYTES - start;
  const head = bytes < straight ? bytes : straight;
  w.bytes(ring + start, head);
  w.bytes(ring, bytes - head);
  return errors.NONE;
}

function size(place: Place): u64 {
  const number = place.key;
  const worker = workers.find(number);
  return worker === workers.NO_WORKER ? 0 : worker.next;
}

function declareTelemetry(under: Node): Node {
  const file = tree.appendOnly(
    under,
    'telemetry',
    classes.OWN_WORKER,
    classes.OWN_WORKER,
    0,
    write.index,
    GATE_WORKER_TELEMETRY,
  );
  tree.asStream(file, read.index, size.index);
  tree.asCursor(file);
  return file;
}

export function declare(): void {
  // The server's memory is new after each start, and there is no other place for rings: whoever asks for it is told.
  if (TELEMETRY_RETAIN_ON_BOOT) log.line('telemetry retain_on_boot=true ignored: rings end with the server');
  let worker: Node = tree.NO_NODE;
  let file: Node = tree.NO_NODE;
  if (SHARDING_ENABLED) {
    const shards = tree.directory(tree.ROOT, 'shard', classes.TELEMETRY_WORKERS);
    const shard = tree.directory(shards, '<shard>', classes.OWN_SHARD);
    worker = tree.directory(tree.directory(shard, 'worker', classes.OWN_SHARD), '<shard-worker>', classes.OWN_WORKER);
    file = declareTelemetry(worker);
  }
  if (!SHARDING_ENABLED || LEGACY_WORKER_ALIAS) {
    const workersDirectory = tree.directory(tree.ROOT, 'worker', classes.TELEMETRY_WORKERS);
    const alias = tree.directory(workersDirectory, '<worker>', classes.OWN_WORKER);
    const aliasFile = declareTelemetry(alias);
    if (SHARDING_ENABLED) {
      tree.asAlias(alias, worker, workers.shardOf.index);
      tree.asAlias(aliasFile, file, workers.shardOf.index);
    }
  }
}
