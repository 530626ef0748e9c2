// SPDX-License-Identifier: Apache-2.0
// What a new worker may do: the argument of spawn (platform.ts). Hosts in Node read it by the offsets that are drawn here.
//
//   WorkerSpec   +0 ticks u64 · +8 ops u64 · +16 ttlS u64                (all ones: unlimited)
//                +24 memoryMb u32 · +28 streams u32 · +32 priority u32   (worker-gpu only)
//                +36 gpuBytes u32 · +40 the GPU's name

@unmanaged
export class WorkerSpec {
  ticks: u64;
  ops: u64;
  ttlS: u64;
  memoryMb: u32;
  streams: u32;
  priority: u32;
  gpuBytes: u32;

  get gpu(): usize {
    return changetype<usize>(this) + offsetof<WorkerSpec>();
  }
}
