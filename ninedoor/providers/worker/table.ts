// SPDX-License-Identifier: Apache-2.0
// The workers: their numbers, budgets and telemetry rings. A number is given once.
//
//   worker   +0 number u32 · +4 role u8 · +5 shard u8 · +6 used u8 · +8 operations u64 · +16 ticks u64
//            +24 expires_ms u64 · +32 ring base u64 · +40 ring next u64 · +48 gpu u32
//
//   byNumber, byName   slots of the workers in the order of their numbers, and of their names' bytes
import { MAX_WORKERS, SHARD_BITS, TELEMETRY_RING_BYTES } from '../../limits';
import * as sha256 from '../../../lib/hash/sha256';
import { decimal, number as parsed, startsWith } from '../../../lib/text/slice';
import { Writer } from '../../../lib/text/writer';
import { NONE } from '../../namespace/tree';

const WORKER_BYTES: u32 = 56;
const table = memory.data(MAX_WORKERS * WORKER_BYTES, 8);
const rings = memory.data(MAX_WORKERS * TELEMETRY_RING_BYTES);
const byNumber = memory.data(2 * MAX_WORKERS, 2);
const byName = memory.data(2 * MAX_WORKERS, 2);
const freeSlots = memory.data(2 * MAX_WORKERS, 2);
const shardCounts = memory.data(2 * 256, 2);

export let count: u32 = 0;
let lastNumber: u32 = 0;
const digits = memory.data(32);
const writer = changetype<Writer>(memory.data(offsetof<Writer>(), 8));

export function start(): void {
  for (let i: u32 = 0; i < MAX_WORKERS; i++) store<u16>(freeSlots + 2 * i, <u16>(MAX_WORKERS - 1 - i));
}


@inline
function record(slot: u32): usize {
  return table + slot * WORKER_BYTES;
}


@inline
function slotAt(order: usize, index: u32): u32 {
  return load<u16>(order + 2 * index);
}

/** Index in byNumber of the first worker whose number is not below. */
function indexOfNumber(number: u32): u32 {
  let low: u32 = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (load<u32>(record(slotAt(byNumber, middle))) < number) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The record of a worker, or 0. */
export function find(number: u32): usize {
  const index = indexOfNumber(number);
  if (index === count) return 0;
  const w = record(slotAt(byNumber, index));
  return load<u32>(w) === number ? w : 0;
}

/** Order of two numbers as decimal text. */
function compareDecimal(a: u32, b: u32): i32 {
  let x = <u64>a;
  let y = <u64>b;
  // Brought to the same number of digits, equal ones differ in length: the shorter comes first.
  while (x < 10000000000) x = x * 10;
  while (y < 10000000000) y = y * 10;
  if (x !== y) return x < y ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Index in byName of the first worker whose number is, as text, not before. */
function indexOfName(number: u32): u32 {
  let low: u32 = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareDecimal(load<u32>(record(slotAt(byName, middle))), number) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function insert(order: usize, index: u32, slot: u32): void {
  memory.copy(order + 2 * (index + 1), order + 2 * index, 2 * (count - index));
  store<u16>(order + 2 * index, <u16>slot);
}

function drop(order: usize, index: u32): void {
  memory.copy(order + 2 * index, order + 2 * (index + 1), 2 * (count - index - 1));
}

/** The number that the next worker gets. */
export function nextNumber(): u32 {
  return lastNumber + 1;
}

export function isFull(): bool {
  return count === MAX_WORKERS;
}

/** The next worker gets this number: the one who starts workers has given all before it. Numbers never go back. */
export function continueFrom(number: u32): void {
  if (number > lastNumber) lastNumber = number - 1;
}

/** Adds worker nextNumber(); the table is not full. Returns its record. */
export function add(role: u32, ops: u64, ticks: u64, expiresMs: u64, gpu: u32): usize {
  lastNumber++;
  return insertWorker(lastNumber, role, ops, ticks, expiresMs, gpu);
}

/** Adds a worker that ran before this server did; nothing if there is no room, or it is there. */
export function adopt(number: u32, role: u32, ops: u64, ticks: u64, expiresMs: u64): void {
  if (isFull() || find(number) !== 0) return;
  insertWorker(number, role, ops, ticks, expiresMs, 0);
  if (number > lastNumber) lastNumber = number;
}

function insertWorker(number: u32, role: u32, ops: u64, ticks: u64, expiresMs: u64, gpu: u32): usize {
  const slot = <u32>load<u16>(freeSlots + 2 * (MAX_WORKERS - 1 - count));
  insert(byName, indexOfName(number), slot);
  insert(byNumber, indexOfNumber(number), slot);
  count++;
  const w = record(slot);
  memory.fill(w, 0, WORKER_BYTES);
  store<u32>(w, number);
  store<u8>(w, <u8>role, 4);
  store<u8>(w, <u8>shardOfNumber(number), 5);
  store<u64>(w, ops, 8);
  store<u64>(w, ticks, 16);
  store<u64>(w, expiresMs, 24);
  store<u32>(w, gpu, 48);
  countShard(w, 1);
  return w;
}

/** Removes a worker that exists. */
export function remove(number: u32): void {
  const index = indexOfNumber(number);
  const slot = slotAt(byNumber, index);
  const named = indexOfName(number);
  countShard(record(slot), -1);
  drop(byNumber, index);
  drop(byName, named);
  count--;
  store<u16>(freeSlots + 2 * (MAX_WORKERS - 1 - count), <u16>slot);
}

/** The worker at `index` in the order of numbers. */
export function at(index: u32): usize {
  return record(slotAt(byNumber, index));
}


@inline
export function number(w: usize): u32 {
  return load<u32>(w);
}


@inline
export function role(w: usize): u32 {
  return load<u8>(w, 4);
}


@inline
export function ops(w: usize): u64 {
  return load<u64>(w, 8);
}


@inline
export function ticks(w: usize): u64 {
  return load<u64>(w, 16);
}


@inline
export function expiresMs(w: usize): u64 {
  return load<u64>(w, 24);
}


@inline
export function base(w: usize): u64 {
  return load<u64>(w, 32);
}


@inline
export function next(w: usize): u64 {
  return load<u64>(w, 40);
}

export function setRing(w: usize, base: u64, next: u64): void {
  store<u64>(w, base, 32);
  store<u64>(w, next, 40);
}

/** GPU that the worker leases (../gpu/table.ts), or 0. */
@inline
export function gpu(w: usize): u32 {
  return load<u32>(w, 48);
}

export function ring(w: usize): usize {
  return rings + (<u32>(w - table) / WORKER_BYTES) * TELEMETRY_RING_BYTES;
}

/** Takes one operation; false: none left, or the worker is gone. */
export function takeOp(number: u32): bool {
  return take(number, 8);
}

export function takeTick(number: u32): bool {
  return take(number, 16);
}

function take(number: u32, field: u32): bool {
  const w = find(number);
  if (w === 0) return false;
  const left = load<u64>(w + field);
  if (left === 0) return false;
  if (left !== u64.MAX_VALUE) store<u64>(w + field, left - 1);
  return true;
}

/** Writes `worker-<n>`. */
export function writeName(number: u32, w: Writer): void {
  w.text('worker-');
  w.dec(number);
}

/** Number in a name `worker-<n>`, or 0. */
export function parseName(start: usize, bytes: u32): u32 {
  if (!startsWith(start, bytes, 'worker-') || !decimal(start + 7, bytes - 7)) return 0;
  return parsed;
}

/** Shard of the worker with this number: the first bits of SHA-256 of its name. */
function shardOfNumber(number: u32): u32 {
  writer.open(digits, 32);
  writeName(number, writer);
  const first = <u32>load<u8>(sha256.digest(digits, <u32>(writer.at - digits)));
  return first >> (8 - SHARD_BITS);
}

/** Shard of a living worker, or NONE. */
export function shardOf(number: u32): u32 {
  const w = find(number);
  return w === 0 ? NONE : <u32>load<u8>(w, 5);
}

/** Living workers in a shard. */
export function countInShard(shard: u32): u32 {
  return load<u16>(shardCounts + 2 * shard);
}

function countShard(worker: usize, change: i32): void {
  const at = shardCounts + 2 * <u32>load<u8>(worker, 5);
  store<u16>(at, <u16>(<i32>load<u16>(at) + change));
}

/** Number of the first worker behind a name in byte order, in `shard` unless that is NONE; NONE: there is none. */
export function after(shard: u32, name: usize, bytes: u32): u32 {
  let index: u32 = 0;
  if (bytes > 0) {
    const last = parseName(name, bytes);
    if (last === 0) index = startsBefore(name, bytes) ? 0 : count;
    else {
      index = indexOfName(last);
      if (index < count && load<u32>(record(slotAt(byName, index))) === last) index++;
    }
  }
  for (; index < count; index++) {
    const w = record(slotAt(byName, index));
    if (shard === NONE || <u32>load<u8>(w, 5) === shard) return load<u32>(w);
  }
  return NONE;
}

/** Whether a name that is no worker's comes before all workers. */
function startsBefore(name: usize, bytes: u32): bool {
  writer.open(digits, 32);
  writer.text('worker-');
  const common: u32 = bytes < 7 ? bytes : 7;
  return memory.compare(name, digits, common) < 0 || (bytes <= 7 && memory.compare(name, digits, common) === 0);
}
