// SPDX-License-Identifier: Apache-2.0
// Leases: a GPU belongs to one worker at a time. Each change is a line in the GPU's ctl, lease and status files.
import * as json from '../../../lib/json/writer';
import * as lineLog from '../../files/line-log';
import { Writer } from '../../../lib/text/writer';
import * as errors from '../../wire/errors';
import * as workers from '../worker/table';
import * as gpus from './table';

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

function end(gpu: u32, which: u32): void {
  lineLog.append(gpus.log(gpu, which), gpus.logBytes(which), line, <u32>(writer.at - line));
}

function workerName(w: Writer, worker: u32): void {
  nameWriter.open(name, NAME_BYTES);
  workers.writeName(worker, nameWriter);
  json.text(w, name, <u32>(nameWriter.at - name));
}

function noteLease(gpu: u32, worker: u32, active: bool): void {
  const w = begin();
  json.open();
  json.object(w);
  json.name(w, 'schema');
  json.literal(w, 'gpu-lease/v1');
  json.name(w, 'state');
  json.literal(w, active ? 'ACTIVE' : 'RELEASED');
  json.name(w, 'gpu_id');
  json.text(w, gpus.nameStart(gpu), gpus.nameBytes(gpu));
  json.name(w, 'worker_id');
  workerName(w, worker);
  json.name(w, 'mem_mb');
  json.number(w, gpus.leaseMemoryMb(gpu));
  json.name(w, 'streams');
  json.number(w, gpus.leaseStreams(gpu));
  json.name(w, 'ttl_s');
  json.number(w, gpus.leaseTtlS(gpu));
  json.name(w, 'priority');
  json.number(w, gpus.leasePriority(gpu));
  json.endObject(w);
  end(gpu, gpus.LEASE);
}

/** The first line of a GPU's ctl file. */
export function noteRegistered(gpu: u32): void {
  const w = begin();
  w.text('LEASE ');
  w.bytes(gpus.nameStart(gpu), gpus.nameBytes(gpu));
  end(gpu, gpus.CTL);
}

/** Whether the GPU has what a lease asks for. */
export function check(gpu: u32, memMb: u32, streams: u32): u32 {
  if (memMb > gpus.memoryMb(gpu)) {
    return errors.failNumbers(errors.INVALID, 'invalid gpu lease: mem_mb ', memMb, ' exceeds ', gpus.memoryMb(gpu));
  }
  const most = gpus.streams(gpu);
  if (most === 0 || streams <= most) return errors.NONE;
  return errors.failNumbers(errors.INVALID, 'invalid gpu lease: streams ', streams, ' exceeds ', most);
}

export function grant(gpu: u32, worker: u32, memMb: u32, streams: u32, ttlS: u64, priority: u32): void {
  gpus.setHolder(gpu, worker);
  gpus.setLease(gpu, memMb, streams, priority, ttlS);
  const w = begin();
  w.text('LEASE ');
  workers.writeName(worker, w);
  w.text(' mem=');
  w.dec(memMb);
  w.text(' streams=');
  w.dec(streams);
  w.text(' priority=');
  w.dec(priority);
  end(gpu, gpus.CTL);
  noteLease(gpu, worker, true);
}

/** The worker is gone. */
export function release(gpu: u32, worker: u32, reason: string): void {
  gpus.setHolder(gpu, 0);
  let w = begin();
  w.text('RELEASE ');
  workers.writeName(worker, w);
  w.byte(0x20);
  w.text(reason);
  end(gpu, gpus.CTL);
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
  end(gpu, gpus.STATUS);
}
