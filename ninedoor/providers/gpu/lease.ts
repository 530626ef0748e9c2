// SPDX-License-Identifier: Apache-2.0
// Leases: a GPU belongs to one worker at a time. Each change is a line in the GPU's ctl, lease and status files.
import * as json from '../../../lib/json/writer';
import { LineLog } from '../../files/line-log';
import { Writer } from '../../../lib/text/writer';
import * as errors from '../../wire/errors';
import * as workers from '../worker/table';
import { Gpu } from './table';

const LINE_BYTES: u32 = 512;
const line = memory.data(LINE_BYTES);
const writer = changetype<Writer>(memory.data(offsetof<Writer>(), 8));
const NAME_BYTES: u32 = 32;
const name = memory.data(NAME_BYTES);
const nameWriter = changetype<Writer>(memory.data(offsetof<Writer>(), 8));

function begin(): Writer {
  writer.open(line, LINE_BYTES);
  return writer;
}

function end(log: LineLog): void {
  log.append(line, <u32>(writer.at - line));
}

function workerName(w: Writer, worker: u32): void {
  nameWriter.open(name, NAME_BYTES);
  workers.writeName(worker, nameWriter);
  json.text(w, name, <u32>(nameWriter.at - name));
}

function noteLease(gpu: Gpu, worker: u32, active: bool): void {
  const w = begin();
  json.open();
  json.object(w);
  json.name(w, 'schema');
  json.literal(w, 'gpu-lease/v1');
  json.name(w, 'state');
  json.literal(w, active ? 'ACTIVE' : 'RELEASED');
  json.name(w, 'gpu_id');
  json.text(w, gpu.name, gpu.nameBytes);
  json.name(w, 'worker_id');
  workerName(w, worker);
  json.name(w, 'mem_mb');
  json.number(w, gpu.leaseMemoryMb);
  json.name(w, 'streams');
  json.number(w, gpu.leaseStreams);
  json.name(w, 'ttl_s');
  json.number(w, gpu.leaseTtlS);
  json.name(w, 'priority');
  json.number(w, gpu.leasePriority);
  json.endObject(w);
  end(gpu.lease);
}

/** The first line of a GPU's ctl file. */
export function noteRegistered(gpu: Gpu): void {
  const w = begin();
  w.text('LEASE ');
  w.bytes(gpu.name, gpu.nameBytes);
  end(gpu.ctl);
}

/** Whether the GPU has what a lease asks for. */
export function check(gpu: Gpu, memMb: u32, streams: u32): u32 {
  if (memMb > gpu.memoryMb) {
    return errors.failNumbers(errors.INVALID, 'invalid gpu lease: mem_mb ', memMb, ' exceeds ', gpu.memoryMb);
  }
  const most = gpu.streams;
  if (most === 0 || streams <= most) return errors.NONE;
  return errors.failNumbers(errors.INVALID, 'invalid gpu lease: streams ', streams, ' exceeds ', most);
}

export function grant(gpu: Gpu, worker: u32, memMb: u32, streams: u32, ttlS: u64, priority: u32): void {
  gpu.holder = worker;
  gpu.leaseMemoryMb = memMb;
  gpu.leaseStreams = streams;
  gpu.leasePriority = priority;
  gpu.leaseTtlS = ttlS;
  const w = begin();
  w.text('LEASE ');
  workers.writeName(worker, w);
  w.text(' mem=');
  w.dec(memMb);
  w.text(' streams=');
  w.dec(streams);
  w.text(' priority=');
  w.dec(priority);
  end(gpu.ctl);
  noteLease(gpu, worker, true);
}

/** The worker is gone. */
export function release(gpu: Gpu, worker: u32, reason: string): void {
  gpu.holder = 0;
  let w = begin();
  w.text('RELEASE ');
  workers.writeName(worker, w);
  w.byte(0x20);
  w.text(reason);
  end(gpu.ctl);
  noteLease(gpu, worker, false);
  w = begin();
  json.open();
  json.object(w);
  json.name(w, 'job');
  workerName(w, worker);
  json.name(w, 'state');
  json.literal(w, 'LEASE-ENDED');
  json.name(w, 'detail');
  json.literal(w, reason);
  json.endObject(w);
  end(gpu.status);
}
