// SPDX-License-Identifier: Apache-2.0
// /queen/lease/ctl: leases of resources and their quotas, by one JSON command a line.
import { CONTROL_PLANE_LEASE_CTL_MAX_BYTES, CONTROL_PLANE_LEASE_ENABLE } from '../../../../generated/manifest';
import { after_ms, fromSeconds_ms } from '../../../../lib/device/deadline';
import * as schema from '../../../../lib/json/schema';
import { Writer } from '../../../../lib/text/writer';
import * as commands from '../../../files/commands';
import * as controlLog from '../../../files/control-log';
import { LINE_LOG_HEAD_BYTES, LineLog } from '../../../files/line-log';
import * as tokens from '../../../files/tokens';
import * as full from '../../../full';
import * as log from '../../../log';
import * as access from '../../../namespace/access';
import { Place } from '../../../namespace/node';
import * as tree from '../../../namespace/tree';
import { nowMs } from '../../../platform';
import { Session } from '../../../session/session';
import * as errors from '../../../wire/errors';
import * as directories from '../../directories';
import * as table from './table';

const accepted = changetype<LineLog>(memory.data(LINE_LOG_HEAD_BYTES + CONTROL_PLANE_LEASE_CTL_MAX_BYTES, 4));
const before = memory.data(table.STATE_BYTES, 8);

const command = memory.data(schema.HEAD_BYTES + 9 * schema.FIELD_BYTES, 8);
const record = memory.data(schema.RECORD_HEAD_BYTES + 9 * schema.SLOT_BYTES, 8);
const FIELDS: StaticArray<string> = [
  'op',
  'id',
  'subject',
  'resource',
  'ttl_s',
  'priority',
  'reason',
  'max_active',
  'max_preemptions',
];
const OP: u32 = 0;
const ID: u32 = 1;
const SUBJECT: u32 = 2;
const RESOURCE: u32 = 3;
const TTL_S: u32 = 4;
const PRIORITY: u32 = 5;
const REASON: u32 = 6;
const MAX_ACTIVE: u32 = 7;
const MAX_PREEMPTIONS: u32 = 8;

const OPS: StaticArray<string> = ['grant', 'renew', 'preempt', 'quota'];
const GRANT: u32 = 0;
const RENEW: u32 = 1;
const PREEMPT: u32 = 2;
/** Fields of each command, as bits. */
const FIELDS_OF: StaticArray<u32> = [
  (1 << OP) | (1 << ID) | (1 << SUBJECT) | (1 << RESOURCE) | (1 << TTL_S) | (1 << PRIORITY),
  (1 << OP) | (1 << ID) | (1 << TTL_S) | (1 << PRIORITY),
  (1 << OP) | (1 << ID) | (1 << REASON),
  (1 << OP) | (1 << SUBJECT) | (1 << RESOURCE) | (1 << MAX_ACTIVE) | (1 << MAX_PREEMPTIONS),
];

function start(field: u32): usize {
  return schema.start(record, field);
}

function bytes(field: u32): u32 {
  return schema.bytes(record, field);
}

function number(field: u32): u32 {
  return <u32>schema.number(record, field);
}

function checkId(): u32 {
  return tokens.simple('lease id', start(ID), bytes(ID), table.ID_BYTES);
}

/** Checks subject and resource. */
function checkTarget(): u32 {
  const refusal = tokens.simple('lease subject', start(SUBJECT), bytes(SUBJECT), table.SUBJECT_BYTES);
  if (refusal !== errors.NONE) return refusal;
  return tokens.extended('lease resource', start(RESOURCE), bytes(RESOURCE), table.RESOURCE_BYTES);
}

function checkTtl(): u32 {
  return number(TTL_S) > 0 ? errors.NONE : errors.fail(errors.INVALID, 'lease ttl_s must be > 0');
}

function isFull(list: u32, what: string): u32 {
  full.count(list);
  return errors.fail(errors.TOO_BIG, what);
}

function overQuota(): u32 {
  return errors.fail(errors.BUSY, 'lease quota exceeded');
}

function setTerm(lease: table.Lease, ttl_s: u32, priority: u32): void {
  lease.ttl_s = ttl_s;
  lease.expires_ms = after_ms(nowMs(), fromSeconds_ms(ttl_s));
  lease.priority = priority;
}

function grant(): u32 {
  let refusal = checkId();
  if (refusal === errors.NONE) refusal = checkTarget();
  if (refusal === errors.NONE) refusal = checkTtl();
  if (refusal !== errors.NONE) return refusal;
  if (table.state.count === table.MAX_ACTIVE) return isFull(full.LEASES, 'lease active list full');
  if (table.find(start(ID), bytes(ID)) < table.state.count)
    return errors.fail(errors.INVALID, 'lease id already exists');
  const subject = start(SUBJECT);
  const resource = start(RESOURCE);
  const quota = table.findQuota(subject, bytes(SUBJECT), resource, bytes(RESOURCE));
  if (quota !== table.NO_QUOTA) {
    const active = table.countOf(subject, bytes(SUBJECT), resource, bytes(RESOURCE));
    if (active >= quota.maxActive) return overQuota();
  }
  const made = table.add();
  made.names.id.set(start(ID), bytes(ID));
  made.names.subject.set(subject, bytes(SUBJECT));
  made.names.resource.set(resource, bytes(RESOURCE));
  setTerm(made, number(TTL_S), number(PRIORITY));
  return errors.NONE;
}

function notFound(): u32 {
  return errors.fail(errors.INVALID, 'lease id not found');
}

function renew(): u32 {
  let refusal = checkId();
  if (refusal === errors.NONE) refusal = checkTtl();
  if (refusal !== errors.NONE) return refusal;
  const index = table.find(start(ID), bytes(ID));
  if (index === table.state.count) return notFound();
  const lease = table.state.at(index);
  setTerm(lease, number(TTL_S), number(PRIORITY));
  lease.seq = ++table.state.seq;
  return errors.NONE;
}

function preempt(): u32 {
  let refusal = checkId();
  if (refusal === errors.NONE) {
    refusal = tokens.extended('lease reason', start(REASON), bytes(REASON), table.REASON_BYTES);
  }
  if (refusal !== errors.NONE) return refusal;
  const index = table.find(start(ID), bytes(ID));
  if (index === table.state.count) return notFound();
  const lease = table.state.at(index);
  const quota = table.quotaOf(lease);
  if (quota !== table.NO_QUOTA) {
    if (quota.preemptions >= quota.maxPreemptions) return overQuota();
    quota.preemptions++;
  }
  table.addPreemption(lease).names.reason.set(start(REASON), bytes(REASON));
  table.remove(index);
  return errors.NONE;
}

function setQuota(): u32 {
  const refusal = checkTarget();
  if (refusal !== errors.NONE) return refusal;
  if (number(MAX_ACTIVE) === 0 || number(MAX_PREEMPTIONS) === 0) {
    return errors.fail(errors.INVALID, 'lease quota values must be > 0');
  }
  const subject = start(SUBJECT);
  const resource = start(RESOURCE);
  let quota = table.findQuota(subject, bytes(SUBJECT), resource, bytes(RESOURCE));
  if (quota === table.NO_QUOTA) {
    if (table.state.quotaCount === table.MAX_QUOTAS) return isFull(full.LEASE_QUOTAS, 'lease quota list full');
    quota = table.addQuota();
    quota.names.subject.set(subject, bytes(SUBJECT));
    quota.names.resource.set(resource, bytes(RESOURCE));
  }
  quota.maxActive = number(MAX_ACTIVE);
  quota.maxPreemptions = number(MAX_PREEMPTIONS);
  return errors.NONE;
}

function runCommand(op: u32): u32 {
  if (op === GRANT) return grant();
  if (op === RENEW) return renew();
  return op === PREEMPT ? preempt() : setQuota();
}

function run(line: usize, size: u32): u32 {
  let refusal = commands.parse('lease', command, record, line, size);
  if (refusal !== errors.NONE) return refusal;
  const op = number(OP);
  refusal = commands.check('lease', FIELDS, unchecked(FIELDS_OF[op]), record);
  return refusal === errors.NONE ? runCommand(op) : refusal;
}

function logExpired(lease: table.Lease): void {
  const w = log.begin();
  w.text('lease expired id=');
  w.bytes(lease.names.id.start, lease.names.id.bytes);
  w.text(' subject=');
  w.bytes(lease.names.subject.start, lease.names.subject.bytes);
  w.text(' resource=');
  w.bytes(lease.names.resource.start, lease.names.resource.bytes);
  log.end();
}

/** Takes the leases out whose time is over. */
export function expire(): void {
  const now = nowMs();
  let index: u32 = 0;
  while (index < table.state.count) {
    const lease = table.state.at(index);
    if (now < lease.expires_ms) {
      index++;
      continue;
    }
    logExpired(lease);
    table.remove(index);
  }
}

function write(_s: Session, _place: Place, data: usize, size: u32, _offset: u64): u32 {
  expire();
  const state = changetype<usize>(table.state);
  return controlLog.write(accepted, state, before, table.STATE_BYTES, run.index, 'lease control', data, size);
}

function read(_place: Place, w: Writer): u32 {
  accepted.write(w);
  return errors.NONE;
}

function declareCommand(): void {
  schema.declare(command);
  schema.word(command, FIELDS[OP], schema.REQUIRED, OPS);
  for (let field = ID; field <= MAX_PREEMPTIONS; field++) {
    const isNumber = field === TTL_S || field === PRIORITY || field >= MAX_ACTIVE;
    if (isNumber) schema.uint(command, FIELDS[field], schema.OPTIONAL, 0, u32.MAX_VALUE);
    else schema.text(command, FIELDS[field], schema.OPTIONAL, 0, u32.MAX_VALUE);
  }
}

export function declare(): void {
  if (!CONTROL_PLANE_LEASE_ENABLE) return;
  accepted.open(CONTROL_PLANE_LEASE_CTL_MAX_BYTES);
  declareCommand();
  const dir = tree.directory(directories.queen(), 'lease', access.QUEEN);
  tree.asControl(tree.appendOnly(dir, 'ctl', access.QUEEN, access.QUEEN, read.index, write.index));
}
