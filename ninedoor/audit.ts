// SPDX-License-Identifier: Apache-2.0
// Who did what: a log line for each write to a control file and each attach, accepted or refused. Consoles keep such lines
// of their own (domains/console/audit.ts), so their sessions are passed over here.
//
// Whoever can reach a port can be refused, so refused attaches have a rate: what is beyond it is counted, and the next line
// that is due says how many were left out.
import { AUDIT_DENIALS_PER_S } from './limits';
import * as hooks from './hooks';
import { nowMs } from './platform';
import * as paths from './namespace/paths';
import { Fid } from './session/fid';
import * as roles from '../lib/protocol/roles';
import { Session } from './session/session';
import * as transports from './session/transports';
import { Writer } from '../lib/text/writer';
import * as errors from './wire/errors';
import * as log from './log';
import * as trace from './providers/trace/ring';

const WINDOW_MS: u64 = 1000;
let windowMs: u64 = 0;
let inWindow: u32 = 0;
let suppressed: u64 = 0;

function writeError(w: Writer, refusal: u32): void {
  w.text(' error=');
  w.text(errors.name(refusal));
  w.text(': ');
  w.bytes(errors.textStart(), errors.textBytes());
}

function traceRefusal(s: Session, f: Fid, refusal: u32): void {
  const t = trace.begin(trace.WARN, trace.QUEEN, 0);
  t.text('refused ');
  paths.write(t, f);
  t.text(': ');
  t.text(errors.name(refusal));
  trace.end();
}

/** After a write to the control file of a fid. `refusal`: the one at hand in errors, or NONE. */
function wrote(s: Session, f: Fid, bytes: u32, refusal: u32): void {
  if (refusal !== errors.NONE) traceRefusal(s, f, refusal);
  if (s.transport === transports.CHANNEL) return;
  const w = log.begin();
  w.text('control-write outcome=');
  w.text(refusal === errors.NONE ? 'allow role=' : 'deny role=');
  s.writeOwner(w);
  w.text(' ticket=');
  s.writeTicket(w);
  w.text(' path=');
  paths.write(w, f);
  w.text(' bytes=');
  w.dec(bytes);
  if (refusal !== errors.NONE) writeError(w, refusal);
  log.end();
}

function attached(s: Session, isFirst: bool, _nowMs: u64): void {
  if (!isFirst || s.transport === transports.CHANNEL) return;
  const w = log.begin();
  w.text('attach accepted role=');
  s.writeOwner(w);
  w.text(' ticket=');
  s.writeTicket(w);
  w.text(' session=');
  w.dec(s.id);
  log.end();
}

/** Whether a line about a refused attach is due; counts it if not. */
function isDue(): bool {
  const now = nowMs();
  if (inWindow === 0 || now - windowMs >= WINDOW_MS) {
    windowMs = now;
    inWindow = 0;
  }
  if (inWindow === AUDIT_DENIALS_PER_S) {
    suppressed++;
    return false;
  }
  inWindow++;
  return true;
}

/** A Tattach that names `role` (ROLES: none that there is) was refused. A ticket that did not verify is nobody's: it is not named. */
function denied(s: Session, role: u32, refusal: u32): void {
  if (s.transport === transports.CHANNEL || !isDue()) return;
  const w = log.begin();
  w.text('attach denied role=');
  w.text(role === roles.ROLES ? 'unknown' : roles.label(role));
  w.text(' session=');
  w.dec(s.id);
  if (suppressed !== 0) {
    w.text(' suppressed=');
    w.dec(suppressed);
    suppressed = 0;
  }
  writeError(w, refusal);
  log.end();
}

export function declare(): void {
  hooks.written.add(wrote.index);
  hooks.attached.add(attached.index);
  hooks.denied.add(denied.index);
}
