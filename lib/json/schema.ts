// SPDX-License-Identifier: Apache-2.0
// Exact JSON objects by table: a provider declares the fields of an object once and gets them as a record, or one reason
// why the text is none. Unknown, duplicate and missing fields, other types, and values out of range are refused.
//
//   table    +0 fields u32 · +4 required u32 (bit i: field i) · +8 nullable u32 · +16 fields × FIELD_BYTES
//   field    +0 name (string) u32 · +4 type u32 · +8 least u64 · +16 most u64 · +24 table/words/items u32 · +28 record u32
//   record   +0 present u32 (bit i: field i) · +4 named u32 (present, or null) · +8 fields × SLOT_BYTES
//   slot     UINT, FLAG: +0 value u64 · TEXT, ANY: +0 start u32 · +4 bytes u32 · WORD: +0 index u64
//            TEXTS, UINTS: +0 elements u64, the elements in the field's items buffer (ITEM_BYTES each, like slots)
//
// Texts lie in the pool of text/json.ts and stay until it opens the next document; ANY is a slice of the document.
import * as json from './reader';
import { Writer } from '../text/writer';
import { equals } from '../text/slice';
import * as value from './value';
import { escaped } from './writer';

export const HEAD_BYTES: u32 = 16;
export const FIELD_BYTES: u32 = 32;
export const RECORD_HEAD_BYTES: u32 = 8;
export const SLOT_BYTES: u32 = 8;
export const ITEM_BYTES: u32 = 8;
export const MAX_FIELDS: u32 = 32;
/** Objects in objects. */
export const MAX_DEPTH: u32 = 8;
/** How much of a client's key a reason repeats. */
const NAME_BYTES: u32 = 64;

// Types.
const UINT: u32 = 0;
const TEXT: u32 = 1;
const FLAG: u32 = 2;
const WORD: u32 = 3;
const OBJECT: u32 = 4;
const TEXTS: u32 = 5;
const UINTS: u32 = 6;
const ANY: u32 = 7;

// Added to a declaration.
export const REQUIRED: u32 = 0;
export const OPTIONAL: u32 = 1;
export const NULLABLE: u32 = 2;

// ---- Declaring ----

/** Starts a table; fields are numbered in the order in which they follow. */
export function declare(table: usize): void {
  memory.fill(table, 0, HEAD_BYTES);
}

function add(table: usize, name: string, type: u32, how: u32, least: u64, most: u64): usize {
  const index = load<u32>(table);
  assert(index < MAX_FIELDS);
  const field = table + HEAD_BYTES + index * FIELD_BYTES;
  store<u32>(table, index + 1);
  if ((how & OPTIONAL) === 0) store<u32>(table, load<u32>(table, 4) | (1 << index), 4);
  if ((how & NULLABLE) !== 0) store<u32>(table, load<u32>(table, 8) | (1 << index), 8);
  store<u32>(field, <u32>changetype<usize>(name));
  store<u32>(field, type, 4);
  store<u64>(field, least, 8);
  store<u64>(field, most, 16);
  store<u64>(field, 0, 24);
  return field;
}

/** A whole number. */
export function uint(table: usize, name: string, how: u32, least: u64, most: u64): void {
  add(table, name, UINT, how, least, most);
}

/** A string of `least` to `most` bytes. */
export function text(table: usize, name: string, how: u32, least: u32, most: u32): void {
  add(table, name, TEXT, how, least, most);
}

export function flag(table: usize, name: string, how: u32): void {
  add(table, name, FLAG, how, 0, 1);
}

/** One of the words; the slot gets its index. */
export function word(table: usize, name: string, how: u32, words: StaticArray<string>): void {
  store<u32>(add(table, name, WORD, how, 0, 0), <u32>changetype<usize>(words), 24);
}

/** An object with a table and a record of its own. */
export function object(table: usize, name: string, how: u32, inner: usize, record: usize): void {
  const field = add(table, name, OBJECT, how, 0, 0);
  store<u32>(field, <u32>inner, 24);
  store<u32>(field, <u32>record, 28);
}

/** An array of `least` to `most` strings; `items` has room for `most`. `longest` bytes a string. */
export function texts(table: usize, name: string, how: u32, least: u32, most: u32, items: usize, longest: u32): void {
  const field = add(table, name, TEXTS, how, least, most);
  store<u32>(field, <u32>items, 24);
  store<u32>(field, longest, 28);
}

/** An array of `least` to `most` whole numbers up to `largest`; `items` has room for `most`. */
export function uints(table: usize, name: string, how: u32, least: u32, most: u32, items: usize, largest: u32): void {
  const field = add(table, name, UINTS, how, least, most);
  store<u32>(field, <u32>items, 24);
  store<u32>(field, largest, 28);
}

/** A value of any form, nested at most `depth` deep. */
export function any(table: usize, name: string, how: u32, depth: u32): void {
  add(table, name, ANY, how, 0, depth);
}

// ---- Reading ----

/** Tables and records of the objects around the one at hand. */
const stack = memory.data(MAX_DEPTH * 8, 4);

/** The field that the problem is about: a slice, a literal, or neither. */
let nameStart: usize = 0;
let nameBytes: u32 = 0;
let nameField: usize = 0;

/** The field of the key at hand, or 0. */
function find(table: usize): usize {
  const end = table + HEAD_BYTES + load<u32>(table) * FIELD_BYTES;
  for (let field = table + HEAD_BYTES; field < end; field += FIELD_BYTES) {
    if (json.keyIs(changetype<string>(<usize>load<u32>(field)))) return field;
  }
  return 0;
}

function takeText(least: u64, most: u64, slot: usize): bool {
  if (!json.text()) return false;
  if (json.textBytes < least) return json.fail('text too short');
  if (json.textBytes > most) return json.fail('text too long');
  store<u32>(slot, <u32>json.textStart);
  store<u32>(slot, json.textBytes, 4);
  return true;
}

function takeUint(least: u64, most: u64, slot: usize): bool {
  if (!json.integer(most)) return false;
  if (json.number < least) return json.fail('number out of range');
  store<u64>(slot, json.number);
  return true;
}

function takeWord(words: StaticArray<string>, slot: usize): bool {
  if (!json.text()) return false;
  for (let i = 0; i < words.length; i++) {
    if (!equals(json.textStart, json.textBytes, words[i])) continue;
    store<u64>(slot, i);
    return true;
  }
  return json.fail('unknown word');
}

function takeArray(field: usize, slot: usize): bool {
  const most = load<u64>(field, 16);
  const items = <usize>load<u32>(field, 24);
  const bound = <u64>load<u32>(field, 28);
  let count: u64 = 0;
  json.enterArray();
  while (json.item()) {
    if (count === most) return json.fail('too many elements');
    const item = items + <u32>count * ITEM_BYTES;
    const taken = load<u32>(field, 4) === TEXTS ? takeText(0, bound, item) : takeUint(0, bound, item);
    if (!taken) return false;
    count++;
  }
  if (count < load<u64>(field, 8)) return json.fail('too few elements');
  store<u64>(slot, count);
  return !json.failed();
}

function takeAny(depth: u32, slot: usize): bool {
  json.peek();
  const start = json.position();
  if (!value.any(depth)) return false;
  store<u32>(slot, <u32>start);
  store<u32>(slot, <u32>(json.position() - start), 4);
  return true;
}

/** Takes the value of a field other than an object. */
function take(field: usize, slot: usize): bool {
  const least = load<u64>(field, 8);
  const most = load<u64>(field, 16);
  switch (load<u32>(field, 4)) {
    case UINT:
      return takeUint(least, most, slot);
    case TEXT:
      return takeText(least, most, slot);
    case FLAG:
      store<u64>(slot, value.boolean() && value.flag ? 1 : 0);
      return !json.failed();
    case WORD:
      return takeWord(changetype<StaticArray<string>>(<usize>load<u32>(field, 24)), slot);
    case ANY:
      return takeAny(<u32>most, slot);
    default:
      return takeArray(field, slot);
  }
}

/** Starts an object: its record is empty until its fields come. */
function enter(table: usize, record: usize): bool {
  memory.fill(record, 0, RECORD_HEAD_BYTES + load<u32>(table) * SLOT_BYTES);
  return json.enter();
}

/** Whether an object that has ended has all that it must have. */
function isComplete(table: usize, record: usize): bool {
  const missing = load<u32>(table, 4) & ~load<u32>(record, 4);
  if (missing === 0) return true;
  nameField = table + HEAD_BYTES + ctz<u32>(missing) * FIELD_BYTES;
  return json.fail('missing field');
}

/** Marks the field of the key at hand as named; 0 when it may not come. */
function noteKey(table: usize, record: usize): usize {
  nameStart = json.textStart;
  nameBytes = json.textBytes < NAME_BYTES ? json.textBytes : NAME_BYTES;
  const field = find(table);
  if (field === 0) {
    json.unknownKey();
    return 0;
  }
  const bit = bitOf(table, field);
  if ((load<u32>(record, 4) & bit) !== 0) {
    json.fail('duplicate field');
    return 0;
  }
  store<u32>(record, load<u32>(record, 4) | bit, 4);
  return field;
}

function bitOf(table: usize, field: usize): u32 {
  const offset = <u32>(field - table) - HEAD_BYTES;
  return 1 << (offset / FIELD_BYTES);
}

/** Takes an object by its table into its record, at the place where the reader is. */
export function read(table: usize, record: usize): bool {
  let depth: u32 = 0;
  nameBytes = 0;
  nameField = 0;
  let open = enter(table, record);
  while (open) {
    nameBytes = 0;
    if (!json.key()) {
      if (json.failed() || !isComplete(table, record)) return false;
      if (depth === 0) return true;
      depth--;
      table = load<u32>(stack + 8 * depth);
      record = load<u32>(stack + 8 * depth, 4);
      continue;
    }
    const field = noteKey(table, record);
    if (field === 0) return false;
    const bit = bitOf(table, field);
    if ((load<u32>(table, 8) & bit) !== 0 && value.isNull()) continue;
    store<u32>(record, load<u32>(record) | bit);
    if (load<u32>(field, 4) === OBJECT) {
      if (depth === MAX_DEPTH) return json.fail('nested too deep');
      store<u32>(stack + 8 * depth, <u32>table);
      store<u32>(stack + 8 * depth, <u32>record, 4);
      depth++;
      table = load<u32>(field, 24);
      record = load<u32>(field, 28);
      open = enter(table, record);
    } else {
      open = take(field, record + RECORD_HEAD_BYTES + ctz<u32>(bit) * SLOT_BYTES);
    }
  }
  return false;
}

/** A whole document: one object by its table and nothing behind it. */
export function parse(table: usize, record: usize, start: usize, bytes: u32): bool {
  json.open(start, bytes);
  return read(table, record) && json.finish();
}

/** Writes why: `<problem>[ '<field>'] at byte <n>`. */
export function writeProblem(w: Writer): void {
  w.text(json.problem);
  if (nameField !== 0 || nameBytes > 0) {
    w.text(" '");
    if (nameField !== 0) w.text(changetype<string>(<usize>load<u32>(nameField)));
    else escaped(w, nameStart, nameBytes);
    w.byte(0x27);
  }
  w.text(' at byte ');
  w.dec(json.problemAt);
}

// ---- The record ----

/** Whether the field came, and not as null. */
export function has(record: usize, index: u32): bool {
  return (load<u32>(record) & (1 << index)) !== 0;
}

/** A whole number, a flag, the index of a word, or the number of elements. */
export function number(record: usize, index: u32): u64 {
  return load<u64>(record + RECORD_HEAD_BYTES + index * SLOT_BYTES);
}

export function start(record: usize, index: u32): usize {
  return load<u32>(record + RECORD_HEAD_BYTES + index * SLOT_BYTES);
}

export function bytes(record: usize, index: u32): u32 {
  return load<u32>(record + RECORD_HEAD_BYTES + index * SLOT_BYTES, 4);
}
