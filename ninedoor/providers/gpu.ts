// SPDX-License-Identifier: Apache-2.0
// /gpu/<gpu>: info, ctl, lease and status of each registered GPU. The tree has /gpu once there is one.
import * as value from '../../lib/json/value';
import * as access from '../namespace/access';
import { Place } from '../namespace/node';
import * as classes from './worker/access';
import * as tree from '../namespace/tree';
import * as json from '../../lib/json/reader';
import * as lineLog from '../files/line-log';
import * as lines from '../../lib/text/lines';
import { compare, hasControl, isUtf8 } from '../../lib/text/slice';
import { Writer } from '../../lib/text/writer';
import * as errors from '../wire/errors';
import * as lease from './gpu/lease';
import * as gpus from './gpu/table';
import { Session } from '../session/session';

function readInfo(place: Place, w: Writer): u32 {
  const gpu = place.key;
  w.bytes(gpus.info(gpu), gpus.infoBytes(gpu));
  return errors.NONE;
}

function readCtl(place: Place, w: Writer): u32 {
  const gpu = place.key;
  lineLog.write(gpus.log(gpu, gpus.CTL), w);
  return errors.NONE;
}

function readLease(place: Place, w: Writer): u32 {
  const gpu = place.key;
  lineLog.write(gpus.log(gpu, gpus.LEASE), w);
  return errors.NONE;
}

function readStatus(place: Place, w: Writer): u32 {
  const gpu = place.key;
  lineLog.write(gpus.log(gpu, gpus.STATUS), w);
  return errors.NONE;
}

/** Whether the line at hand is a JSON object, as readers of lease and status expect. */
function checkObject(what: string): u32 {
  json.open(lines.start, lines.bytes);
  if (json.peek() !== 0x7b) json.fail('expected an object');
  else if (value.any(value.DEEPEST)) json.finish();
  if (!json.failed()) return errors.NONE;
  const w = errors.begin();
  w.text('invalid gpu ');
  w.text(what);
  w.text(' entry: ');
  json.writeProblem(w);
  return errors.end(errors.INVALID);
}

function checkText(): u32 {
  if (isUtf8(lines.start, lines.bytes) && !hasControl(lines.start, lines.bytes)) return errors.NONE;
  return errors.fail(errors.INVALID, 'gpu ctl line must be UTF-8 text');
}

/** Appends the lines of a write, all or none. */
function append(gpu: u32, which: u32, data: usize, bytes: u32): u32 {
  lines.open(data, bytes);
  while (lines.next()) {
    let refusal: u32;
    if (which === gpus.CTL) refusal = checkText();
    else refusal = checkObject(which === gpus.LEASE ? 'lease' : 'status');
    if (refusal !== errors.NONE) return refusal;
    if (lines.bytes >= gpus.logBytes(which)) {
      return errors.failNumber(errors.TOO_BIG, 'gpu line exceeds ', gpus.logBytes(which) - 1, ' bytes');
    }
  }
  lines.open(data, bytes);
  while (lines.next()) lineLog.append(gpus.log(gpu, which), gpus.logBytes(which), lines.start, lines.bytes);
  return errors.NONE;
}

function writeCtl(_s: Session, place: Place, data: usize, bytes: u32, _offset: u64): u32 {
  const gpu = place.key;
  return append(gpu, gpus.CTL, data, bytes);
}

function writeLease(_s: Session, place: Place, data: usize, bytes: u32, _offset: u64): u32 {
  const gpu = place.key;
  return append(gpu, gpus.LEASE, data, bytes);
}

function writeStatus(_s: Session, place: Place, data: usize, bytes: u32, _offset: u64): u32 {
  const gpu = place.key;
  return append(gpu, gpus.STATUS, data, bytes);
}

// <gpu>: a registered GPU.

function findGpu(_parentKey: u32, name: usize, bytes: u32): u32 {
  const gpu = gpus.find(name, bytes);
  return gpu === 0 ? tree.NONE : gpu;
}

function nextGpu(_parentKey: u32, after: usize, bytes: u32): u32 {
  let best: u32 = 0;
  for (let gpu: u32 = 1; gpu <= gpus.count; gpu++) {
    const name = gpus.nameStart(gpu);
    if (compare(name, gpus.nameBytes(gpu), after, bytes) <= 0) continue;
    if (best !== 0 && compare(name, gpus.nameBytes(gpu), gpus.nameStart(best), gpus.nameBytes(best)) > 0) continue;
    best = gpu;
  }
  return best === 0 ? tree.NONE : best;
}

function writeGpu(_parentKey: u32, gpu: u32, w: Writer): void {
  w.bytes(gpus.nameStart(gpu), gpus.nameBytes(gpu));
}

function declare(): void {
  tree.wildcard('<gpu>', findGpu.index, nextGpu.index, writeGpu.index);
  const dir = tree.directory(tree.directory(tree.ROOT, 'gpu', classes.GPU_WORKERS), '<gpu>', classes.OWN_GPU);
  tree.readOnly(dir, 'info', classes.OWN_GPU, readInfo.index);
  tree.asControl(tree.appendOnly(dir, 'ctl', classes.OWN_GPU, access.QUEEN, readCtl.index, writeCtl.index));
  tree.appendOnly(dir, 'lease', access.QUEEN, access.QUEEN, readLease.index, writeLease.index);
  tree.appendOnly(dir, 'status', classes.OWN_GPU, access.QUEEN, readStatus.index, writeStatus.index);
}

/** As gpus.register(); the first GPU brings /gpu. Returns a refusal, or NONE. */
export function register(name: usize, bytes: u32, memoryMb: u32, streams: u32, info: usize, infoBytes: u32): u32 {
  const refusal = gpus.check(name, bytes, infoBytes);
  if (refusal !== errors.NONE) return refusal;
  const before = gpus.count;
  const gpu = gpus.register(name, bytes, memoryMb, streams, info, infoBytes);
  if (before === 0) declare();
  if (gpus.count > before) lease.noteRegistered(gpu);
  return errors.NONE;
}
