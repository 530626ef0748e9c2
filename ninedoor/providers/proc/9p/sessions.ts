// SPDX-License-Identifier: Apache-2.0
// /proc/9p/sessions: how many sessions there are, and the workers of each shard.
import * as manifest from '../../../../generated/manifest';
import * as ui from '../../../files/ui';
import { Place } from '../../../namespace/node';
import { MAX_SESSIONS, SESSIONS_BYTES, SHARD_BITS, SHARDING_ENABLED, UI_SESSIONS } from '../../../limits';
import { ACTIVE } from '../../../session/session';
import * as sessions from '../../../session/sessions';
import * as cbor from '../../../../lib/cbor/writer';
import { Writer } from '../../../../lib/text/writer';
import * as directories from '../../directories';
import * as workers from '../../worker/table';

const LABEL = 'proc/9p/sessions';
const SHARDS: u32 = SHARDING_ENABLED ? 1 << SHARD_BITS : 0;
const BITS: u32 = SHARDING_ENABLED ? SHARD_BITS : 0;

function workerSessions(): u32 {
  let found: u32 = 0;
  for (let i: u32 = 0; i < MAX_SESSIONS; i++) {
    const s = sessions.at(i);
    if (s.phase === ACTIVE && !s.isQueen) found++;
  }
  return found;
}

function read(_place: Place, w: Writer): u32 {
  w.text('sessions total=');
  w.dec(sessions.count);
  w.text(' worker=');
  w.dec(workerSessions());
  w.text(' shard_bits=');
  w.dec(BITS);
  w.text(' shard_count=');
  w.dec(SHARDS);
  w.byte(0x0a);
  for (let shard: u32 = 0; shard < SHARDS; shard++) {
    w.text('shard ');
    w.hex(shard, 2);
    w.byte(0x20);
    w.dec(workers.countInShard(shard));
    w.byte(0x0a);
  }
  return ui.bounded(w, LABEL, SESSIONS_BYTES);
}

const labelText = memory.data(8);
const labelWriter = changetype<Writer>(memory.data(offsetof<Writer>(), 8));

function readCbor(_place: Place, w: Writer): u32 {
  cbor.map(w, 5);
  cbor.literal(w, 'total');
  cbor.uint(w, sessions.count);
  cbor.literal(w, 'worker');
  cbor.uint(w, workerSessions());
  cbor.literal(w, 'shard_bits');
  cbor.uint(w, BITS);
  cbor.literal(w, 'shard_count');
  cbor.uint(w, SHARDS);
  cbor.literal(w, 'shards');
  cbor.array(w, SHARDS);
  for (let shard: u32 = 0; shard < SHARDS; shard++) {
    cbor.map(w, 2);
    cbor.literal(w, 'label');
    labelWriter.open(labelText, 2);
    labelWriter.hex(shard, 2);
    cbor.text(w, labelText, 2);
    cbor.literal(w, 'count');
    cbor.uint(w, workers.countInShard(shard));
  }
  return ui.bounded(w, LABEL, SESSIONS_BYTES);
}

export function declare(): void {
  if (!manifest.OBSERVABILITY_PROC_9P_SESSIONS) return;
  ui.declarePair(directories.ninep(), 'sessions', 'sessions.cbor', LABEL, read.index, readCbor.index, UI_SESSIONS);
}
