// The channel library as a module of its own, for tests that play the peer.
import * as message from '../../../../roottask/channel/message';
import * as ring from '../../../../roottask/channel/ring';

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
