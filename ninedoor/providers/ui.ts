// SPDX-License-Identifier: Apache-2.0
// UI providers: files that user interfaces poll. A read of one is bounded in size, and reads and refusals are counted.
import { UI_READ_BYTES } from '../limits';
import * as tree from '../namespace/tree';
import * as walker from '../namespace/walker';
import * as session from '../session/session';
import { Writer } from '../../lib/text/writer';
import * as errors from '../wire/errors';
import * as log from './log/log';
import * as trace from './trace/events';

export let reads: u64 = 0;
export let denies: u64 = 0;

/** Logs a refusal; the walker stands at the file. Returns the writer for the line's end. */
function deny(s: usize, node: u32, reason: string): Writer {
  denies++;
  const t = trace.begin(trace.WARN, trace.UI, 0);
  t.text(reason);
  t.byte(0x20);
  t.text(tree.label(node));
  trace.end();
  const w = log.begin();
  w.text('ui-provider outcome=deny reason=');
  w.text(reason);
  w.text(' provider=');
  w.text(tree.label(node));
  w.text(tree.isCbor(node) ? ' variant=cbor role=' : ' variant=text role=');
  session.writeOwner(s, w);
  w.text(' ticket=');
  session.writeTicket(s, w);
  w.text(' path=');
  w.bytes(walker.path(), walker.pathBytes());
  return w;
}

function refuse(code: u32, node: u32, what: string): u32 {
  const w = errors.begin();
  w.text('ui provider ');
  w.text(tree.label(node));
  w.text(what);
  return errors.end(code);
}

/** Whether a walk may end at the node; the walker stands there. */
export function checkWalk(s: usize, node: u32): u32 {
  if (!tree.isDisabled(node)) return errors.NONE;
  deny(s, node, 'disabled');
  log.end();
  return refuse(errors.NOT_FOUND, node, ' disabled');
}

/** Whether a Tread may ask for so much; the walker stands at the file. */
export function checkRead(s: usize, node: u32, count: u32): u32 {
  reads++;
  if (count <= UI_READ_BYTES) return errors.NONE;
  const w = deny(s, node, 'oversize-read');
  w.text(' count=');
  w.dec(count);
  log.end();
  return refuse(errors.TOO_BIG, node, ' read exceeds 8192 bytes');
}
