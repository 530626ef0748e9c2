// SPDX-License-Identifier: Apache-2.0
// The server's doors to the machine in its protection domain (ninedoor/platform.ts has their contract): time from the
// counter, workers and domains from the root task's supervisor, boot lines and ticket keys from the manifest, the network's counters
// from their table.
import * as domain from '../../generated/domains/ninedoor';
import { AUDIT_LINES } from '../../generated/manifest';
import { TICKET_KEYS, TICKET_ROLES } from '../../generated/secrets';
import * as counters from '../../lib/channel/counters';
import { call, getMr, setMr } from '../../lib/machine/sel4';
import * as info from '../../lib/protocol/info';
import * as protocol from '../../lib/protocol/supervisor';
import { Writer } from '../../lib/text/writer';
import { WorkerSpec } from '../worker-spec';
import * as workers from '../providers/worker/table';
import * as errors from '../wire/errors';
import * as clock from './clock';
import * as live from './live';
import * as supervision from './supervision';

export { nowMs, wallS } from './clock';
export { domainCount, domainInfo, lastFault } from './supervision';

/** As in ../platform.ts, which this file takes the place of. */
export const DOMAIN_INFO_BYTES: u32 = supervision.INFO_BYTES;

const KEY_BYTES: u32 = 32;
const ALIVE: string = 'Cohesix boot: root-task online';

export function start(): void {
  if (clock.start()) supervision.start();
}

/** What a client is told when the supervisor refuses. */
function codeOf(label: u64): u32 {
  switch (<u32>label) {
    case <u32>protocol.OK:
      return errors.NONE;
    case <u32>protocol.NOT_FOUND:
      return errors.NOT_FOUND;
    case <u32>protocol.BUSY:
      return errors.BUSY;
    case <u32>protocol.PERMISSION:
      return errors.PERMISSION;
    default:
      return errors.INVALID;
  }
}

/** A budget in the supervisor's words, where 0 is "unlimited". A worker that may do nothing at all is not one. */
function wordOfLimit(value: u64): u64 {
  return value === u64.MAX_VALUE ? 0 : max<u64>(value, 1);
}

function milliseconds(seconds: u64): u64 {
  return seconds > u64.MAX_VALUE / 1000 ? 0 : max<u64>(seconds * 1000, 1);
}

export function spawn(number: u32, role: u32, spec: WorkerSpec, _specBytes: u32): u32 {
  setMr(0, role);
  setMr(1, wordOfLimit(spec.ticks));
  setMr(2, milliseconds(spec.ttlS));
  setMr(3, wordOfLimit(spec.ops));
  const result = call(domain.SLOT_SUPERVISOR, protocol.SPAWN, 4);
  if (result !== protocol.OK) return codeOf(result);
  const id = <u32>getMr(0);
  // Whoever else may spawn uses up ids too: the root task's count is the one that holds.
  if (id !== number) workers.continueFrom(id);
  live.begin(<u32>getMr(1), id);
  return errors.NONE;
}

export function kill(number: u32): u32 {
  live.end(number);
  setMr(0, number);
  const result = call(domain.SLOT_SUPERVISOR, protocol.KILL, 1);
  // It may have ended by itself a moment ago: gone is gone.
  return result === protocol.NOT_FOUND ? errors.NONE : codeOf(result);
}

/** Names of a session are the server's own business. */
export function bind(_session: u32, _from: usize, _fromBytes: u32, _to: usize, _toBytes: u32): u32 {
  return errors.NONE;
}

export function mount(_session: u32, _service: usize, _serviceBytes: u32, _at: usize, _atBytes: u32): u32 {
  return errors.NONE;
}

const writer = changetype<Writer>(memory.data(offsetof<Writer>(), 8));

/** What the root task found when it compared the capability spaces with the layout; without a match there is no system. */
function verifiedLine(at: usize, capacity: u32): u32 {
  writer.open(at, capacity);
  writer.text('layout verified caps=');
  writer.dec(supervision.capabilities());
  return capacity - writer.room;
}

export function netCounter(index: u32): u64 {
  return counters.get(domain.NET_COUNTERS_OFFSET, index);
}

/** The root task's version and commit: asked for, so that another commit rebuilds nothing but the root task. */
function buildLine(at: usize, capacity: u32): u32 {
  writer.open(at, capacity);
  writer.text('build=');
  if (call(domain.SLOT_SUPERVISOR, protocol.INFO_BUILD, 0) !== protocol.OK) writer.text('unknown');
  else
    for (let i: u32 = 0; i < 8 * info.BUILD_WORDS; i++) {
      const byte = <u8>(getMr(i / 8) >> (8 * (i & 7)));
      if (byte !== 0) writer.byte(byte);
    }
  return capacity - writer.room;
}

/** The lines of the boot report: that the system is alive, the facts of the manifest, the build, the check of the layout. */
export function bootLine(index: u32, at: usize, capacity: u32): u32 {
  const facts = <u32>AUDIT_LINES.length;
  if (index === facts + 1) return buildLine(at, capacity);
  if (index === facts + 2) return verifiedLine(at, capacity);
  if (index > facts) return 0;
  const line = index === 0 ? ALIVE : unchecked(AUDIT_LINES[index - 1]);
  const bytes = min(<u32>line.length, capacity);
  for (let i: u32 = 0; i < bytes; i++) store<u8>(at + i, <u8>line.charCodeAt(i));
  return bytes;
}

export function ticketKey(role: u32, at: usize): bool {
  for (let entry = 0; entry < TICKET_ROLES.length; entry++) {
    if (<u32>unchecked(TICKET_ROLES[entry]) !== role) continue;
    memory.copy(at, changetype<usize>(TICKET_KEYS) + <u32>entry * KEY_BYTES, KEY_BYTES);
    return true;
  }
  return false;
}
