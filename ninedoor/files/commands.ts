// SPDX-License-Identifier: Apache-2.0
// Commands of a control plane: one table (lib/json/schema.ts) has the fields of all of them, each optional; which fields a
// command must have is a set of bits, so that what is told about a line is about the command that it names.
import * as schema from '../../lib/json/schema';
import { Writer } from '../../lib/text/writer';
import * as errors from '../wire/errors';

function begin(plane: string): Writer {
  const w = errors.begin();
  w.text('invalid ');
  w.text(plane);
  w.text(' control entry: ');
  return w;
}

/** Reads a line of the control file of `plane` into the record. */
export function parse(plane: string, table: usize, record: usize, start: usize, bytes: u32): u32 {
  if (schema.parse(table, record, start, bytes)) return errors.NONE;
  schema.writeProblem(begin(plane));
  return errors.end(errors.INVALID);
}

/** NONE when the record has the fields that are `wanted`, as bits, and no others of the `names`. */
export function check(plane: string, names: StaticArray<string>, wanted: u32, record: usize): u32 {
  for (let field: u32 = 0; field < <u32>names.length; field++) {
    const isWanted = ((wanted >> field) & 1) !== 0;
    if (schema.has(record, field) === isWanted) continue;
    const w = begin(plane);
    w.text(isWanted ? "missing field '" : "unknown field '");
    w.text(unchecked(names[field]));
    w.byte(0x27);
    return errors.end(errors.INVALID);
  }
  return errors.NONE;
}
