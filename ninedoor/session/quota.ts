// SPDX-License-Identifier: Apache-2.0
// What the ticket of a session allows beyond its role: scopes with rates, bandwidth and cursors. Sessions without a ticket
// are not metered. Paths are those of the tree itself, so a bind opens nothing.
import { PATH_BYTES } from '../limits';
import { Place } from '../namespace/node';
import * as paths from '../namespace/paths';
import * as tree from '../namespace/tree';
import * as log from '../log';
import { same } from '../../lib/text/slice';
import { Writer } from '../../lib/text/writer';
import { Usage } from '../ticket/usage';
import * as errors from '../wire/errors';
import { Fid } from './fid';
import { Session } from './session';

export const READ: u32 = 0;
export const WRITE: u32 = 1;
const BOTH: u32 = 2;

const path = memory.data(PATH_BYTES);
const pathWriter = changetype<Writer>(memory.data(offsetof<Writer>(), 8));

function spell(at: Place): u32 {
  pathWriter.open(path, PATH_BYTES);
  paths.write(pathWriter, at);
  return <u32>(pathWriter.at - path);
}

/** Whether the path `inner` is `above` or lies below it. */
function isWithin(inner: usize, innerBytes: u32, above: usize, aboveBytes: u32): bool {
  if (aboveBytes <= 1) return true; // nothing, or the root
  if (innerBytes < aboveBytes || !same(inner, aboveBytes, above, aboveBytes)) return false;
  return innerBytes === aboveBytes || load<u8>(inner + aboveBytes) === 0x2f;
}

/** Whether the session may walk to the place: it is in a scope, or above one. */
export function mayWalk(s: Session, at: Place): bool {
  const ticket = s.usage;
  const count = ticket.scopeCount;
  if (count === 0 || at.node === tree.BOUND) return true;
  const bytes = spell(at);
  for (let i: u32 = 0; i < count; i++) {
    const scope = ticket.scope(i);
    if (isWithin(path, bytes, scope.path, scope.pathBytes)) return true;
    if (isWithin(scope.path, scope.pathBytes, path, bytes)) return true;
  }
  return false;
}

/** The scope that decides: the longest that permits the verb and holds the path; scopeCount: none. */
function decidingScope(ticket: Usage, bytes: u32, verb: u32): u32 {
  const count = ticket.scopeCount;
  let best = count;
  let bestBytes: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const scope = ticket.scope(i);
    if (scope.verb !== <u8>verb && scope.verb !== <u8>BOTH) continue;
    const scopeBytes: u32 = scope.pathBytes;
    if (!isWithin(path, bytes, scope.path, scopeBytes)) continue;
    if (best !== count && scopeBytes <= bestBytes) continue;
    best = i;
    bestBytes = scopeBytes;
  }
  return best;
}

/** Whether the ticket, if there is one, lets the session write to `file` in the directory `name` of a place. */
export function mayWrite(s: Session, at: Place, name: usize, bytes: u32, file: string): bool {
  if (!s.hasTicket || s.usage.scopeCount === 0) return true;
  spell(at);
  pathWriter.byte(0x2f);
  pathWriter.bytes(name, bytes);
  pathWriter.byte(0x2f);
  pathWriter.text(file);
  return decidingScope(s.usage, <u32>(pathWriter.at - path), WRITE) !== s.usage.scopeCount;
}

/** Starts the log line of a refusal; the path is at hand. */
function deny(s: Session, reason: string, bytes: u32, verb: u32): Writer {
  const w = log.begin();
  w.text('ui-ticket outcome=deny reason=');
  w.text(reason);
  w.text(' role=');
  s.writeOwner(w);
  w.text(' ticket=');
  s.writeTicket(w);
  w.text(' path=');
  w.bytes(path, bytes);
  w.text(verb === READ ? ' verb=read' : ' verb=write');
  return w;
}

function overLimit(): u32 {
  log.end();
  return errors.fail(errors.QUOTA, 'ELIMIT');
}

function checkBandwidth(s: Session, bytes: u32, verb: u32, wanted: u32): u32 {
  const ticket = s.usage;
  const limit = ticket.bandwidthLimit;
  if (limit === 0) return errors.NONE;
  const used = ticket.bytesUsed;
  const remaining = used < limit ? limit - used : 0;
  if (wanted <= remaining) return errors.NONE;
  const w = deny(s, 'bandwidth', bytes, verb);
  w.text(' limit_bytes=');
  w.dec(limit);
  w.text(' remaining_bytes=');
  w.dec(remaining);
  w.text(' requested_bytes=');
  w.dec(wanted);
  return overLimit();
}

/** Checks scope, rate and bandwidth of an access to `wanted` bytes. */
export function check(s: Session, at: Place, verb: u32, wanted: u32): u32 {
  const ticket = s.usage;
  const bytes = spell(at);
  // The way to a bind is no place of the tree, and no scope names it.
  const count = at.node === tree.BOUND ? 0 : ticket.scopeCount;
  if (count !== 0) {
    const index = decidingScope(ticket, bytes, verb);
    if (index === count) {
      deny(s, 'scope', bytes, verb);
      log.end();
      return errors.fail(errors.NOT_ALLOWED, 'EPERM');
    }
    const rate = ticket.scope(index).rate_per_s;
    if (rate !== 0 && !ticket.takeRate(index)) {
      const w = deny(s, 'rate', bytes, verb);
      w.text(' limit_per_s=');
      w.dec(rate);
      w.text(' window_ms=1000');
      return overLimit();
    }
  }
  return checkBandwidth(s, bytes, verb, wanted);
}

/** Counts the bytes that an access moved. */
export function moved(s: Session, bytes: u32): void {
  s.usage.bytesUsed += bytes;
}

/** Checks the cursor quotas before a read along a cursor. */
export function checkCursor(s: Session, at: Fid, offset: u64): u32 {
  const ticket = s.usage;
  const advances = ticket.advanceLimit;
  const resumes = ticket.resumeLimit;
  const isResume = offset < ticket.cursor(at.qidPath);
  const noAdvance = advances !== 0 && ticket.advances >= advances;
  const noResume = isResume && resumes !== 0 && ticket.resumes >= resumes;
  if (!noAdvance && !noResume) return errors.NONE;
  const w = deny(s, noAdvance ? 'cursor-advance' : 'cursor-resume', spell(at), READ);
  w.text(' limit=');
  w.dec(noAdvance ? advances : resumes);
  return overLimit();
}

/** Counts a read along a cursor. */
export function movedCursor(s: Session, at: Fid, offset: u64, bytes: u32): void {
  const ticket = s.usage;
  ticket.advance(at.qidPath, offset + bytes, offset < ticket.cursor(at.qidPath));
}
