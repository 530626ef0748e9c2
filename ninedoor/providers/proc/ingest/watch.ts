// SPDX-License-Identifier: Apache-2.0
// /proc/ingest/watch: the numbers of /proc/ingest over time. Reading from the start asks for a new line.
//
//   Entry   bytes u32 · line[WATCH_LINE_BYTES]
import * as manifest from '../../../../generated/manifest';
import * as ui from '../../../files/ui';
import { WATCH_ENTRIES, WATCH_INTERVAL_MS, WATCH_LINE_BYTES } from '../../../limits';
import * as log from '../../../log';
import * as access from '../../../namespace/access';
import { Place } from '../../../namespace/node';
import * as tree from '../../../namespace/tree';
import { nowMs } from '../../../platform';
import * as server from '../../../server/serve';
import { Fid } from '../../../session/fid';
import { Writer } from '../../../../lib/text/writer';
import * as errors from '../../../wire/errors';
import * as directories from '../../directories';
import { percentile } from './latency';
import { Session } from '../../../session/session';


@unmanaged
class Entry {
  bytes: u32;

  get line(): usize {
    return changetype<usize>(this) + offsetof<Entry>();
  }
}

const ENTRY_BYTES: u32 = offsetof<Entry>() + WATCH_LINE_BYTES;
const watch = memory.data(WATCH_ENTRIES * ENTRY_BYTES, 4);
const watchWriter = changetype<Writer>(memory.data(offsetof<Writer>(), 8));
let watchCount: u64 = 0;
let lastWatchMs: u64 = 0;

function entryAt(index: u64): Entry {
  return changetype<Entry>(watch + <u32>(index % WATCH_ENTRIES) * ENTRY_BYTES);
}

function field(w: Writer, name: string, value: u64): void {
  w.text(name);
  w.dec(value);
}

function addEntry(now: u64): void {
  const entry = entryAt(watchCount);
  watchWriter.open(entry.line, WATCH_LINE_BYTES);
  field(watchWriter, 'watch ts_ms=', now);
  field(watchWriter, ' p50_ms=', percentile(50));
  field(watchWriter, ' p95_ms=', percentile(95));
  field(watchWriter, ' queued=', server.outstanding);
  field(watchWriter, ' backpressure=', server.backpressure);
  field(watchWriter, ' dropped=', server.drops);
  field(watchWriter, ' ui_reads=', ui.reads);
  field(watchWriter, ' ui_denies=', ui.denies);
  watchWriter.byte(0x0a);
  entry.bytes = <u32>(watchWriter.at - entry.line);
  store<u8>(entry.line + entry.bytes - 1, 0x0a); // a line that was cut still ends
  watchCount++;
  lastWatchMs = now;
}

function isDue(now: u64): bool {
  return watchCount === 0 || now - lastWatchMs >= WATCH_INTERVAL_MS;
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
  w.dec(WATCH_INTERVAL_MS - (now - lastWatchMs));
  w.text(' min_interval_ms=');
  w.dec(WATCH_INTERVAL_MS);
  log.end();
}

function beforeRead(_s: Session, _f: Fid, offset: u64, _count: u32): u32 {
  if (offset === 0) observe();
  return errors.NONE;
}

function read(_place: Place, w: Writer): u32 {
  const first = watchCount > WATCH_ENTRIES ? watchCount - WATCH_ENTRIES : 0;
  for (let i = first; i < watchCount; i++) {
    const entry = entryAt(i);
    w.bytes(entry.line, entry.bytes);
  }
  return errors.NONE;
}

export function declare(): void {
  if (!manifest.OBSERVABILITY_PROC_INGEST_WATCH) return;
  const file = tree.appendOnly(directories.ingest(), 'watch', access.QUEEN, access.NOBODY, read.index, 0);
  file.beforeRead = beforeRead.index;
}
