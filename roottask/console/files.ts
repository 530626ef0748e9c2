// ls, cat, tail, log: verbs that show something of the tree. Each looks at all of it first (content.ts), acknowledges, and leaves
// the rest to the stream.
import { endsWith, equals, startsWith } from '../text/ascii';
import * as protocol from '../supervisor/protocol';
import * as ack from './ack';
import * as audit from './audit';
import * as content from './content';
import * as failure from './failure';
import * as grammar from './grammar';
import * as client from './p9/client';
import * as literal from './literal';
import * as session from './session';
import * as stream from './stream';
import * as summary from './summary';

const LOG_PATH: string = '/log/queen.log';
const WATCH_PATH: string = '/proc/ingest/watch';

/** Walks, opens and scans; true: it is all there, `client.fid` is open. Else the verb has been refused. */
function look(label: string, path: usize, bytes: u32, directory: bool): bool {
  let outcome = client.walk(session.handle, path, bytes);
  if (outcome !== client.DONE) {
    failure.report(label, outcome, true, path, bytes);
    return false;
  }
  const file = client.fid;
  if (client.isDirectory !== directory) {
    client.clunk(session.handle, file);
    failure.wrongKind(label, path, bytes);
    return false;
  }
  outcome = client.openToRead(session.handle, file);
  if (outcome === client.DONE) outcome = content.scan(session.handle, file);
  if (outcome === client.DONE) return true;
  if (outcome === client.REFUSED) client.clunk(session.handle, file);
  failure.report(label, outcome, false, path, bytes);
  return false;
}

function note(what: string): void {
  audit.begin(what);
  audit.bytes(grammar.first, grammar.firstLength);
  audit.end();
}

export function ls(label: string): void {
  if (!session.require(label)) return;
  note('console: ls ');
  if (!look(label, grammar.first, grammar.firstLength, true)) return;
  ack.beginOk(label);
  ack.slice('path', grammar.first, grammar.firstLength);
  ack.number('entries', content.lines);
  ack.end();
  stream.begin(content.first, client.fid);
}

export function cat(label: string): void {
  if (!session.require(label)) return;
  note('console: cat ');
  if (!look(label, grammar.first, grammar.firstLength, false)) return;
  const isLog = equals(grammar.first, grammar.firstLength, LOG_PATH);
  if (isLog) content.asText();
  ack.beginOk(label);
  ack.slice('path', grammar.first, grammar.firstLength);
  ack.field('data', '');
  summary.write(grammar.firstLength, isLog);
  ack.end();
  // Of the log only the summary is shown: `log` and `tail` show its lines.
  stream.begin(isLog ? content.end : content.first, client.fid);
}

function canTail(path: usize, bytes: u32): bool {
  if (equals(path, bytes, LOG_PATH) || equals(path, bytes, WATCH_PATH)) return true;
  const worker = startsWith(path, bytes, '/worker/') || startsWith(path, bytes, '/shard/');
  return worker && endsWith(path, bytes, '/telemetry');
}

export function tail(label: string): void {
  if (!session.require(label)) return;
  note('console: tail ');
  if (!canTail(grammar.first, grammar.firstLength)) {
    audit.say('', protocol.REFUSED_POLICY);
    ack.beginError(label, 'policy');
    ack.field('detail', 'invalid-path');
    ack.slice('path', grammar.first, grammar.firstLength);
    ack.end();
    return;
  }
  if (!look(label, grammar.first, grammar.firstLength, false)) return;
  if (equals(grammar.first, grammar.firstLength, LOG_PATH)) content.asText();
  ack.beginOk(label);
  ack.slice('path', grammar.first, grammar.firstLength);
  ack.end();
  stream.begin(content.tailStart(), client.fid);
}

export function log(label: string): void {
  if (!session.requireQueen(label)) return;
  audit.say('console: log stream start');
  if (!look(label, literal.bytes(LOG_PATH), <u32>LOG_PATH.length, false)) return;
  content.asText();
  ack.ok(label);
  stream.begin(content.first, client.fid);
}
