// SPDX-License-Identifier: Apache-2.0
// /proc/9p: sessions, queue and short writes, as text and as CBOR, and /proc/9p/session for each session.
import * as manifest from '../../../../generated/manifest';
import {
  BATCH_FRAMES,
  MAX_SESSIONS,
  OUTSTANDING_BYTES,
  SESSIONS_BYTES,
  SHARD_BITS,
  SHARDING_ENABLED,
} from '../../../limits';
import { SHORT_WRITES_BYTES, TAGS_PER_SESSION, UI_OUTSTANDING, UI_SESSIONS, UI_SHORT_WRITES } from '../../../limits';
import { nowMs } from '../../../platform';
import * as access from '../../../namespace/access';
import { Node, Place } from '../../../namespace/node';
import * as tree from '../../../namespace/tree';
import * as server from '../../../server/serve';
import * as session from '../../../session/session';
import * as cbor from '../../../../lib/cbor/writer';
import { compare, decimal, number } from '../../../../lib/text/slice';
import { Writer } from '../../../../lib/text/writer';
import * as errors from '../../../wire/errors';
import * as lifecycle from '../../queen/lifecycle';
import * as ui from '../../../files/ui';
import * as workers from '../../worker/table';

const SHARDS: u32 = SHARDING_ENABLED ? 1 << SHARD_BITS : 0;
const BITS: u32 = SHARDING_ENABLED ? SHARD_BITS : 0;

let shortWrites: u64 = 0;
let shortRetries: u64 = 0;

/** A transport could not pass on a whole reply at once, and tried again so often. */
export function countShortWrite(retries: u32): void {
  shortWrites++;
  shortRetries += retries;
}

function workerSessions(): u32 {
  let found: u32 = 0;
  for (let i: u32 = 0; i < MAX_SESSIONS; i++) {
    const s = session.slot(i);
    if (session.phase(s) === session.ACTIVE && !session.isQueen(s)) found++;
  }
  return found;
}

/** The refusal of a text that grew beyond its limit. */
function bounded(w: Writer, label: string, most: u32): u32 {
  if (w.total <= most) return errors.NONE;
  const text = errors.begin();
  text.text(label);
  text.text(' output exceeds ');
  text.dec(most);
  text.text(' bytes');
  return errors.end(errors.TOO_BIG);
}

function readSessions(_place: Place, w: Writer): u32 {
  w.text('sessions total=');
  w.dec(session.count);
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
  return bounded(w, 'proc/9p/sessions', SESSIONS_BYTES);
}

const labelText = memory.data(8);
const labelWriter = changetype<Writer>(memory.data(offsetof<Writer>(), 8));

function readSessionsCbor(_place: Place, w: Writer): u32 {
  cbor.map(w, 5);
  cbor.literal(w, 'total');
  cbor.uint(w, session.count);
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
  return bounded(w, 'proc/9p/sessions', SESSIONS_BYTES);
}

function queueLimit(): u32 {
  return TAGS_PER_SESSION < BATCH_FRAMES ? TAGS_PER_SESSION : BATCH_FRAMES;
}

function readOutstanding(_place: Place, w: Writer): u32 {
  w.text('outstanding current=');
  w.dec(server.outstanding);
  w.text(' limit=');
  w.dec(queueLimit());
  w.byte(0x0a);
  return bounded(w, 'proc/9p/outstanding', OUTSTANDING_BYTES);
}

function readOutstandingCbor(_place: Place, w: Writer): u32 {
  cbor.map(w, 2);
  cbor.literal(w, 'current');
  cbor.uint(w, server.outstanding);
  cbor.literal(w, 'limit');
  cbor.uint(w, queueLimit());
  return bounded(w, 'proc/9p/outstanding', OUTSTANDING_BYTES);
}

function readShortWrites(_place: Place, w: Writer): u32 {
  w.text('short_writes total=');
  w.dec(shortWrites);
  w.text(' retries=');
  w.dec(shortRetries);
  w.byte(0x0a);
  return bounded(w, 'proc/9p/short_writes', SHORT_WRITES_BYTES);
}

function readShortWritesCbor(_place: Place, w: Writer): u32 {
  cbor.map(w, 2);
  cbor.literal(w, 'total');
  cbor.uint(w, shortWrites);
  cbor.literal(w, 'retries');
  cbor.uint(w, shortRetries);
  return bounded(w, 'proc/9p/short_writes', SHORT_WRITES_BYTES);
}

function readActive(_place: Place, w: Writer): u32 {
  let active: u32 = 0;
  for (let i: u32 = 0; i < MAX_SESSIONS; i++) active += session.phase(session.slot(i)) === session.ACTIVE ? 1 : 0;
  const draining = lifecycle.current() === lifecycle.DRAINING;
  w.text('active=');
  w.dec(draining ? 0 : active);
  w.text(' draining=');
  w.dec(draining ? active : 0);
  w.byte(0x0a);
  return errors.NONE;
}

// <session>: an open session.

function findSession(_parentKey: u32, name: usize, bytes: u32): u32 {
  return decimal(name, bytes) && session.find(number) !== 0 ? number : tree.NONE;
}

const spelled = memory.data(16);
const best = memory.data(16);
const spelledWriter = changetype<Writer>(memory.data(offsetof<Writer>(), 8));

function nextSession(_parentKey: u32, after: usize, bytes: u32): u32 {
  let found: u32 = tree.NONE;
  let bestBytes: u32 = 0;
  for (let i: u32 = 0; i < MAX_SESSIONS; i++) {
    const s = session.slot(i);
    if (session.phase(s) === session.FREE) continue;
    spelledWriter.open(spelled, 16);
    spelledWriter.dec(session.id(s));
    const length = <u32>(spelledWriter.at - spelled);
    if (compare(spelled, length, after, bytes) <= 0) continue;
    if (found !== tree.NONE && compare(spelled, length, best, bestBytes) >= 0) continue;
    found = session.id(s);
    bestBytes = length;
    memory.copy(best, spelled, length);
  }
  return found;
}

function writeSession(_parentKey: u32, id: u32, w: Writer): void {
  w.dec(id);
}

function closed(id: u32): u32 {
  return errors.failNumber(errors.NOT_FOUND, 'session ', id, ' not found');
}

function phaseName(s: usize): string {
  switch (session.phase(s)) {
    case session.SETUP:
      return 'SETUP';
    case session.ACTIVE:
      return lifecycle.current() === lifecycle.DRAINING ? 'DRAINING' : 'ACTIVE';
    default:
      return 'CLOSED';
  }
}

function readState(place: Place, w: Writer): u32 {
  const id = place.key;
  const s = session.find(id);
  if (s === 0) return closed(id);
  w.text('state=');
  w.text(phaseName(s));
  w.byte(0x0a);
  return errors.NONE;
}

function readSince(place: Place, w: Writer): u32 {
  const id = place.key;
  const s = session.find(id);
  if (s === 0) return closed(id);
  w.text('since_ms=');
  w.dec(nowMs() - session.sinceMs(s));
  w.byte(0x0a);
  return errors.NONE;
}

function readOwner(place: Place, w: Writer): u32 {
  const id = place.key;
  const s = session.find(id);
  if (s === 0) return closed(id);
  w.text('owner=');
  if (session.phase(s) === session.SETUP) w.text('none');
  else session.writeOwner(s, w);
  w.byte(0x0a);
  return errors.NONE;
}

/** A text file and its CBOR twin. */
function pair(dir: Node, name: string, cborName: string, label: string, text: u32, cborOf: u32, enabled: bool): void {
  ui.asProvider(tree.readOnly(dir, name, access.QUEEN, text), label, false, enabled);
  ui.asProvider(tree.readOnly(dir, cborName, access.QUEEN, cborOf), label, true, enabled);
}

export function declare(): void {
  tree.wildcard('<session>', findSession.index, nextSession.index, writeSession.index);
  const dir = tree.directory(tree.directory(tree.ROOT, 'proc', access.EVERYONE), '9p', access.QUEEN);
  if (manifest.OBSERVABILITY_PROC_9P_SESSIONS) {
    const label = 'proc/9p/sessions';
    pair(dir, 'sessions', 'sessions.cbor', label, readSessions.index, readSessionsCbor.index, UI_SESSIONS);
  }
  if (manifest.OBSERVABILITY_PROC_9P_OUTSTANDING) {
    const label = 'proc/9p/outstanding';
    pair(
      dir,
      'outstanding',
      'outstanding.cbor',
      label,
      readOutstanding.index,
      readOutstandingCbor.index,
      UI_OUTSTANDING,
    );
  }
  if (manifest.OBSERVABILITY_PROC_9P_SHORT_WRITES) {
    const text = readShortWrites.index;
    const twin = readShortWritesCbor.index;
    pair(dir, 'short_writes', 'short_writes.cbor', 'proc/9p/short_writes', text, twin, UI_SHORT_WRITES);
  }
  const sessions = tree.directory(dir, 'session', access.QUEEN);
  if (manifest.OBSERVABILITY_PROC_9P_SESSION_ACTIVE) {
    tree.readOnly(sessions, 'active', access.QUEEN, readActive.index);
  }
  const one = tree.directory(sessions, '<session>', access.QUEEN);
  if (manifest.OBSERVABILITY_PROC_9P_SESSION_STATE) tree.readOnly(one, 'state', access.QUEEN, readState.index);
  if (manifest.OBSERVABILITY_PROC_9P_SESSION_SINCE_MS) tree.readOnly(one, 'since_ms', access.QUEEN, readSince.index);
  if (manifest.OBSERVABILITY_PROC_9P_SESSION_OWNER) tree.readOnly(one, 'owner', access.QUEEN, readOwner.index);
}
