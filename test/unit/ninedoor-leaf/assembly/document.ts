// SPDX-License-Identifier: Apache-2.0
// A JSON object with a field of every type, and what was read of it as JSON again.
import { Writer } from '../../../../lib/text/writer';
import * as schema from '../../../../lib/json/schema';
import * as out from '../../../../lib/json/writer';

const KINDS: StaticArray<string> = ['heartbeat', 'gpu', 'bus'];

const outer = memory.data(schema.HEAD_BYTES + 10 * schema.FIELD_BYTES, 8);
const inner = memory.data(schema.HEAD_BYTES + 2 * schema.FIELD_BYTES, 8);
const deep = memory.data(schema.HEAD_BYTES + schema.FIELD_BYTES, 8);
const outerRecord = memory.data(schema.RECORD_HEAD_BYTES + 10 * schema.SLOT_BYTES, 8);
const innerRecord = memory.data(schema.RECORD_HEAD_BYTES + 2 * schema.SLOT_BYTES, 8);
const deepRecord = memory.data(schema.RECORD_HEAD_BYTES + schema.SLOT_BYTES, 8);
const list = memory.data(3 * schema.ITEM_BYTES, 8);
const nums = memory.data(3 * schema.ITEM_BYTES, 8);

const ID: u32 = 0;
const N: u32 = 1;
const SMALL: u32 = 2;
const ON: u32 = 3;
const KIND: u32 = 4;
const INNER: u32 = 5;
const LIST: u32 = 6;
const NUMS: u32 = 7;
const FREE: u32 = 8;
const NOTE: u32 = 9;
const A: u32 = 0;
const DEEP: u32 = 1;
const B: u32 = 0;

export function declare(): void {
  schema.declare(deep);
  schema.text(deep, 'b', schema.REQUIRED | schema.NULLABLE, 0, 8);
  schema.declare(inner);
  schema.uint(inner, 'a', schema.REQUIRED, 0, 100);
  schema.object(inner, 'deep', schema.OPTIONAL, deep, deepRecord);
  schema.declare(outer);
  schema.text(outer, 'id', schema.REQUIRED, 1, 8);
  schema.uint(outer, 'n', schema.REQUIRED, 0, u64.MAX_VALUE);
  schema.uint(outer, 'small', schema.OPTIONAL, 3, 7);
  schema.flag(outer, 'on', schema.OPTIONAL);
  schema.word(outer, 'kind', schema.OPTIONAL, KINDS);
  schema.object(outer, 'inner', schema.OPTIONAL | schema.NULLABLE, inner, innerRecord);
  schema.texts(outer, 'list', schema.OPTIONAL, 1, 3, list, 5);
  schema.uints(outer, 'nums', schema.OPTIONAL, 0, 3, nums, 255);
  schema.any(outer, 'free', schema.OPTIONAL, 3);
  schema.text(outer, 'note', schema.OPTIONAL | schema.NULLABLE, 0, 16);
}

export function parse(start: usize, bytes: u32): bool {
  return schema.parse(outer, outerRecord, start, bytes);
}

function writeText(w: Writer, name: string, record: usize, index: u32): void {
  if (!schema.has(record, index)) return;
  out.name(w, name);
  out.text(w, schema.start(record, index), schema.bytes(record, index));
}

function writeNumber(w: Writer, name: string, record: usize, index: u32): void {
  if (!schema.has(record, index)) return;
  out.name(w, name);
  out.number(w, schema.number(record, index));
}

function writeInner(w: Writer): void {
  if (!schema.has(outerRecord, INNER)) return;
  out.name(w, 'inner');
  out.object(w);
  writeNumber(w, 'a', innerRecord, A);
  if (schema.has(innerRecord, DEEP)) {
    out.name(w, 'deep');
    out.object(w);
    out.name(w, 'b');
    if (schema.has(deepRecord, B)) out.text(w, schema.start(deepRecord, B), schema.bytes(deepRecord, B));
    else out.nothing(w);
    out.endObject(w);
  }
  out.endObject(w);
}

function writeArrays(w: Writer): void {
  if (schema.has(outerRecord, LIST)) {
    out.name(w, 'list');
    out.array(w);
    for (let i: u32 = 0; i < <u32>schema.number(outerRecord, LIST); i++) {
      out.text(w, load<u32>(list + 8 * i), load<u32>(list + 8 * i, 4));
    }
    out.endArray(w);
  }
  if (!schema.has(outerRecord, NUMS)) return;
  out.name(w, 'nums');
  out.array(w);
  for (let i: u32 = 0; i < <u32>schema.number(outerRecord, NUMS); i++) out.number(w, load<u64>(nums + 8 * i));
  out.endArray(w);
}

export function write(w: Writer): void {
  out.open();
  out.object(w);
  writeText(w, 'id', outerRecord, ID);
  writeNumber(w, 'n', outerRecord, N);
  writeNumber(w, 'small', outerRecord, SMALL);
  if (schema.has(outerRecord, ON)) {
    out.name(w, 'on');
    out.flag(w, schema.number(outerRecord, ON) !== 0);
  }
  if (schema.has(outerRecord, KIND)) {
    out.name(w, 'kind');
    out.literal(w, KINDS[<u32>schema.number(outerRecord, KIND)]);
  }
  writeInner(w);
  writeArrays(w);
  if (schema.has(outerRecord, FREE)) {
    out.name(w, 'free');
    out.raw(w, schema.start(outerRecord, FREE), schema.bytes(outerRecord, FREE));
  }
  writeText(w, 'note', outerRecord, NOTE);
  out.endObject(w);
}
