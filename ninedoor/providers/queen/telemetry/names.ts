// SPDX-License-Identifier: Apache-2.0
// The names below /queen/telemetry: `<device>` is any name, and made when it is first walked to; `<segment>` is `seg-` and a
// number.
import { MAX_DEVICES } from '../../../limits';
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
  return device === MAX_DEVICES ? tree.NONE : device;
}

function nextDevice(_parentKey: u32, after: usize, bytes: u32): u32 {
  let best: u32 = tree.NONE;
  for (let i: u32 = 0; i < store.deviceCount; i++) {
    if (compare(store.nameStart(i), store.nameBytes(i), after, bytes) <= 0) continue;
    const first =
      best === tree.NONE ||
      compare(store.nameStart(i), store.nameBytes(i), store.nameStart(best), store.nameBytes(best)) < 0;
    if (first) best = i;
  }
  return best;
}

function writeDevice(_parentKey: u32, device: u32, w: Writer): void {
  w.bytes(store.nameStart(device), store.nameBytes(device));
}

const spelled = memory.data(32);
const spelledWriter = changetype<Writer>(memory.data(offsetof<Writer>(), 8));

/** Order of a segment's name and a text, by bytes. */
function compareName(number: u32, name: usize, bytes: u32): i32 {
  spelledWriter.open(spelled, 32);
  writeSegmentName(number, spelledWriter);
  return compare(spelled, <u32>(spelledWriter.at - spelled), name, bytes);
}

function findSegment(device: u32, name: usize, bytes: u32): u32 {
  for (let number = store.after(device, 0); number !== 0; number = store.after(device, number)) {
    if (compareName(number, name, bytes) === 0) return number;
  }
  return tree.NONE;
}

function nextSegment(device: u32, after: usize, bytes: u32): u32 {
  for (let number = store.after(device, 0); number !== 0; number = store.after(device, number)) {
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
