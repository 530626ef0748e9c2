// SPDX-License-Identifier: Apache-2.0
// /gpu/<gpu>: info, ctl, lease and status of each registered GPU. The tree has /gpu once there is one.
import * as value from '../../lib/json/value';
import * as access from '../namespace/access';
import { Place } from '../namespace/node';
import * as classes from './worker/access';
import * as tree from '../namespace/tree';
import * as json from '../../lib/json/reader';
import { LineLog } from '../files/line-log';
import * as lines from '../../lib/text/lines';
import { hasControl } from '../../lib/text/printable';
import { isUtf8 } from '../../lib/text/slice';
import { Writer } from '../../lib/text/writer';
import * as errors from '../wire/errors';
import * as lease from './gpu/lease';
import * as gpus from './gpu/table';
import { Session } from '../session/session';

function readInfo(place: Place, w: Writer): u32 {
  const gpu = gpus.ofKey(place.key);
  w.bytes(gpu.info, gpu.infoBytes);
  return errors.NONE;
}

function readCtl(place: Place, w: Writer): u32 {
  gpus.ofKey(place.key).ctl.write(w);
  return errors.NONE;
}

function readLease(place: Place, w: Writer): u32 {
  gpus.ofKey(place.key).lease.write(w);
  return errors.NONE;
}

function readStatus(place: Place, w: Writer): u32 {
  gpus.ofKey(place.key).status.write(w);
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

/** Appends the lines of a write, all or none; `object`: what each line is, a JSON object, or empty for plain text. */
function append(log: LineLog, object: string, data: usize, bytes: u32): u32 {
  lines.open(data, bytes);
  while (lines.next()) {
    const refusal = object.length === 0 ? checkText() : checkObject(object);
    if (refusal !== errors.NONE) return refusal;
    if (lines.bytes >= log.capacity) {
      return errors.failNumber(errors.TOO_BIG, 'gpu line exceeds ', log.capacity - 1, ' bytes');
    }
  }
  lines.open(data, bytes);
  while (lines.next()) log.append(lines.start, lines.bytes);
  return errors.NONE;
}

function writeCtl(_s: Session, place: Place, data: usize, bytes: u32, _offset: u64): u32 {
  return append(gpus.ofKey(place.key).ctl, '', data, bytes);
}

function writeLease(_s: Session, place: Place, data: usize, bytes: u32, _offset: u64): u32 {
  return append(gpus.ofKey(place.key).lease, 'lease', data, bytes);
}

function writeStatus(_s: Session, place: Place, data: usize, bytes: u32, _offset: u64): u32 {
  return append(gpus.ofKey(place.key).status, 'status', data, bytes);
}

// <gpu>: a registered GPU.

function findGpu(_s: Session, _parentKey: u32, name: usize, bytes: u32): u32 {
  const gpu = gpus.find(name, bytes);
  return gpu === gpus.NO_GPU ? tree.NONE : gpu.key;
}

function nextGpu(_parentKey: u32, after: usize, bytes: u32): u32 {
  let best = gpus.NO_GPU;
  for (let i: u32 = 0; i < gpus.count; i++) {
    const gpu = gpus.at(i);
    if (gpu.compareName(after, bytes) <= 0) continue;
    if (best === gpus.NO_GPU || gpu.compareName(best.name, best.nameBytes) < 0) best = gpu;
  }
  return best === gpus.NO_GPU ? tree.NONE : best.key;
}

function writeGpu(_parentKey: u32, key: u32, w: Writer): void {
  const gpu = gpus.ofKey(key);
  w.bytes(gpu.name, gpu.nameBytes);
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
