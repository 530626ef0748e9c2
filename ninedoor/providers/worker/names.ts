// SPDX-License-Identifier: Apache-2.0
// The names of workers and shards in the tree: `<worker>` is any living worker, `<shard-worker>` one of the shard that is the
// place's key, `<shard>` two hexadecimal digits.
import { SHARD_BITS } from '../../limits';
import * as tree from '../../namespace/tree';
import { Session } from '../../session/session';
import { Writer } from '../../../lib/text/writer';
import * as errors from '../../wire/errors';
import * as workers from './table';

/** The refusal of a place whose worker has ended since. */
export function gone(number: u32): u32 {
  const w = errors.begin();
  w.text('worker ');
  workers.writeName(number, w);
  w.text(' not found');
  return errors.end(errors.NOT_FOUND);
}

function findWorker(_s: Session, _parentKey: u32, name: usize, bytes: u32): u32 {
  const number = workers.parseName(name, bytes);
  return number === 0 || workers.find(number) === workers.NO_WORKER ? tree.NONE : number;
}

function findShardWorker(_s: Session, shard: u32, name: usize, bytes: u32): u32 {
  const number = workers.parseName(name, bytes);
  return number === 0 || workers.shardOf(number) !== shard ? tree.NONE : number;
}

function nextWorker(_parentKey: u32, after: usize, bytes: u32): u32 {
  return workers.after(tree.NONE, after, bytes);
}

function nextShardWorker(shard: u32, after: usize, bytes: u32): u32 {
  return workers.after(shard, after, bytes);
}

function writeWorker(_parentKey: u32, number: u32, w: Writer): void {
  workers.writeName(number, w);
}

const SHARDS: u32 = 1 << SHARD_BITS;
const label = memory.data(8);
const labelWriter = changetype<Writer>(memory.data(offsetof<Writer>(), 8));

function writeShard(_parentKey: u32, shard: u32, w: Writer): void {
  w.hex(shard, 2);
}

/** First shard whose label is not before the name. */
function shardFrom(name: usize, bytes: u32): u32 {
  let shard: u32 = 0;
  for (; shard < SHARDS; shard++) {
    labelWriter.open(label, 2);
    labelWriter.hex(shard, 2);
    const common: u32 = bytes < 2 ? bytes : 2;
    const order = memory.compare(label, name, common);
    if (order > 0 || (order === 0 && bytes <= 2)) break;
  }
  return shard;
}

function findShard(_s: Session, _parentKey: u32, name: usize, bytes: u32): u32 {
  if (bytes !== 2) return tree.NONE;
  const shard = shardFrom(name, bytes);
  if (shard === SHARDS) return tree.NONE;
  labelWriter.open(label, 2);
  labelWriter.hex(shard, 2);
  return memory.compare(label, name, 2) === 0 ? shard : tree.NONE;
}

function nextShard(_parentKey: u32, after: usize, bytes: u32): u32 {
  if (bytes === 0) return 0;
  let shard = shardFrom(after, bytes);
  labelWriter.open(label, 2);
  labelWriter.hex(shard, 2);
  if (shard < SHARDS && bytes === 2 && memory.compare(label, after, 2) === 0) shard++;
  return shard < SHARDS ? shard : tree.NONE;
}

export function declare(): void {
  tree.wildcard('<worker>', findWorker.index, nextWorker.index, writeWorker.index);
  tree.wildcard('<shard-worker>', findShardWorker.index, nextShardWorker.index, writeWorker.index);
  tree.wildcard('<shard>', findShard.index, nextShard.index, writeShard.index);
}
