// SPDX-License-Identifier: Apache-2.0
// /proc/9p/outstanding: requests that wait to be served.
import * as manifest from '../../../../generated/manifest';
import * as ui from '../../../files/ui';
import { Place } from '../../../namespace/node';
import { BATCH_FRAMES, OUTSTANDING_BYTES, TAGS_PER_SESSION, UI_OUTSTANDING } from '../../../limits';
import * as server from '../../../server/serve';
import * as cbor from '../../../../lib/cbor/writer';
import { Writer } from '../../../../lib/text/writer';
import * as directories from '../../directories';

const LABEL = 'proc/9p/outstanding';

function queueLimit(): u32 {
  return TAGS_PER_SESSION < BATCH_FRAMES ? TAGS_PER_SESSION : BATCH_FRAMES;
}

function read(_place: Place, w: Writer): u32 {
  w.text('outstanding current=');
  w.dec(server.outstanding);
  w.text(' limit=');
  w.dec(queueLimit());
  w.byte(0x0a);
  return ui.bounded(w, LABEL, OUTSTANDING_BYTES);
}

function readCbor(_place: Place, w: Writer): u32 {
  cbor.map(w, 2);
  cbor.literal(w, 'current');
  cbor.uint(w, server.outstanding);
  cbor.literal(w, 'limit');
  cbor.uint(w, queueLimit());
  return ui.bounded(w, LABEL, OUTSTANDING_BYTES);
}

export function declare(): void {
  if (!manifest.OBSERVABILITY_PROC_9P_OUTSTANDING) return;
  ui.declarePair(
    directories.ninep(),
    'outstanding',
    'outstanding.cbor',
    LABEL,
    read.index,
    readCbor.index,
    UI_OUTSTANDING,
  );
}
