// SPDX-License-Identifier: Apache-2.0
// The workers: their numbers, budgets and telemetry rings. A number is given once.
//
//   Worker   number u32 · role u8 · shard u8 · gpu: Gpu u32 · ops u64 · ticks u64 · expiresMs u64 · base u64 · next u64
//
//   gpu: the one that the worker leases, or NO_GPU
//   [base, next): what its telemetry ring retains, as absolute offsets
//
//   byNumber, byName   slots of the workers in the order of their numbers, and of their names' bytes
import { MAX_WORKERS, SHARD_BITS, TELEMETRY_RING_BYTES, UNLIMITED } from '../../limits';
import { ROLES } from '../../../lib/protocol/roles';
import * as sha256 from '../../../lib/hash/sha256';
import { decimal, number as parsed, startsWith } from '../../../lib/text/slice';
import { Writer } from '../../../lib/text/writer';
import { NONE } from '../../namespace/tree';
import { Gpu, NO_GPU } from '../gpu/table';


@unmanaged
export class Worker {
  number: u32;
  role: u8;
  shard: u8;
  gpu: Gpu;
  ops: u64;
  ticks: u64;
  expiresMs: u64;
  base: u64;
  next: u64;

  /** TELEMETRY_RING_BYTES, addressed by absolute offset modulo their number. */
  get ring(): usize {
    return rings + (<u32>(changetype<usize>(this) - table) / offsetof<Worker>()) * TELEMETRY_RING_BYTES;
  }
}

export const NO_WORKER = changetype<Worker>(0);

const table = memory.data(MAX_WORKERS * offsetof<Worker>(), 8);
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

function record(slot: u32): Worker {
  return changetype<Worker>(table + slot * offsetof<Worker>());
}

function slotAt(order: usize, index: u32): u32 {
  return load<u16>(order + 2 * index);
}

/** Index in byNumber of the first worker whose number is not below. */
function indexOfNumber(number: u32): u32 {
  let low: u32 = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (record(slotAt(byNumber, middle)).number < number) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The living worker of this number, or NO_WORKER. */
export function find(number: u32): Worker {
  const index = indexOfNumber(number);
  if (index === count) return NO_WORKER;
  const found = record(slotAt(byNumber, index));
  return found.number === number ? found : NO_WORKER;
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
    if (compareDecimal(record(slotAt(byName, middle)).number, number) < 0) low = middle + 1;
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

/** The next worker gets this number: the one who starts workers has given all before it. Numbers never go back. */
export function continueFrom(number: u32): void {
  if (number > lastNumber) lastNumber = number - 1;
}

/** Adds worker nextNumber(); the table is not full. Returns its record. */
export function add(role: u32, ops: u64, ticks: u64, expiresMs: u64, gpu: Gpu): Worker {
  lastNumber++;
  return insertWorker(lastNumber, role, ops, ticks, expiresMs, gpu);
}

/** Adds a worker that ran before this server did; nothing if it is there. The root task has no more places than the table. */
export function adopt(number: u32, role: u32, ops: u64, ticks: u64, expiresMs: u64): void {
  if (find(number) !== NO_WORKER) return;
  if (count === MAX_WORKERS) unreachable();
  insertWorker(number, role, ops, ticks, expiresMs, NO_GPU);
  if (number > lastNumber) lastNumber = number;
}

function insertWorker(number: u32, role: u32, ops: u64, ticks: u64, expiresMs: u64, gpu: Gpu): Worker {
  const slot = <u32>load<u16>(freeSlots + 2 * (MAX_WORKERS - 1 - count));
  insert(byName, indexOfName(number), slot);
  insert(byNumber, indexOfNumber(number), slot);
  count++;
  const made = record(slot);
  made.number = number;
  made.role = <u8>role;
  made.shard = <u8>shardOfNumber(number);
  made.gpu = gpu;
  made.ops = ops;
  made.ticks = ticks;
  made.expiresMs = expiresMs;
  made.base = 0;
  made.next = 0;
  countShard(made, 1);
  countRole(made, 1);
  return made;
}

/** Removes a worker that exists. */
export function remove(number: u32): void {
  const index = indexOfNumber(number);
  const slot = slotAt(byNumber, index);
  const named = indexOfName(number);
  countShard(record(slot), -1);
  countRole(record(slot), -1);
  drop(byNumber, index);
  drop(byName, named);
  count--;
  store<u16>(freeSlots + 2 * (MAX_WORKERS - 1 - count), <u16>slot);
}

/** The worker at `index` in the order of numbers. */
export function at(index: u32): Worker {
  return record(slotAt(byNumber, index));
}

/** Takes one operation; false: none left, or the worker is gone. */
export function takeOp(number: u32): bool {
  const worker = find(number);
  if (worker === NO_WORKER || worker.ops === 0) return false;
  if (worker.ops !== UNLIMITED) worker.ops--;
  return true;
}

/** As takeOp, for ticks. */
export function takeTick(number: u32): bool {
  const worker = find(number);
  if (worker === NO_WORKER || worker.ticks === 0) return false;
  if (worker.ticks !== UNLIMITED) worker.ticks--;
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
  const worker = find(number);
  return worker === NO_WORKER ? NONE : <u32>worker.shard;
}

/** Living workers in a shard. */
export function countInShard(shard: u32): u32 {
  return load<u16>(shardCounts + 2 * shard);
}

const roleCounts = memory.data(4 * ROLES, 4);

/** Living workers of a role. */
export function countOfRole(role: u32): u32 {
  return load<u32>(roleCounts + 4 * role);
}

function countRole(worker: Worker, change: i32): void {
  const at = roleCounts + 4 * <u32>worker.role;
  store<i32>(at, load<i32>(at) + change);
}

function countShard(worker: Worker, change: i32): void {
  const at = shardCounts + 2 * <u32>worker.shard;
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
      if (index < count && record(slotAt(byName, index)).number === last) index++;
    }
  }
  for (; index < count; index++) {
    const worker = record(slotAt(byName, index));
    if (shard === NONE || <u32>worker.shard === shard) return worker.number;
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
