// SPDX-License-Identifier: Apache-2.0
// The registered GPUs and who leases them. A GPU is registered by its provider; without one there is none.
//
//   Gpu   nameBytes u32 · infoBytes u32 · memoryMb u32 · streams u32 · holder u32 · ctl, lease, status: LineLog u32
//         leaseMemoryMb u32 · leaseStreams u32 · leasePriority u32 · leaseTtlS u64
//         name[NAME_BYTES] · info[GPU_INFO_BYTES]
//
//   streams: most that a lease may have, 0: any number · holder: number of the worker that leases the GPU, or 0
//   ctl, lease, status: lines of its files
import { GPU_CTL_BYTES, GPU_INFO_BYTES, GPU_LEASE_BYTES, GPU_STATUS_BYTES, MAX_GPUS } from '../../limits';
import { LINE_LOG_HEAD_BYTES, LineLog } from '../../files/line-log';
import { hasControl } from '../../../lib/text/printable';
import { compare, same, utf8Prefix } from '../../../lib/text/slice';
import * as errors from '../../wire/errors';
import * as full from '../../full';

export const NAME_BYTES: u32 = 64;


@unmanaged
export class Gpu {
  nameBytes: u32;
  infoBytes: u32;
  memoryMb: u32;
  streams: u32;
  holder: u32;
  ctl: LineLog;
  lease: LineLog;
  status: LineLog;
  leaseMemoryMb: u32;
  leaseStreams: u32;
  leasePriority: u32;
  leaseTtlS: u64;

  get name(): usize {
    return changetype<usize>(this) + offsetof<Gpu>();
  }

  get info(): usize {
    return this.name + NAME_BYTES;
  }

  get index(): u32 {
    return <u32>(changetype<usize>(this) - table) / GPU_BYTES;
  }

  /** The key of the GPU's place in the tree. */
  get key(): u32 {
    return this.index + 1;
  }

  compareName(name: usize, bytes: u32): i32 {
    return compare(this.name, this.nameBytes, name, bytes);
  }

  /** Makes the record that of a new GPU. */
  start(name: usize, bytes: u32): void {
    this.nameBytes = bytes;
    memory.copy(this.name, name, bytes);
    const first = logs + this.index * LOGS_BYTES;
    this.ctl = changetype<LineLog>(first);
    this.lease = changetype<LineLog>(first + LEASE_LOG);
    this.status = changetype<LineLog>(first + STATUS_LOG);
    this.ctl.open(GPU_CTL_BYTES);
    this.lease.open(GPU_LEASE_BYTES);
    this.status.open(GPU_STATUS_BYTES);
  }
}

export const NO_GPU = changetype<Gpu>(0);

const GPU_BYTES: u32 = offsetof<Gpu>() + NAME_BYTES + GPU_INFO_BYTES;
const table = memory.data(MAX_GPUS * GPU_BYTES, 8);
export let count: u32 = 0;

const LEASE_LOG: u32 = LINE_LOG_HEAD_BYTES + GPU_CTL_BYTES;
const STATUS_LOG: u32 = LEASE_LOG + LINE_LOG_HEAD_BYTES + GPU_LEASE_BYTES;
const LOGS_BYTES: u32 = STATUS_LOG + LINE_LOG_HEAD_BYTES + GPU_STATUS_BYTES;
const logs = memory.data(MAX_GPUS * LOGS_BYTES, 4);

export function at(index: u32): Gpu {
  return changetype<Gpu>(table + index * GPU_BYTES);
}

/** The GPU that a place's key names. */
export function ofKey(key: u32): Gpu {
  return at(key - 1);
}

function isName(name: usize, bytes: u32): bool {
  if (bytes === 0 || bytes > NAME_BYTES || hasControl(name, bytes) || utf8Prefix(name, bytes) !== bytes) return false;
  for (let i: u32 = 0; i < bytes; i++) {
    if (load<u8>(name + i) === 0x2f) return false;
  }
  return load<u8>(name) !== 0x2e || bytes > 2 || (bytes === 2 && load<u8>(name + 1) !== 0x2e);
}

/** Why a GPU cannot be registered, or NONE. */
export function check(name: usize, bytes: u32, infoBytes: u32): u32 {
  if (infoBytes > GPU_INFO_BYTES) {
    return errors.failNumber(errors.TOO_BIG, 'gpu info exceeds ', GPU_INFO_BYTES, ' bytes');
  }
  if (!isName(name, bytes)) return errors.fail(errors.INVALID, 'gpu id is no name');
  if (count < MAX_GPUS || find(name, bytes) !== NO_GPU) return errors.NONE;
  full.count(full.GPUS);
  return errors.fail(errors.BUSY, 'gpu table full');
}

/**
 * Adds a GPU, or gives a known one new facts; check() said that it can be. `streams`: most that a lease may have, 0: any
 * number. `info`: what its info file says.
 */
export function register(name: usize, bytes: u32, memoryMb: u32, streams: u32, info: usize, infoBytes: u32): Gpu {
  let gpu = find(name, bytes);
  if (gpu === NO_GPU) {
    gpu = at(count++);
    gpu.start(name, bytes);
  }
  gpu.memoryMb = memoryMb;
  gpu.streams = streams;
  gpu.infoBytes = infoBytes;
  memory.copy(gpu.info, info, infoBytes);
  return gpu;
}

/** The GPU with this name, or NO_GPU. */
export function find(name: usize, bytes: u32): Gpu {
  for (let i: u32 = 0; i < count; i++) {
    if (same(at(i).name, at(i).nameBytes, name, bytes)) return at(i);
  }
  return NO_GPU;
}
