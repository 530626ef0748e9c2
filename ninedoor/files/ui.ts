// SPDX-License-Identifier: Apache-2.0
// UI providers: files that user interfaces poll. A read of one is bounded in size, and reads and refusals are counted.
import { UI_READ_BYTES } from '../limits';
import * as access from '../namespace/access';
import { Node, Place } from '../namespace/node';
import * as tree from '../namespace/tree';
import * as walker from '../namespace/walker';
import { Fid } from '../session/fid';
import { Session } from '../session/session';
import { Writer } from '../../lib/text/writer';
import * as errors from '../wire/errors';
import * as log from '../log';
import * as trace from '../providers/trace/ring';

/** What a UI provider's node has as its detail: the name that refusals and the log give it. */
@unmanaged
class Detail {
  label: string;
  isCbor: bool;
}

const MAX_PROVIDERS: u32 = 16;
const details = memory.data(MAX_PROVIDERS * offsetof<Detail>(), 4);
let count: u32 = 0;

function detailOf(node: Node): Detail {
  return changetype<Detail>(node.detail);
}

export let reads: u64 = 0;
export let denies: u64 = 0;

/** Logs a refusal; the walker stands at the file. Returns the writer for the line's end. */
function deny(s: Session, node: Node, reason: string): Writer {
  denies++;
  const t = trace.begin(trace.WARN, trace.UI, 0);
  t.text(reason);
  t.byte(0x20);
  t.text(detailOf(node).label);
  trace.end();
  const w = log.begin();
  w.text('ui-provider outcome=deny reason=');
  w.text(reason);
  w.text(' provider=');
  w.text(detailOf(node).label);
  w.text(detailOf(node).isCbor ? ' variant=cbor role=' : ' variant=text role=');
  s.writeOwner(w);
  w.text(' ticket=');
  s.writeTicket(w);
  w.text(' path=');
  w.bytes(walker.path(), walker.pathBytes());
  return w;
}

function refuse(code: u32, node: Node, what: string): u32 {
  const w = errors.begin();
  w.text('ui provider ');
  w.text(detailOf(node).label);
  w.text(what);
  return errors.end(code);
}

/** A provider that is switched off cannot be walked to; the walker stands there. */
function refuseWalk(s: Session, place: Place): u32 {
  deny(s, place.node, 'disabled');
  log.end();
  return refuse(errors.NOT_FOUND, place.node, ' disabled');
}

/** Bounds how much a Tread may ask for. */
function checkRead(s: Session, f: Fid, _offset: u64, count: u32): u32 {
  reads++;
  if (count <= UI_READ_BYTES) return errors.NONE;
  walker.at(s, f);
  const w = deny(s, f.node, 'oversize-read');
  w.text(' count=');
  w.dec(count);
  log.end();
  return refuse(errors.TOO_BIG, f.node, ' read exceeds 8192 bytes');
}

/** Makes a declared file a UI provider. */
export function asProvider(node: Node, label: string, isCbor: bool, enabled: bool): void {
  if (count === MAX_PROVIDERS) unreachable();
  node.detail = details + count++ * offsetof<Detail>();
  detailOf(node).label = label;
  detailOf(node).isCbor = isCbor;
  node.beforeRead = checkRead.index;
  if (!enabled) node.onWalk = refuseWalk.index;
}

/** Declares a text file and its form in CBOR, both for the queen, as UI providers. */
export function declarePair(
  dir: Node,
  name: string,
  cborName: string,
  label: string,
  text: u32,
  cborOf: u32,
  enabled: bool,
): void {
  asProvider(tree.readOnly(dir, name, access.QUEEN, text), label, false, enabled);
  asProvider(tree.readOnly(dir, cborName, access.QUEEN, cborOf), label, true, enabled);
}

/** The refusal of a text that grew beyond its limit. */
export function bounded(w: Writer, label: string, most: u32): u32 {
  if (w.total <= most) return errors.NONE;
  const text = errors.begin();
  text.text(label);
  text.text(' output exceeds ');
  text.dec(most);
  text.text(' bytes');
  return errors.end(errors.TOO_BIG);
}
