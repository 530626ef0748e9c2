// SPDX-License-Identifier: Apache-2.0
// The registered GPUs and who leases them. A GPU is registered by its provider; without one there is none.
//
//   gpu   +0 name bytes u32 · +4 leasing worker u32 · +8 memory_mb u32 · +12 streams u32 · +16 info bytes u32
//         +20 lease: mem_mb u32 · +24 streams u32 · +28 priority u32 · +32 ttl_s u64
//         +40 name[NAME_BYTES] · +104 info[INFO_BYTES]                 a GPU's number is its index + 1
//
//   logs  of each GPU: ctl, lease and status (text/line-log.ts)
import { GPU_CTL_BYTES, GPU_INFO_BYTES, GPU_LEASE_BYTES, GPU_STATUS_BYTES, MAX_GPUS } from '../../limits';
import * as lineLog from '../../files/line-log';
import { hasControl, same, utf8Prefix } from '../../../lib/text/slice';
import * as errors from '../../wire/errors';
import * as full from '../../full';

export const NAME_BYTES: u32 = 64;
const INFO: u32 = 40 + NAME_BYTES;
const GPU_BYTES: u32 = INFO + GPU_INFO_BYTES;
const table = memory.data(MAX_GPUS * GPU_BYTES, 8);
export let count: u32 = 0;

export const CTL: u32 = 0;
export const LEASE: u32 = 1;
export const STATUS: u32 = 2;
const LEASE_LOG: u32 = lineLog.HEAD_BYTES + GPU_CTL_BYTES;
const STATUS_LOG: u32 = LEASE_LOG + lineLog.HEAD_BYTES + GPU_LEASE_BYTES;
const LOGS_BYTES: u32 = STATUS_LOG + lineLog.HEAD_BYTES + GPU_STATUS_BYTES;
const logs = memory.data(MAX_GPUS * LOGS_BYTES, 4);


@inline
function at(gpu: u32): usize {
  return table + (gpu - 1) * GPU_BYTES;
}

function isName(name: usize, bytes: u32): bool {
  if (bytes === 0 || bytes > NAME_BYTES || hasControl(name, bytes) || utf8Prefix(name, bytes) !== bytes) return false;
  for (let i: u32 = 0; i < bytes; i++) {
    if (load<u8>(name + i) === 0x2f) return false;
  }
  return load<u8>(name) !== 0x2e || bytes > 2 || (bytes === 2 && load<u8>(name, 1) !== 0x2e);
}

/** Why a GPU cannot be registered, or NONE. */
export function check(name: usize, bytes: u32, infoBytes: u32): u32 {
  if (infoBytes > GPU_INFO_BYTES)
    return errors.failNumber(errors.TOO_BIG, 'gpu info exceeds ', GPU_INFO_BYTES, ' bytes');
  if (!isName(name, bytes)) return errors.fail(errors.INVALID, 'gpu id is no name');
  if (count < MAX_GPUS || find(name, bytes) !== 0) return errors.NONE;
  full.count(full.GPUS);
  return errors.fail(errors.BUSY, 'gpu table full');
}

/**
 * Adds a GPU, or gives a known one new facts; check() said that it can be. `streams`: most that a lease may have, 0: any
 * number. `info`: what its info file says. Returns its number.
 */
export function register(name: usize, bytes: u32, memoryMb: u32, streams: u32, info: usize, infoBytes: u32): u32 {
  let gpu = find(name, bytes);
  if (gpu === 0) {
    gpu = ++count;
    store<u32>(at(gpu), bytes);
    memory.copy(nameStart(gpu), name, bytes);
  }
  store<u32>(at(gpu), memoryMb, 8);
  store<u32>(at(gpu), streams, 12);
  store<u32>(at(gpu), infoBytes, 16);
  memory.copy(at(gpu) + INFO, info, infoBytes);
  return gpu;
}

/** The GPU with this name, or 0. */
export function find(name: usize, bytes: u32): u32 {
  for (let gpu: u32 = 1; gpu <= count; gpu++) {
    if (same(nameStart(gpu), nameBytes(gpu), name, bytes)) return gpu;
  }
  return 0;
}

export function nameStart(gpu: u32): usize {
  return at(gpu) + 40;
}

export function nameBytes(gpu: u32): u32 {
  return load<u32>(at(gpu));
}

/** Worker that leases the GPU, or 0. */
export function holder(gpu: u32): u32 {
  return load<u32>(at(gpu), 4);
}

export function memoryMb(gpu: u32): u32 {
  return load<u32>(at(gpu), 8);
}

/** Most streams of a lease; 0: any number. */
export function streams(gpu: u32): u32 {
  return load<u32>(at(gpu), 12);
}

export function info(gpu: u32): usize {
  return at(gpu) + INFO;
}

export function infoBytes(gpu: u32): u32 {
  return load<u32>(at(gpu), 16);
}

export function leaseMemoryMb(gpu: u32): u32 {
  return load<u32>(at(gpu), 20);
}

export function leaseStreams(gpu: u32): u32 {
  return load<u32>(at(gpu), 24);
}

export function leasePriority(gpu: u32): u32 {
  return load<u32>(at(gpu), 28);
}

export function leaseTtlS(gpu: u32): u64 {
  return load<u64>(at(gpu), 32);
}

export function setHolder(gpu: u32, worker: u32): void {
  store<u32>(at(gpu), worker, 4);
}

export function setLease(gpu: u32, memMb: u32, streamsOf: u32, priority: u32, ttlS: u64): void {
  store<u32>(at(gpu), memMb, 20);
  store<u32>(at(gpu), streamsOf, 24);
  store<u32>(at(gpu), priority, 28);
  store<u64>(at(gpu), ttlS, 32);
}

/** CTL, LEASE or STATUS of a GPU (text/line-log.ts). */
export function log(gpu: u32, which: u32): usize {
  const first = logs + (gpu - 1) * LOGS_BYTES;
  return which === CTL ? first : first + (which === LEASE ? LEASE_LOG : STATUS_LOG);
}

export function logBytes(which: u32): u32 {
  return which === CTL ? GPU_CTL_BYTES : which === LEASE ? GPU_LEASE_BYTES : GPU_STATUS_BYTES;
}
