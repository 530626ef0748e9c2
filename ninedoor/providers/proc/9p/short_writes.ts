// SPDX-License-Identifier: Apache-2.0
// /proc/9p/short_writes: replies that a transport could not pass on at once.
import * as manifest from '../../../../generated/manifest';
import * as ui from '../../../files/ui';
import { Place } from '../../../namespace/node';
import { SHORT_WRITES_BYTES, UI_SHORT_WRITES } from '../../../limits';
import * as cbor from '../../../../lib/cbor/writer';
import { Writer } from '../../../../lib/text/writer';
import * as directories from '../../directories';

const LABEL = 'proc/9p/short_writes';

let shortWrites: u64 = 0;
let shortRetries: u64 = 0;

/** A transport could not pass on a whole reply at once, and tried again so often. */
export function count(retries: u32): void {
  shortWrites++;
  shortRetries += retries;
}

function read(_place: Place, w: Writer): u32 {
  w.text('short_writes total=');
  w.dec(shortWrites);
  w.text(' retries=');
  w.dec(shortRetries);
  w.byte(0x0a);
  return ui.bounded(w, LABEL, SHORT_WRITES_BYTES);
}

function readCbor(_place: Place, w: Writer): u32 {
  cbor.map(w, 2);
  cbor.literal(w, 'total');
  cbor.uint(w, shortWrites);
  cbor.literal(w, 'retries');
  cbor.uint(w, shortRetries);
  return ui.bounded(w, LABEL, SHORT_WRITES_BYTES);
}

export function declare(): void {
  if (!manifest.OBSERVABILITY_PROC_9P_SHORT_WRITES) return;
  ui.declarePair(
    directories.ninep(),
    'short_writes',
    'short_writes.cbor',
    LABEL,
    read.index,
    readCbor.index,
    UI_SHORT_WRITES,
  );
}
