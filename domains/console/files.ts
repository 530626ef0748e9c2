// SPDX-License-Identifier: Apache-2.0
// ls, cat, tail, log: verbs that show something of the tree. Each looks at it first (content.ts), acknowledges, and
// leaves the rest to the payload.
import * as protocol from '../../lib/protocol/supervisor';
import { endsWith, equals, startsWith } from '../../lib/text/slice';
import * as ack from './ack';
import * as audit from './audit';
import * as content from './content';
import * as failure from './failure';
import * as grammar from './grammar';
import * as guard from './guard';
import * as literal from './literal';
import * as notes from './notes';
import * as client from './p9/client';
import * as payload from './payload/payload';
import { Session } from './session/session';
import * as summary from './summary';

const LOG_PATH: string = '/log/queen.log';
const WATCH_PATH: string = '/proc/ingest/watch';
/** What is read of the end of a long file, for the summary. */
const END_BYTES: u32 = 2048;

/** The fid that open() left open. */
let file: u32 = 0;

/** Walks and opens; true: `file` is open. Else the verb has been refused. */
function open(s: Session, label: string, path: usize, bytes: u32, directory: bool): bool {
  let outcome = client.walk(s.attachment, path, bytes);
  if (outcome !== client.DONE) {
    failure.report(s, label, outcome, true, path, bytes);
    return false;
  }
  file = client.fid;
  if (client.isDirectory !== directory) {
    client.clunk(s.attachment, file);
    failure.wrongKind(s, label, path, bytes);
    return false;
  }
  outcome = client.openToRead(s.attachment, file);
  return check(s, label, outcome, path, bytes);
}

/** Refuses the verb, and closes its file, unless that went well. */
function check(s: Session, label: string, outcome: u32, path: usize, bytes: u32): bool {
  if (outcome === client.DONE) return true;
  if (outcome === client.REFUSED) client.clunk(s.attachment, file);
  failure.report(s, label, outcome, false, path, bytes);
  return false;
}

function note(s: Session, what: string): void {
  audit.begin(what);
  audit.bytes(grammar.first, grammar.firstLength);
  audit.endLook(s);
}

/** Keeps what content has at hand; returns where the rest begins in the file. */
function keep(s: Session): u64 {
  s.payload.keep(content.start, content.bytes);
  return content.first + s.payload.to;
}

export function ls(s: Session, label: string): void {
  if (!guard.require(s, label)) return;
  note(s, 'console: ls ');
  const path = grammar.first;
  const bytes = grammar.firstLength;
  if (!open(s, label, path, bytes, true)) return;
  if (!check(s, label, content.head(s.attachment, file), path, bytes)) return;
  let next = keep(s);
  if (!content.isAll) {
    // It is read once more from its start.
    s.payload.keep(content.start, 0);
    next = 0;
  }
  if (!check(s, label, content.count(s.attachment, file), path, bytes)) return;
  ack.beginOk(label);
  ack.slice('path', path, bytes);
  ack.number('entries', content.lines);
  ack.end();
  payload.file(s, file, false, next, content.end);
}

/** Reads the end of a long file by a fid of its own, since some can only be read forwards. */
function lookAtEnd(s: Session, path: usize, bytes: u32): u32 {
  const shown = file;
  let outcome = client.walk(s.attachment, path, bytes);
  if (outcome === client.DONE) {
    file = client.fid;
    outcome = client.openToRead(s.attachment, file);
    if (outcome === client.DONE) outcome = content.before(s.attachment, file, END_BYTES);
    if (outcome !== client.GONE) client.clunk(s.attachment, file);
  }
  file = shown;
  return outcome;
}

/** The log by its summary only: `log` and `tail` show its lines. */
function catLog(s: Session, label: string): void {
  const path = grammar.first;
  const bytes = grammar.firstLength;
  if (!check(s, label, content.last(s.attachment, file), path, bytes)) return;
  notes.ask();
  ack.beginOk(label);
  ack.slice('path', path, bytes);
  ack.field('data', '');
  summary.writeLog(bytes);
  ack.end();
  s.payload.keep(content.start, 0);
  payload.file(s, file, false, content.end, content.end);
}

export function cat(s: Session, label: string): void {
  if (!guard.require(s, label)) return;
  note(s, 'console: cat ');
  const path = grammar.first;
  const bytes = grammar.firstLength;
  if (!open(s, label, path, bytes, false)) return;
  if (equals(path, bytes, LOG_PATH)) return catLog(s, label);
  if (!check(s, label, content.head(s.attachment, file), path, bytes)) return;
  const next = keep(s);
  if (!content.isAll) {
    if (!check(s, label, content.findEnd(s.attachment, file), path, bytes)) return;
    const end = content.end;
    if (!check(s, label, lookAtEnd(s, path, bytes), path, bytes)) return;
    content.end = end;
  }
  ack.beginOk(label);
  ack.slice('path', path, bytes);
  ack.field('data', '');
  if (content.isBinary) summary.writeBinary(bytes, s.payload.buffer, s.payload.to);
  else summary.write(bytes);
  ack.end();
  payload.file(s, file, content.isBinary, next, content.end);
}

function canTail(path: usize, bytes: u32): bool {
  if (equals(path, bytes, LOG_PATH) || equals(path, bytes, WATCH_PATH)) return true;
  const worker = startsWith(path, bytes, '/worker/') || startsWith(path, bytes, '/shard/');
  return worker && endsWith(path, bytes, '/telemetry');
}

/** Finds the last lines; false: the verb has been refused. */
function lookAtTail(s: Session, label: string, isLog: bool): bool {
  const path = grammar.first;
  const bytes = grammar.firstLength;
  if (isLog) {
    return (
      check(s, label, content.last(s.attachment, file), path, bytes) &&
      check(s, label, content.findTail(s.attachment, file), path, bytes)
    );
  }
  if (!check(s, label, content.head(s.attachment, file), path, bytes)) return false;
  if (content.isAll) return check(s, label, content.findTail(s.attachment, file), path, bytes);
  if (!check(s, label, content.findTailForwards(s.attachment, file), path, bytes)) return false;
  client.clunk(s.attachment, file);
  return open(s, label, path, bytes, false);
}

export function tail(s: Session, label: string): void {
  if (!guard.require(s, label)) return;
  note(s, 'console: tail ');
  const path = grammar.first;
  const bytes = grammar.firstLength;
  if (!canTail(path, bytes)) {
    audit.count(protocol.REFUSED_POLICY);
    ack.beginError(label, 'policy');
    ack.field('detail', 'invalid-path');
    ack.slice('path', path, bytes);
    ack.end();
    return;
  }
  if (!open(s, label, path, bytes, false)) return;
  const isLog = equals(path, bytes, LOG_PATH);
  if (!lookAtTail(s, label, isLog)) return;
  s.payload.keep(content.start, content.bytes);
  ack.beginOk(label);
  ack.slice('path', path, bytes);
  ack.end();
  payload.file(s, file, content.isBinary && !isLog, content.tail + s.payload.to, content.end);
}

export function log(s: Session, label: string): void {
  if (!guard.requireQueen(s, label)) return;
  audit.say(s, 'console: log stream start');
  const path = literal.bytes(LOG_PATH);
  const bytes = <u32>LOG_PATH.length;
  if (!open(s, label, path, bytes, false)) return;
  let outcome = content.head(s.attachment, file);
  const next = keep(s);
  if (outcome === client.DONE && !content.isAll) outcome = content.findEnd(s.attachment, file);
  if (!check(s, label, outcome, path, bytes)) return;
  ack.ok(label);
  payload.file(s, file, false, next, content.end);
}
