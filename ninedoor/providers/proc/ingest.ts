// SPDX-License-Identifier: Apache-2.0
// /proc/ingest: how long requests wait and what is dropped, and the watch ring of these numbers over time.
//
//   samples   the last LATENCY_SAMPLES waiting times in ms, u32 each
//   watch     WATCH_ENTRIES × (+0 bytes u32 · +4 line[WATCH_LINE_BYTES])
import * as manifest from '../../../generated/manifest';
import { LATENCY_SAMPLES, UI_BACKPRESSURE, UI_P50, UI_P95, WATCH_ENTRIES, WATCH_INTERVAL_MS } from '../../limits';
import { WATCH_LINE_BYTES } from '../../limits';
import * as hooks from '../../hooks';
import { nowMs } from '../../platform';
import * as access from '../../namespace/access';
import { Node, Place } from '../../namespace/node';
import * as tree from '../../namespace/tree';
import * as server from '../../server/serve';
import { Fid } from '../../session/fid';
import * as cbor from '../../../lib/cbor/writer';
import { Writer } from '../../../lib/text/writer';
import * as errors from '../../wire/errors';
import * as log from '../../log';
import * as ui from '../../files/ui';

const samples = memory.data(4 * LATENCY_SAMPLES, 4);
const sorted = memory.data(4 * LATENCY_SAMPLES, 4);
let sampleCount: u64 = 0;

/** Counts how long a request waited before it was served. */
function sample(ms: u64): void {
  store<u32>(samples + 4 * <u32>(sampleCount % LATENCY_SAMPLES), ms < u32.MAX_VALUE ? <u32>ms : u32.MAX_VALUE);
  sampleCount++;
}

/** The sample at floor((n − 1) · percent / 100) in ascending order; 0 without samples. */
function percentile(percent: u32): u32 {
  const n: u32 = sampleCount < LATENCY_SAMPLES ? <u32>sampleCount : LATENCY_SAMPLES;
  if (n === 0) return 0;
  for (let i: u32 = 0; i < n; i++) {
    const value = load<u32>(samples + 4 * i);
    let at = i;
    for (; at > 0 && load<u32>(sorted + 4 * (at - 1)) > value; at--) {
      store<u32>(sorted + 4 * at, load<u32>(sorted + 4 * (at - 1)));
    }
    store<u32>(sorted + 4 * at, value);
  }
  return load<u32>(sorted + 4 * (((n - 1) * percent) / 100));
}

function writeLine(w: Writer, name: string, value: u64): u32 {
  w.text(name);
  w.byte(0x3d);
  w.dec(value);
  w.byte(0x0a);
  return errors.NONE;
}

function writeMap(w: Writer, name: string, value: u64): u32 {
  cbor.map(w, 1);
  cbor.literal(w, name);
  cbor.uint(w, value);
  return errors.NONE;
}

function readP50(_place: Place, w: Writer): u32 {
  return writeLine(w, 'p50_ms', percentile(50));
}

function readP50Cbor(_place: Place, w: Writer): u32 {
  return writeMap(w, 'p50_ms', percentile(50));
}

function readP95(_place: Place, w: Writer): u32 {
  return writeLine(w, 'p95_ms', percentile(95));
}

function readP95Cbor(_place: Place, w: Writer): u32 {
  return writeMap(w, 'p95_ms', percentile(95));
}

function readBackpressure(_place: Place, w: Writer): u32 {
  return writeLine(w, 'backpressure', server.backpressure);
}

function readBackpressureCbor(_place: Place, w: Writer): u32 {
  return writeMap(w, 'backpressure', server.backpressure);
}

function readDropped(_place: Place, w: Writer): u32 {
  return writeLine(w, 'dropped', server.drops);
}

function readQueued(_place: Place, w: Writer): u32 {
  return writeLine(w, 'queued', server.outstanding);
}

const ENTRY_BYTES: u32 = 4 + WATCH_LINE_BYTES;
const watch = memory.data(WATCH_ENTRIES * ENTRY_BYTES, 4);
const watchWriter = changetype<Writer>(memory.data(offsetof<Writer>(), 8));
let watchCount: u64 = 0;
let lastWatch: u64 = 0;

function field(w: Writer, name: string, value: u64): void {
  w.text(name);
  w.dec(value);
}

function addEntry(now: u64): void {
  const entry = watch + <u32>(watchCount % WATCH_ENTRIES) * ENTRY_BYTES;
  watchWriter.open(entry + 4, WATCH_LINE_BYTES);
  field(watchWriter, 'watch ts_ms=', now);
  field(watchWriter, ' p50_ms=', percentile(50));
  field(watchWriter, ' p95_ms=', percentile(95));
  field(watchWriter, ' queued=', server.outstanding);
  field(watchWriter, ' backpressure=', server.backpressure);
  field(watchWriter, ' dropped=', server.drops);
  field(watchWriter, ' ui_reads=', ui.reads);
  field(watchWriter, ' ui_denies=', ui.denies);
  watchWriter.byte(0x0a);
  const bytes = <u32>(watchWriter.at - (entry + 4));
  store<u8>(entry + 4 + bytes - 1, 0x0a); // a line that was cut still ends
  store<u32>(entry, bytes);
  watchCount++;
  lastWatch = now;
}

function isDue(now: u64): bool {
  return watchCount === 0 || now - lastWatch >= WATCH_INTERVAL_MS;
}

/** A reader asks for a new entry: one is added unless the last is too young. */
function observe(): void {
  const now = nowMs();
  if (isDue(now)) {
    addEntry(now);
    return;
  }
  const w = log.begin();
  w.text('[observe] ingest watch throttled delay_ms=');
  w.dec(WATCH_INTERVAL_MS - (now - lastWatch));
  w.text(' min_interval_ms=');
  w.dec(WATCH_INTERVAL_MS);
  log.end();
}

function beforeWatch(_s: usize, _f: Fid, offset: u64, _count: u32): u32 {
  if (offset === 0) observe();
  return errors.NONE;
}

function readWatch(_place: Place, w: Writer): u32 {
  const first = watchCount > WATCH_ENTRIES ? watchCount - WATCH_ENTRIES : 0;
  for (let i = first; i < watchCount; i++) {
    const entry = watch + <u32>(i % WATCH_ENTRIES) * ENTRY_BYTES;
    w.bytes(entry + 4, load<u32>(entry));
  }
  return errors.NONE;
}

function pair(dir: Node, name: string, cborName: string, label: string, text: u32, cborOf: u32, enabled: bool): void {
  ui.asProvider(tree.readOnly(dir, name, access.QUEEN, text), label, false, enabled);
  ui.asProvider(tree.readOnly(dir, cborName, access.QUEEN, cborOf), label, true, enabled);
}

export function declare(): void {
  hooks.requests.add(sample.index);
  const dir = tree.directory(tree.directory(tree.ROOT, 'proc', access.EVERYONE), 'ingest', access.QUEEN);
  if (manifest.OBSERVABILITY_PROC_INGEST_P50_MS) {
    pair(dir, 'p50_ms', 'p50_ms.cbor', 'proc/ingest/p50_ms', readP50.index, readP50Cbor.index, UI_P50);
  }
  if (manifest.OBSERVABILITY_PROC_INGEST_P95_MS) {
    pair(dir, 'p95_ms', 'p95_ms.cbor', 'proc/ingest/p95_ms', readP95.index, readP95Cbor.index, UI_P95);
  }
  if (manifest.OBSERVABILITY_PROC_INGEST_BACKPRESSURE) {
    const text = readBackpressure.index;
    const twin = readBackpressureCbor.index;
    pair(dir, 'backpressure', 'backpressure.cbor', 'proc/ingest/backpressure', text, twin, UI_BACKPRESSURE);
  }
  if (manifest.OBSERVABILITY_PROC_INGEST_DROPPED) tree.readOnly(dir, 'dropped', access.QUEEN, readDropped.index);
  if (manifest.OBSERVABILITY_PROC_INGEST_QUEUED) tree.readOnly(dir, 'queued', access.QUEEN, readQueued.index);
  if (manifest.OBSERVABILITY_PROC_INGEST_WATCH) {
    const watchFile = tree.appendOnly(dir, 'watch', access.QUEEN, access.NOBODY, readWatch.index, 0);
    watchFile.beforeRead = beforeWatch.index;
  }
}
