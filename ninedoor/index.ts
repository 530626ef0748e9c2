// SPDX-License-Identifier: Apache-2.0
// NineDoor, the Secure9P server. The domain's start code and Node call the same functions.
//
//   start()                                     once, before anything else
//   sessionOpen(transport) → id                 0: no room for another session
//   serve(id, request, bytes, reply, capacity)  frames in, replies out; returns the bytes of the replies
//   sessionClose(id)
//   tick()                                      now and then: time-outs, metrics
//   workerGone(number)                          the domain of a worker ended by itself
//   arrived(ms)                                 when the batch of the next serve() came in (machine clock)
//   requestCount() = replyCount() + dropCount()
//   shortWrite(retries)                         a reply could not be passed on at once
//   workerBeat(number, frame, bytes) → 0, or a code of wire/errors.ts
//                                               a heartbeat of a worker, for the same hosts as gpuSeed
//   gpuSeed(id, idBytes, mem_mb, streams, info, infoBytes) → 0, or a code of wire/errors.ts
//                                               registers a GPU, as a bridge would: for hosts that run the server in Node
//                                               (--mock-seed-gpu). The domain of the image does not export it, and no
//                                               message reaches it. `id` and `info` (at most 64 and 1024 bytes) are read
//                                               from this memory, say from requestBuffer(); streams 0: any number
//
// `capacity` must be at least the msize (8192) for each frame in the request: a frame without room for its reply is
// refused, or dropped when not even a refusal fits. The buffers that requestBuffer() and replyBuffer() name are there for
// callers that have none in this memory.
import * as audit from './audit';
import { BATCH_FRAMES, MAX_MSIZE } from './limits';
import * as access from './namespace/access';
import * as tree from './namespace/tree';
import * as providers from './providers/index';
import * as gpus from './providers/gpu';
import * as queenLog from './providers/log/queen';
import * as shortWrites from './providers/proc/9p/short_writes';
import * as windows from './providers/queen/export/ctl';
import * as leases from './providers/queen/lease/ctl';
import * as lifecycle from './providers/queen/lifecycle/state';
import * as trace from './providers/trace/ring';
import * as lifetime from './providers/worker/lifetime';
import * as telemetry from './providers/worker/telemetry';
import * as server from './server/serve';
import * as budget from './session/budget';
import { NO_SESSION } from './session/session';
import * as sessions from './session/sessions';

const requests = memory.data(BATCH_FRAMES * MAX_MSIZE + 64, 16);
const replies = memory.data(BATCH_FRAMES * MAX_MSIZE + 64, 16);

export function start(): void {
  tree.start(access.EVERYONE);
  queenLog.keep();
  audit.declare();
  providers.declare();
  trace.begin(trace.INFO, trace.BOOT, 0).text('tracefs initialised');
  trace.end();
  lifecycle.bootComplete();
}

export function sessionOpen(transport: u32): u32 {
  const s = sessions.open(transport);
  return s === NO_SESSION ? 0 : s.id;
}

export function serve(id: u32, request: usize, bytes: u32, reply: usize, capacity: u32): u32 {
  const s = sessions.find(id);
  return s === NO_SESSION ? 0 : server.serve(s, request, bytes, reply, capacity);
}

export function sessionClose(id: u32): void {
  const s = sessions.find(id);
  if (s !== NO_SESSION) sessions.close(s);
}

export function tick(): void {
  lifetime.expire();
  leases.expire();
  windows.expire();
}

export function arrived(ms: u64): void {
  server.arrived(ms);
}

export function shortWrite(retries: u32): void {
  shortWrites.count(retries);
}

export function workerGone(number: u32): void {
  lifetime.ended(number, budget.FAULTED);
}

/** Registers a GPU, or gives a known one new facts; not 0: there is no room, or no such name or facts can be. */
export function gpuSeed(id: usize, idBytes: u32, memoryMb: u32, streams: u32, info: usize, infoBytes: u32): u32 {
  return gpus.register(id, idBytes, memoryMb, streams, info, infoBytes);
}

/** A heartbeat of a worker: a frame for its telemetry. It costs an operation and a tick, as in the image. */
export function workerBeat(number: u32, frame: usize, bytes: u32): u32 {
  return telemetry.beat(number, frame, bytes);
}

/** Frames that came; each is answered or dropped. */
export function requestCount(): u64 {
  return server.requests;
}

export function replyCount(): u64 {
  return server.replies;
}

export function dropCount(): u64 {
  return server.drops;
}

export function requestBuffer(): usize {
  return requests;
}

export function replyBuffer(): usize {
  return replies;
}
