// SPDX-License-Identifier: Apache-2.0
// ls, cat, tail, log: verbs that show something of the tree. Each looks at it first (content.ts), acknowledges, and leaves the rest to
// the payload.
import { endsWith, equals, startsWith } from '../../lib/text/ascii';
import * as protocol from '../../lib/protocol/supervisor';
import * as ack from './ack';
import * as audit from './audit';
import * as content from './content';
import * as failure from './failure';
import * as grammar from './grammar';
import * as client from './p9/client';
import * as literal from './literal';
import * as payload from './payload';
import * as session from './session';
import * as summary from './summary';

const LOG_PATH: string = '/log/queen.log';
const WATCH_PATH: string = '/proc/ingest/watch';
/** What is read of the end of a long file, for the summary. */
const END_BYTES: u32 = 2048;

/** The fid that open() left open. */
let file: u32 = 0;

/** Walks and opens; true: `file` is open. Else the verb has been refused. */
function open(label: string, path: usize, bytes: u32, directory: bool): bool {
  let outcome = client.walk(session.handle(), path, bytes);
  if (outcome !== client.DONE) {
    failure.report(label, outcome, true, path, bytes);
    return false;
  }
  file = client.fid;
  if (client.isDirectory !== directory) {
    client.clunk(session.handle(), file);
    failure.wrongKind(label, path, bytes);
    return false;
  }
  outcome = client.openToRead(session.handle(), file);
  return check(label, outcome, path, bytes);
}

/** Refuses the verb, and closes its file, unless that went well. */
function check(label: string, outcome: u32, path: usize, bytes: u32): bool {
  if (outcome === client.DONE) return true;
  if (outcome === client.REFUSED) client.clunk(session.handle(), file);
  failure.report(label, outcome, false, path, bytes);
  return false;
}

function note(what: string): void {
  audit.begin(what);
  audit.bytes(grammar.first, grammar.firstLength);
  audit.end();
}

/** Keeps what content has at hand; returns where the rest begins in the file. */
function keep(): u64 {
  payload.keep(content.start, content.bytes);
  return content.first + payload.kept();
}

export function ls(label: string): void {
  if (!session.require(label)) return;
  note('console: ls ');
  const path = grammar.first;
  const bytes = grammar.firstLength;
  if (!open(label, path, bytes, true)) return;
  if (!check(label, content.head(file), path, bytes)) return;
  let next = keep();
  if (!content.isAll) {
    // It is read once more from its start.
    payload.keep(content.start, 0);
    next = 0;
  }
  if (!check(label, content.count(file), path, bytes)) return;
  ack.beginOk(label);
  ack.slice('path', path, bytes);
  ack.number('entries', content.lines);
  ack.end();
  payload.file(file, false, next, content.end);
}

/** Reads the end of a long file by a fid of its own, since some can only be read forwards. */
function lookAtEnd(path: usize, bytes: u32): u32 {
  const shown = file;
  let outcome = client.walk(session.handle(), path, bytes);
  if (outcome === client.DONE) {
    file = client.fid;
    outcome = client.openToRead(session.handle(), file);
    if (outcome === client.DONE) outcome = content.before(file, END_BYTES);
    if (outcome !== client.GONE) client.clunk(session.handle(), file);
  }
  file = shown;
  return outcome;
}

/** The log by its summary only: `log` and `tail` show its lines. */
function catLog(label: string): void {
  const path = grammar.first;
  const bytes = grammar.firstLength;
  if (!check(label, content.last(file), path, bytes)) return;
  ack.beginOk(label);
  ack.slice('path', path, bytes);
  ack.field('data', '');
  summary.write(bytes, true);
  ack.end();
  payload.keep(content.start, 0);
  payload.file(file, false, content.end, content.end);
}

export function cat(label: string): void {
  if (!session.require(label)) return;
  note('console: cat ');
  const path = grammar.first;
  const bytes = grammar.firstLength;
  if (!open(label, path, bytes, false)) return;
  if (equals(path, bytes, LOG_PATH)) return catLog(label);
  if (!check(label, content.head(file), path, bytes)) return;
  const next = keep();
  if (!content.isAll) {
    if (!check(label, content.findEnd(file), path, bytes)) return;
    const end = content.end;
    if (!check(label, lookAtEnd(path, bytes), path, bytes)) return;
    content.end = end;
  }
  ack.beginOk(label);
  ack.slice('path', path, bytes);
  ack.field('data', '');
  if (content.isBinary) summary.writeBinary(bytes, payload.keptStart(), payload.kept());
  else summary.write(bytes, false);
  ack.end();
  payload.file(file, content.isBinary, next, content.end);
}

function canTail(path: usize, bytes: u32): bool {
  if (equals(path, bytes, LOG_PATH) || equals(path, bytes, WATCH_PATH)) return true;
  const worker = startsWith(path, bytes, '/worker/') || startsWith(path, bytes, '/shard/');
  return worker && endsWith(path, bytes, '/telemetry');
}

/** Finds the last lines; false: the verb has been refused. */
function lookAtTail(label: string, isLog: bool): bool {
  const path = grammar.first;
  const bytes = grammar.firstLength;
  if (isLog) {
    return check(label, content.last(file), path, bytes) && check(label, content.findTail(file), path, bytes);
  }
  if (!check(label, content.head(file), path, bytes)) return false;
  if (content.isAll) return check(label, content.findTail(file), path, bytes);
  if (!check(label, content.findTailForwards(file), path, bytes)) return false;
  client.clunk(session.handle(), file);
  return open(label, path, bytes, false);
}

export function tail(label: string): void {
  if (!session.require(label)) return;
  note('console: tail ');
  const path = grammar.first;
  const bytes = grammar.firstLength;
  if (!canTail(path, bytes)) {
    audit.say('', protocol.REFUSED_POLICY);
    ack.beginError(label, 'policy');
    ack.field('detail', 'invalid-path');
    ack.slice('path', path, bytes);
    ack.end();
    return;
  }
  if (!open(label, path, bytes, false)) return;
  const isLog = equals(path, bytes, LOG_PATH);
  if (!lookAtTail(label, isLog)) return;
  payload.keep(content.start, content.bytes);
  ack.beginOk(label);
  ack.slice('path', path, bytes);
  ack.end();
  payload.file(file, content.isBinary && !isLog, content.tail + payload.kept(), content.end);
}

export function log(label: string): void {
  if (!session.requireQueen(label)) return;
  audit.say('console: log stream start');
  const path = literal.bytes(LOG_PATH);
  const bytes = <u32>LOG_PATH.length;
  if (!open(label, path, bytes, false)) return;
  let outcome = content.head(file);
  const next = keep();
  if (outcome === client.DONE && !content.isAll) outcome = content.findEnd(file);
  if (!check(label, outcome, path, bytes)) return;
  ack.ok(label);
  payload.file(file, false, next, content.end);
}
