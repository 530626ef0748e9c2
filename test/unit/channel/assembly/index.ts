// SPDX-License-Identifier: Apache-2.0
// The channel library as a module of its own, for tests that play the peer.
import * as counters from '../../../../lib/channel/counters';
import * as message from '../../../../lib/channel/message';
import * as ring from '../../../../lib/channel/ring';
import * as stream from '../../../../lib/channel/stream';

export function capacity(bytes: u32): u32 {
  return ring.capacity(bytes);
}
export function used(base: u32, bytes: u32): u32 {
  return ring.used(base, bytes);
}
export function room(base: u32, bytes: u32): u32 {
  return ring.room(base, bytes);
}
export function write(base: u32, bytes: u32, source: u32, count: u32): u32 {
  return ring.write(base, bytes, source, count);
}
export function read(base: u32, bytes: u32, dest: u32, count: u32): u32 {
  return ring.read(base, bytes, dest, count);
}
export function writeBoth(base: u32, bytes: u32, first: u32, firstCount: u32, second: u32, secondCount: u32): bool {
  return ring.writeBoth(base, bytes, first, firstCount, second, secondCount);
}
export function clear(base: u32): void {
  ring.clear(base);
}
export function corruptions(): u64 {
  return ring.corruptions;
}

export function exchange(base: u32, bytes: u32, label: u64, source: u32, count: u32, dest: u32, limit: u32): u64 {
  return message.exchange(7, base, bytes, label, source, count, dest, limit);
}
export function replyBytes(): u32 {
  return message.replyBytes;
}
export function request(base: u32, bytes: u32, dest: u32, limit: u32): u32 {
  return message.request(base, bytes, dest, limit);
}
export function answer(base: u32, bytes: u32, source: u32, count: u32): void {
  message.answer(base, bytes, source, count);
}

export function send(base: u32, bytes: u32, to: u32, use: u32, kind: u32, detail: u32, from: u32, size: u32): bool {
  return stream.send(base, bytes, to, use, <u8>kind, <u8>detail, from, size);
}
export function receive(base: u32, bytes: u32, dest: u32): bool {
  return stream.receive(base, bytes, dest);
}
export function hasRoom(base: u32, bytes: u32, size: u32): bool {
  return stream.hasRoom(base, bytes, size);
}
export function connection(): u32 {
  return stream.connection;
}
export function generation(): u32 {
  return stream.generation;
}
export function kind(): u32 {
  return stream.kind;
}
export function detail(): u32 {
  return stream.detail;
}
export function size(): u32 {
  return stream.length;
}
export function malformed(): u64 {
  return stream.malformed;
}

export function setCounter(base: u32, index: u32, value: u64): void {
  counters.set(base, index, value);
}
export function getCounter(base: u32, index: u32): u64 {
  return counters.get(base, index);
}
