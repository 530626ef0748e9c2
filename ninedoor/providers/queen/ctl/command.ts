// SPDX-License-Identifier: Apache-2.0
// The grammar of /queen/ctl: one JSON object a line, into module variables.
import * as json from '../../../../lib/json/reader';
import { equals } from '../../../../lib/text/slice';
import * as errors from '../../../wire/errors';

// Fields of a command.
export const SPAWN: u32 = 1;
export const TICKS: u32 = 2;
export const BUDGET: u32 = 4;
export const LEASE: u32 = 8;
export const KILL: u32 = 16;
export const BIND: u32 = 32;
export const MOUNT: u32 = 64;
const TTL: u32 = 128;
const OPS: u32 = 256;
const GPU_ID: u32 = 512;
const MEM_MB: u32 = 1024;
const STREAMS: u32 = 2048;
const LEASE_TTL: u32 = 4096;
const PRIORITY: u32 = 8192;
const FIRST: u32 = 16384;
const SECOND: u32 = 32768;

/** Which fields the line had. */
export let fields: u32 = 0;
/** spawn: heartbeat rather than gpu. */
export let heartbeat: bool = false;
export let ticks: u64 = 0;
export let ttlS: u64 = 0;
export let ops: u64 = 0;
export let memMb: u32 = 0;
export let streams: u32 = 0;
export let leaseTtlS: u64 = 0;
export let priority: u32 = 0;
/** kill: worker · bind: from · mount: service · spawn gpu: the GPU. */
export let first: usize = 0;
export let firstBytes: u32 = 0;
/** bind: to · mount: at. */
export let second: usize = 0;
export let secondBytes: u32 = 0;

/** Notes a field; each may come once. */
function once(field: u32): bool {
  if ((fields & field) !== 0) return json.fail('duplicate field');
  fields |= field;
  return true;
}

function takeFirst(): void {
  if (!json.text()) return;
  first = json.textStart;
  firstBytes = json.textBytes;
}

function takeSecond(): void {
  if (!json.text()) return;
  second = json.textStart;
  secondBytes = json.textBytes;
}

function parseSpawn(): void {
  if (!json.text()) return;
  heartbeat = equals(json.textStart, json.textBytes, 'heartbeat');
  if (!heartbeat && !equals(json.textStart, json.textBytes, 'gpu')) json.fail('unknown worker kind');
}

function parseBudget(): void {
  json.enter();
  while (json.key()) {
    if (json.keyIs('ttl_s')) {
      if (once(TTL) && json.integer(u64.MAX_VALUE)) ttlS = json.number;
    } else if (json.keyIs('ops')) {
      if (once(OPS) && json.integer(u64.MAX_VALUE)) ops = json.number;
    } else json.unknownKey();
  }
}

function parseLeaseNumber(): void {
  if (json.keyIs('mem_mb')) {
    if (once(MEM_MB) && json.integer(u32.MAX_VALUE)) memMb = <u32>json.number;
  } else if (json.keyIs('streams')) {
    if (once(STREAMS) && json.integer(255)) streams = <u32>json.number;
  } else if (json.keyIs('ttl_s')) {
    if (once(LEASE_TTL) && json.integer(u32.MAX_VALUE)) leaseTtlS = json.number;
  } else if (json.keyIs('priority')) {
    if (once(PRIORITY) && json.integer(255)) priority = <u32>json.number;
  } else json.unknownKey();
}

function parseLease(): void {
  json.enter();
  while (json.key()) {
    if (!json.keyIs('gpu_id')) parseLeaseNumber();
    else if (once(GPU_ID)) takeFirst();
  }
  const all = GPU_ID | MEM_MB | STREAMS | LEASE_TTL;
  if ((fields & all) !== all) json.fail('missing field in lease');
}

/** An object of two strings. */
function parsePair(firstKey: string, secondKey: string): void {
  json.enter();
  while (json.key()) {
    if (json.keyIs(firstKey)) {
      if (once(FIRST)) takeFirst();
    } else if (json.keyIs(secondKey)) {
      if (once(SECOND)) takeSecond();
    } else json.unknownKey();
  }
  const both = FIRST | SECOND;
  if ((fields & both) !== both) json.fail('missing field');
}

function parseField(): void {
  if (json.keyIs('spawn')) {
    if (once(SPAWN)) parseSpawn();
  } else if (json.keyIs('ticks')) {
    if (once(TICKS) && json.integer(u64.MAX_VALUE)) ticks = json.number;
  } else if (json.keyIs('budget')) {
    if (once(BUDGET)) parseBudget();
  } else if (json.keyIs('lease')) {
    if (once(LEASE)) parseLease();
  } else if (json.keyIs('kill')) {
    if (once(KILL)) takeFirst();
  } else if (json.keyIs('bind')) {
    if (once(BIND)) parsePair('from', 'to');
  } else if (json.keyIs('mount')) {
    if (once(MOUNT)) parsePair('service', 'at');
  } else json.unknownKey();
}

/** Whether the fields make one command. */
function isOneCommand(): bool {
  const named = fields & (SPAWN | TICKS | BUDGET | LEASE | KILL | BIND | MOUNT);
  if ((named & SPAWN) !== 0) return (named & ~(SPAWN | TICKS | BUDGET | LEASE)) === 0;
  return named === KILL || named === BIND || named === MOUNT || named === BUDGET;
}

/** Parses a line. */
export function parse(start: usize, bytes: u32): u32 {
  fields = 0;
  ttlS = u64.MAX_VALUE;
  ops = u64.MAX_VALUE;
  priority = 0;
  json.open(start, bytes);
  if (json.failed()) return errors.fail(errors.INVALID, 'queen command must be UTF-8: invalid utf-8 sequence');
  json.enter();
  while (json.key()) parseField();
  if (json.finish() && !isOneCommand()) json.fail('not one command');
  if (!json.failed()) return checkSpawn();
  const w = errors.begin();
  w.text('invalid queen command: ');
  json.writeProblem(w);
  return errors.end(errors.INVALID);
}

function checkSpawn(): u32 {
  if ((fields & SPAWN) === 0) return errors.NONE;
  if (heartbeat) {
    if ((fields & TICKS) === 0) return errors.fail(errors.INVALID, 'heartbeat spawn requires ticks');
    if ((fields & LEASE) === 0) return errors.NONE;
    return errors.fail(errors.INVALID, 'invalid queen command: heartbeat spawn takes no lease');
  }
  if ((fields & LEASE) === 0) return errors.fail(errors.INVALID, 'gpu spawn requires lease');
  if ((fields & TICKS) === 0) return errors.NONE;
  return errors.fail(errors.INVALID, 'invalid queen command: gpu spawn takes no ticks');
}
