// SPDX-License-Identifier: Apache-2.0
// /proc/ingest: how long requests wait, how many wait, and what is dropped.
import * as manifest from '../../../generated/manifest';
import * as ui from '../../files/ui';
import { UI_BACKPRESSURE, UI_P50, UI_P95 } from '../../limits';
import * as access from '../../namespace/access';
import { Place } from '../../namespace/node';
import * as tree from '../../namespace/tree';
import * as server from '../../server/serve';
import * as cbor from '../../../lib/cbor/writer';
import { Writer } from '../../../lib/text/writer';
import * as errors from '../../wire/errors';
import * as directories from '../directories';
import { percentile } from './ingest/latency';

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

export function declare(): void {
  const dir = directories.ingest();
  if (manifest.OBSERVABILITY_PROC_INGEST_P50_MS) {
    ui.declarePair(dir, 'p50_ms', 'p50_ms.cbor', 'proc/ingest/p50_ms', readP50.index, readP50Cbor.index, UI_P50);
  }
  if (manifest.OBSERVABILITY_PROC_INGEST_P95_MS) {
    ui.declarePair(dir, 'p95_ms', 'p95_ms.cbor', 'proc/ingest/p95_ms', readP95.index, readP95Cbor.index, UI_P95);
  }
  if (manifest.OBSERVABILITY_PROC_INGEST_BACKPRESSURE) {
    const text = readBackpressure.index;
    const cborForm = readBackpressureCbor.index;
    ui.declarePair(
      dir,
      'backpressure',
      'backpressure.cbor',
      'proc/ingest/backpressure',
      text,
      cborForm,
      UI_BACKPRESSURE,
    );
  }
  if (manifest.OBSERVABILITY_PROC_INGEST_DROPPED) tree.readOnly(dir, 'dropped', access.QUEEN, readDropped.index);
  if (manifest.OBSERVABILITY_PROC_INGEST_QUEUED) tree.readOnly(dir, 'queued', access.QUEEN, readQueued.index);
}
