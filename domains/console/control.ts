// SPDX-License-Identifier: Apache-2.0
// echo, spawn, kill: verbs that write to the tree. The acknowledgement comes when NineDoor has done it, or refused.
import { BACKSLASH, CLOSE_BRACE, hexDigit, QUOTE, SPACE } from '../../lib/text/ascii';
import { endsWith, startsWith } from '../../lib/text/slice';
import * as ack from './ack';
import * as audit from './audit';
import * as content from './content';
import * as failure from './failure';
import * as grammar from './grammar';
import * as guard from './guard';
import * as literal from './literal';
import * as client from './p9/client';
import { Attachment } from './session/attachment';
import { Session } from './session/session';

const CONTROL_PATH: string = '/queen/ctl';

/** The path was refused, not what was written to it. */
let walking: bool = false;

/** Appends a line to a file; returns the outcome. */
function append(a: Attachment, path: usize, pathBytes: u32, line: usize, bytes: u32): u32 {
  walking = true;
  let outcome = client.walk(a, path, pathBytes);
  if (outcome !== client.DONE) return outcome;
  walking = false;
  const file = client.fid;
  outcome = client.openToAppend(a, file);
  if (outcome === client.DONE) outcome = client.appendLine(a, file, line, bytes);
  if (outcome !== client.GONE) client.clunk(a, file);
  return outcome;
}

const DEVICES: string = '/queen/telemetry/';
const path = memory.data(128);

/** Adds the name of a device's newest segment, which the write may have made. */
function addSegment(a: Attachment): void {
  const bytes = grammar.firstLength;
  if (!startsWith(grammar.first, bytes, DEVICES) || !endsWith(grammar.first, bytes, '/ctl')) return;
  memory.copy(path, grammar.first, bytes - 3);
  memory.copy(path + bytes - 3, literal.bytes('latest'), 6);
  if (client.walk(a, path, bytes + 3) !== client.DONE) return;
  const file = client.fid;
  let outcome = client.openToRead(a, file);
  if (outcome === client.DONE) outcome = content.head(a, file);
  if (outcome === client.DONE && content.bytes >= 2) ack.slice('seg_id', content.start, content.bytes - 1);
  client.clunk(a, file);
}

export function echo(s: Session, label: string): void {
  if (!guard.require(s, label)) return;
  audit.begin('console: echo ');
  audit.bytes(grammar.first, grammar.firstLength);
  audit.text(' bytes=');
  audit.dec(grammar.restLength);
  audit.end(s);
  const outcome = append(s.attachment, grammar.first, grammar.firstLength, grammar.rest, grammar.restLength);
  if (outcome !== client.DONE) {
    failure.report(s, label, outcome, walking, grammar.first, grammar.firstLength);
    return;
  }
  ack.beginOk(label);
  ack.slice('path', grammar.first, grammar.firstLength);
  ack.number('bytes', grammar.restLength);
  addSegment(s.attachment);
  ack.end();
}

export function spawn(s: Session, label: string): void {
  if (!guard.requireQueen(s, label)) return;
  audit.begin('console: spawn ');
  audit.bytes(grammar.rest, grammar.restLength);
  audit.end(s);
  const outcome = append(
    s.attachment,
    literal.bytes(CONTROL_PATH),
    <u32>CONTROL_PATH.length,
    grammar.rest,
    grammar.restLength,
  );
  if (outcome !== client.DONE) {
    failure.report(s, label, outcome, false, 0, 0);
    return;
  }
  ack.beginOk(label);
  ack.slice('payload', grammar.rest, grammar.restLength);
  ack.end();
}

/** `{"kill":"<worker>"}`, with every character of the worker escaped: longest 11 + 6 * 32. */
const command = memory.data(256);

/** Returns its length. */
function writeKill(worker: usize, bytes: u32): u32 {
  const start: string = '{"kill":"';
  memory.copy(command, literal.bytes(start), start.length);
  let at: usize = command + start.length;
  for (let i: u32 = 0; i < bytes; i++) {
    const c = load<u8>(worker + i);
    if (c !== QUOTE && c !== BACKSLASH && c >= SPACE) {
      store<u8>(at, c);
      at++;
      continue;
    }
    memory.copy(at, literal.bytes('\\u00'), 4);
    store<u8>(at + 4, hexDigit(c >> 4));
    store<u8>(at + 5, hexDigit(c & 15));
    at += 6;
  }
  store<u8>(at, QUOTE);
  store<u8>(at + 1, CLOSE_BRACE);
  return <u32>(at + 2 - command);
}

export function kill(s: Session, label: string): void {
  if (!guard.requireQueen(s, label)) return;
  audit.begin('console: kill ');
  audit.bytes(grammar.first, grammar.firstLength);
  audit.end(s);
  const bytes = writeKill(grammar.first, grammar.firstLength);
  const outcome = append(s.attachment, literal.bytes(CONTROL_PATH), <u32>CONTROL_PATH.length, command, bytes);
  if (outcome !== client.DONE) {
    failure.report(s, label, outcome, false, 0, 0);
    return;
  }
  ack.beginOk(label);
  ack.slice('id', grammar.first, grammar.firstLength);
  ack.end();
}
