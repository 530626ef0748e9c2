// SPDX-License-Identifier: Apache-2.0
// /proc/9p/session: how many sessions are active, and a directory for each that is open.
import * as manifest from '../../../../generated/manifest';
import { MAX_SESSIONS } from '../../../limits';
import * as access from '../../../namespace/access';
import { Place } from '../../../namespace/node';
import * as tree from '../../../namespace/tree';
import { nowMs } from '../../../platform';
import { FREE, SETUP, ACTIVE, NO_SESSION, Session } from '../../../session/session';
import * as sessions from '../../../session/sessions';
import { compare, decimal, number } from '../../../../lib/text/slice';
import { Writer } from '../../../../lib/text/writer';
import * as errors from '../../../wire/errors';
import * as directories from '../../directories';
import * as lifecycle from '../../queen/lifecycle/state';

function readActive(_place: Place, w: Writer): u32 {
  let active: u32 = 0;
  for (let i: u32 = 0; i < MAX_SESSIONS; i++) active += sessions.at(i).phase === ACTIVE ? 1 : 0;
  const draining = lifecycle.current() === lifecycle.DRAINING;
  w.text('active=');
  w.dec(draining ? 0 : active);
  w.text(' draining=');
  w.dec(draining ? active : 0);
  w.byte(0x0a);
  return errors.NONE;
}

// <session>: an open session.

function findSession(_s: Session, _parentKey: u32, name: usize, bytes: u32): u32 {
  return decimal(name, bytes) && sessions.find(number) !== NO_SESSION ? number : tree.NONE;
}

const spelled = memory.data(16);
const best = memory.data(16);
const spelledWriter = changetype<Writer>(memory.data(offsetof<Writer>(), 8));

function nextSession(_parentKey: u32, after: usize, bytes: u32): u32 {
  let found: u32 = tree.NONE;
  let bestBytes: u32 = 0;
  for (let i: u32 = 0; i < MAX_SESSIONS; i++) {
    const s = sessions.at(i);
    if (s.phase === FREE) continue;
    spelledWriter.open(spelled, 16);
    spelledWriter.dec(s.id);
    const length = <u32>(spelledWriter.at - spelled);
    if (compare(spelled, length, after, bytes) <= 0) continue;
    if (found !== tree.NONE && compare(spelled, length, best, bestBytes) >= 0) continue;
    found = s.id;
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

function phaseName(s: Session): string {
  switch (s.phase) {
    case SETUP:
      return 'SETUP';
    case ACTIVE:
      return lifecycle.current() === lifecycle.DRAINING ? 'DRAINING' : 'ACTIVE';
    default:
      return 'CLOSED';
  }
}

function readState(place: Place, w: Writer): u32 {
  const id = place.key;
  const s = sessions.find(id);
  if (s === NO_SESSION) return closed(id);
  w.text('state=');
  w.text(phaseName(s));
  w.byte(0x0a);
  return errors.NONE;
}

function readSince(place: Place, w: Writer): u32 {
  const id = place.key;
  const s = sessions.find(id);
  if (s === NO_SESSION) return closed(id);
  w.text('since_ms=');
  w.dec(nowMs() - s.since_ms);
  w.byte(0x0a);
  return errors.NONE;
}

function readOwner(place: Place, w: Writer): u32 {
  const id = place.key;
  const s = sessions.find(id);
  if (s === NO_SESSION) return closed(id);
  w.text('owner=');
  if (s.phase === SETUP) w.text('none');
  else s.writeOwner(w);
  w.byte(0x0a);
  return errors.NONE;
}

export function declare(): void {
  tree.wildcard('<session>', findSession.index, nextSession.index, writeSession.index);
  const sessions = tree.directory(directories.ninep(), 'session', access.QUEEN);
  if (manifest.OBSERVABILITY_PROC_9P_SESSION_ACTIVE) {
    tree.readOnly(sessions, 'active', access.QUEEN, readActive.index);
  }
  const one = tree.directory(sessions, '<session>', access.QUEEN);
  if (manifest.OBSERVABILITY_PROC_9P_SESSION_STATE) tree.readOnly(one, 'state', access.QUEEN, readState.index);
  if (manifest.OBSERVABILITY_PROC_9P_SESSION_SINCE_MS) tree.readOnly(one, 'since_ms', access.QUEEN, readSince.index);
  if (manifest.OBSERVABILITY_PROC_9P_SESSION_OWNER) tree.readOnly(one, 'owner', access.QUEEN, readOwner.index);
}
