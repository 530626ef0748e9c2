// SPDX-License-Identifier: Apache-2.0
// Workers as domains: which instance is which worker, what their heartbeats mean, and how the server learns of their ends.
//
//   numbers   u32 of each instance: the worker that runs there, 0 if none does
import * as domain from '../../generated/domains/ninedoor';
import { call, getMr, setMr } from '../../lib/machine/sel4';
import * as info from '../../lib/protocol/info';
import * as protocol from '../../lib/protocol/supervisor';
import * as telemetryFrame from '../providers/worker/frame';
import { telemetryIsText } from '../limits';
import * as lifetime from '../providers/worker/lifetime';
import * as workers from '../providers/worker/table';
import * as telemetry from '../providers/worker/telemetry';
import * as roles from '../../lib/protocol/roles';
import * as cbor from '../../lib/cbor/writer';
import { Writer } from '../../lib/text/writer';
import * as errors from '../wire/errors';
import * as clock from './clock';

const numbers = memory.data(4 * protocol.MAX_INSTANCES, 4);

function numberOf(instance: u32): u32 {
  if (instance >= protocol.MAX_INSTANCES) unreachable();
  return load<u32>(numbers + 4 * instance);
}

function setNumber(instance: u32, number: u32): void {
  if (instance >= protocol.MAX_INSTANCES) unreachable();
  store<u32>(numbers + 4 * instance, number);
}

const FRAME_BYTES: u32 = 256;
const frame = memory.data(FRAME_BYTES);
const writer = changetype<Writer>(memory.data(offsetof<Writer>(), 8));
const NAME_BYTES: u32 = 32;
const name = memory.data(NAME_BYTES);
const nameWriter = changetype<Writer>(memory.data(offsetof<Writer>(), 8));

/** A heartbeat as a frame of the schema that the manifest chose: a line of text, or a record in CBOR. */
function writeHeartbeat(number: u32, sequence: u64): void {
  writer.open(frame, FRAME_BYTES);
  if (telemetryIsText()) {
    writer.text('{"tick":');
    writer.dec(sequence);
    writer.text(',"ts_ms":');
    writer.dec(clock.wallMs());
    writer.text('}\n');
    return;
  }
  nameWriter.open(name, NAME_BYTES);
  workers.writeName(number, nameWriter);
  const role = workers.find(number).role;
  telemetryFrame.write(writer, name, <u32>nameWriter.total, roles.label(role), sequence, clock.wallMs());
  cbor.map(writer, 1);
  cbor.literal(writer, 'tick');
  cbor.uint(writer, sequence);
}

export function begin(instance: u32, number: u32): void {
  setNumber(instance, number);
}

export function end(number: u32): void {
  for (let i: u32 = 0; i < protocol.MAX_INSTANCES; i++) {
    if (numberOf(i) === number) setNumber(i, 0);
  }
}

/** Takes a heartbeat as what it is, a write of the worker to its telemetry; returns a label for the worker. */
export function heartbeat(instance: u32, sequence: u64): u64 {
  const number = numberOf(instance);
  if (number === 0 || workers.find(number) === workers.NO_WORKER) return protocol.NOT_FOUND;
  writeHeartbeat(number, sequence);
  const refusal = telemetry.beat(number, frame, <u32>writer.total);
  if (refusal === errors.NONE) return protocol.OK;
  return refusal === errors.NOT_FOUND ? protocol.NOT_FOUND : protocol.PERMISSION;
}

/** A worker that ended, as ENDED tells of it. */
@unmanaged
class Ending {
  number: u64;
  reason: u64;
}

const endingTable = memory.data(protocol.ENDED_MAX * offsetof<Ending>(), 8);

function endingAt(index: u32): Ending {
  return changetype<Ending>(endingTable + index * offsetof<Ending>());
}

/** Asks which workers ended by themselves, until there are no more. The reply is copied first: each end may make calls. */
export function endings(): void {
  for (;;) {
    if (call(domain.SLOT_SUPERVISOR, protocol.ENDED, 0) !== protocol.OK) return;
    const count = <u32>min<u64>(getMr(0), protocol.ENDED_MAX);
    for (let i: u32 = 0; i < count; i++) {
      endingAt(i).number = getMr(1 + 2 * i);
      endingAt(i).reason = getMr(2 + 2 * i);
    }
    for (let i: u32 = 0; i < count; i++) {
      const number = <u32>endingAt(i).number;
      end(number);
      lifetime.ended(number, <u32>endingAt(i).reason);
    }
    if (count < protocol.ENDED_MAX) return;
  }
}

/** Takes over the workers that run, after this domain was started again, with what the root task counts as left of their budgets. */
export function adopt(): void {
  let from: u64 = 0;
  for (;;) {
    setMr(0, from);
    if (call(domain.SLOT_SUPERVISOR, protocol.WORKERS, 1) !== protocol.OK) return;
    const count = <u32>min<u64>(getMr(info.WORKERS_COUNT), info.WORKERS_MAX);
    const youngest = <u32>getMr(info.WORKERS_YOUNGEST);
    for (let i: u32 = 0; i < count; i++) {
      const entry = info.WORKERS_ENTRIES + info.WORKER_WORDS * i;
      const instance = <u32>getMr(entry + info.WORKER_INSTANCE);
      const number = <u32>getMr(entry + info.WORKER_ID);
      begin(instance, number);
      const role = <u32>getMr(entry + info.WORKER_ROLE);
      const ticks = getMr(entry + info.WORKER_TICKS);
      const left_ms = getMr(entry + info.WORKER_TTL_MS);
      lifetime.adopt(number, role, ticks, left_ms, getMr(entry + info.WORKER_OPERATIONS));
      from = instance + 1;
    }
    if (count < info.WORKERS_MAX) {
      workers.continueFrom(youngest + 1);
      return;
    }
  }
}
