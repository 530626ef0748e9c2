// SPDX-License-Identifier: Apache-2.0
// The names below /queen/telemetry: `<device>` is any name, and made when it is first walked to; `<segment>` is `seg-` and a
// number.
import * as access from '../../../namespace/access';
import { Node } from '../../../namespace/node';
import * as tree from '../../../namespace/tree';
import { compare } from '../../../../lib/text/slice';
import { Writer } from '../../../../lib/text/writer';
import * as directories from '../../directories';
import * as store from './store';

export function writeSegmentName(number: u32, w: Writer): void {
  w.text('seg-');
  w.dec(number, 6);
}

function findDevice(_parentKey: u32, name: usize, bytes: u32): u32 {
  const device = store.findDevice(name, bytes);
  return device === store.NO_DEVICE ? tree.NONE : device.key;
}

function nextDevice(_parentKey: u32, after: usize, bytes: u32): u32 {
  let best = store.NO_DEVICE;
  for (let i: u32 = 0; i < store.deviceCount; i++) {
    const device = store.device(i);
    if (device.compareName(after, bytes) <= 0) continue;
    if (best === store.NO_DEVICE || device.compareName(best.name, best.nameBytes) < 0) best = device;
  }
  return best === store.NO_DEVICE ? tree.NONE : best.key;
}

function writeDevice(_parentKey: u32, key: u32, w: Writer): void {
  const device = store.device(key);
  w.bytes(device.name, device.nameBytes);
}

const spelled = memory.data(32);
const spelledWriter = changetype<Writer>(memory.data(offsetof<Writer>(), 8));

/** Order of a segment's name and a text, by bytes. */
function compareName(number: u32, name: usize, bytes: u32): i32 {
  spelledWriter.open(spelled, 32);
  writeSegmentName(number, spelledWriter);
  return compare(spelled, <u32>(spelledWriter.at - spelled), name, bytes);
}

function findSegment(deviceKey: u32, name: usize, bytes: u32): u32 {
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
