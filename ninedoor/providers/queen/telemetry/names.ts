// SPDX-License-Identifier: Apache-2.0
// The names below /queen/telemetry: `<device>` is any name, and made when somebody who may write there first walks to it;
// `<segment>` is `seg-` and a number.
import * as access from '../../../namespace/access';
import { Node } from '../../../namespace/node';
import * as tree from '../../../namespace/tree';
import * as walker from '../../../namespace/walker';
import * as quota from '../../../session/quota';
import { Session } from '../../../session/session';
import { compare } from '../../../../lib/text/slice';
import { Writer } from '../../../../lib/text/writer';
import * as errors from '../../../wire/errors';
import * as directories from '../../directories';
import * as store from './store';

export function writeSegmentName(number: u32, w: Writer): void {
  w.text('seg-');
  w.dec(number, 6);
}

/** The file that makes segments: whoever may write there may have a device made. */
const CONTROL_FILE = 'ctl';

function findDevice(s: Session, _parentKey: u32, name: usize, bytes: u32): u32 {
  const known = store.find(name, bytes);
  if (known !== store.NO_DEVICE) return known.key;
  if (!store.isName(name, bytes) || !quota.mayWrite(s, walker.place, name, bytes, CONTROL_FILE)) return tree.NONE;
  const made = store.create(name, bytes);
  return made === store.NO_DEVICE ? tree.FULL : made.key;
}

function nextDevice(_parentKey: u32, after: usize, bytes: u32): u32 {
  let best = store.NO_DEVICE;
  for (let i: u32 = 0; i < store.deviceCount; i++) {
    const device = store.at(i);
    if (device.compareName(after, bytes) <= 0) continue;
    if (best === store.NO_DEVICE || device.compareName(best.name, best.nameBytes) < 0) best = device;
  }
  return best === store.NO_DEVICE ? tree.NONE : best.key;
}

/** The refusal of a request to a device that is gone. */
export function refuseGone(): u32 {
  return errors.fail(errors.NOT_FOUND, 'telemetry device made room for another');
}

/** What stands for the name of a device that made room: no device can have it. */
const NAMELESS: u8 = 0x7f;

function writeDevice(_parentKey: u32, key: u32, w: Writer): void {
  const device = store.device(key);
  if (device === store.GONE) w.byte(NAMELESS);
  else w.bytes(device.name, device.nameBytes);
}

const spelled = memory.data(32);
const spelledWriter = changetype<Writer>(memory.data(offsetof<Writer>(), 8));

/** Order of a segment's name and a text, by bytes. */
function compareName(number: u32, name: usize, bytes: u32): i32 {
  spelledWriter.open(spelled, 32);
  writeSegmentName(number, spelledWriter);
  return compare(spelled, <u32>(spelledWriter.at - spelled), name, bytes);
}

function findSegment(_s: Session, deviceKey: u32, name: usize, bytes: u32): u32 {
  const device = store.device(deviceKey);
  for (let number = device.after(0); number !== 0; number = device.after(number)) {
    if (compareName(number, name, bytes) === 0) return number;
  }
  return tree.NONE;
}

function nextSegment(deviceKey: u32, after: usize, bytes: u32): u32 {
  const device = store.device(deviceKey);
  for (let number = device.after(0); number !== 0; number = device.after(number)) {
    if (compareName(number, after, bytes) > 0) return number;
  }
  return tree.NONE;
}

function writeSegmentKey(_parentKey: u32, number: u32, w: Writer): void {
  writeSegmentName(number, w);
}

/** The directory of a device. */
export function device(): Node {
  return tree.directory(tree.directory(directories.queen(), 'telemetry', access.QUEEN), '<device>', access.QUEEN);
}

export function declare(): void {
  tree.wildcard('<device>', findDevice.index, nextDevice.index, writeDevice.index);
  tree.wildcard('<segment>', findSegment.index, nextSegment.index, writeSegmentKey.index);
}
