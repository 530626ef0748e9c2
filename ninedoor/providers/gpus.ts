// The registered GPUs and who leases them. A GPU is registered by the bridge; without a bridge there is none.
//
//   gpu   +0 name bytes u32 · +4 leasing worker u32 · +8 name[64]        a GPU's number is its index + 1
import { same } from '../text/slice';

export const MAX_GPUS: u32 = 16;
const NAME_BYTES: u32 = 64;
const GPU_BYTES: u32 = 8 + NAME_BYTES;
const table = memory.data(MAX_GPUS * GPU_BYTES, 4);
export let count: u32 = 0;


@inline
function at(gpu: u32): usize {
  return table + (gpu - 1) * GPU_BYTES;
}

/** Adds a GPU, or finds it; 0: no room, or no such name can be. */
export function register(name: usize, bytes: u32): u32 {
  const known = find(name, bytes);
  if (known !== 0) return known;
  if (count === MAX_GPUS || bytes === 0 || bytes > NAME_BYTES) return 0;
  count++;
  store<u32>(at(count), bytes);
  memory.copy(at(count) + 8, name, bytes);
  return count;
}

/** The GPU with this name, or 0. */
export function find(name: usize, bytes: u32): u32 {
  for (let gpu: u32 = 1; gpu <= count; gpu++) {
    if (same(at(gpu) + 8, load<u32>(at(gpu)), name, bytes)) return gpu;
  }
  return 0;
}

/** Worker that leases the GPU, or 0. */
export function holder(gpu: u32): u32 {
  return load<u32>(at(gpu), 4);
}

export function lease(gpu: u32, worker: u32): void {
  store<u32>(at(gpu), worker, 4);
}

export function release(gpu: u32): void {
  store<u32>(at(gpu), 0, 4);
}
