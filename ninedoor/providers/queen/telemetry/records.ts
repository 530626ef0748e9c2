// SPDX-License-Identifier: Apache-2.0
// The records of a segment: pushed lines (cohsh-telemetry-push/v1), references to large artefacts (coh-ref-c/v1), or text
// of any other form. A record that names one of the two schemas must obey it.
import {
  RECORD_BYTES,
  REFERENCE_BYTES,
  REFERENCE_ENTRIES_PER_SEGMENT,
  REFERENCE_MANIFEST_BYTES,
} from '../../../limits';
import * as value from '../../../../lib/json/value';
import * as json from '../../../../lib/json/reader';
import * as lines from '../../../../lib/text/lines';
import { equals } from '../../../../lib/text/slice';
import * as errors from '../../../wire/errors';
import { EMPTY, INLINE, REFERENCES, Segment } from './store';

const DIGEST_BYTES: u32 = 64;

const SCHEMA: u32 = 1;
const SEQ: u32 = 2;
const OFF: u32 = 4;
const LEN: u32 = 8;
const SHA256: u32 = 16;
const MIME: u32 = 32;
const PAYLOAD: u32 = 64;
const DEVICE: u32 = 128;

// State of the segment as far as the write at hand has been checked.
let kind: u32 = 0;
let lastSeq: u64 = 0;
let end: u64 = 0;
let entries: u32 = 0;

let fields: u32 = 0;
let seq: u64 = 0;
let off: u64 = 0;
let len: u64 = 0;

function once(field: u32): bool {
  if ((fields & field) !== 0) return json.fail('duplicate field');
  fields |= field;
  return true;
}

/** Which schema a line names: INLINE, REFERENCES, or EMPTY for none of ours. */
function schemaOf(start: usize, bytes: u32): u32 {
  json.open(start, bytes);
  json.enter();
  while (json.key()) {
    if (!json.keyIs('schema')) {
      value.any(value.DEEPEST);
      continue;
    }
    if (!json.text()) return EMPTY;
    if (equals(json.textStart, json.textBytes, 'coh-ref-c/v1')) return REFERENCES;
    return equals(json.textStart, json.textBytes, 'cohsh-telemetry-push/v1') ? INLINE : EMPTY;
  }
  return EMPTY;
}

/** Hexadecimal digits, or base64 with either alphabet. */
function isDigest(): bool {
  if (json.textBytes === 0 || json.textBytes > DIGEST_BYTES) return false;
  for (let i: u32 = 0; i < json.textBytes; i++) {
    const c = load<u8>(json.textStart + i);
    const letter = (c >= 0x41 && c <= 0x5a) || (c >= 0x61 && c <= 0x7a);
    const digit = c >= 0x30 && c <= 0x39;
    // - _ . of the URL's alphabet, + / = of the usual one
    const mark = c === 0x2d || c === 0x5f || c === 0x2e || c === 0x2b || c === 0x2f || c === 0x3d;
    if (!letter && !digit && !mark) return false;
  }
  return true;
}

function parseReferenceField(): void {
  if (json.keyIs('off')) {
    if (once(OFF) && json.integer(u64.MAX_VALUE)) off = json.number;
  } else if (json.keyIs('len')) {
    if (once(LEN) && json.integer(u64.MAX_VALUE)) len = json.number;
  } else if (json.keyIs('sha256')) {
    if (once(SHA256) && json.text() && !isDigest()) json.fail('bad digest token');
  } else json.unknownKey();
}

function parseInlineField(): void {
  if (json.keyIs('mime')) {
    if (once(MIME)) json.text();
  } else if (json.keyIs('payload')) {
    if (once(PAYLOAD)) json.text();
  } else if (json.keyIs('device_id')) {
    if (once(DEVICE)) json.text();
  } else json.unknownKey();
}

/** Parses a record of a known schema. */
function parse(start: usize, bytes: u32, schema: u32): void {
  fields = 0;
  json.open(start, bytes);
  json.enter();
  while (json.key()) {
    if (json.keyIs('schema')) {
      if (once(SCHEMA)) json.text();
    } else if (json.keyIs('seq')) {
      if (once(SEQ) && json.integer(u64.MAX_VALUE)) seq = json.number;
    } else if (schema === REFERENCES) parseReferenceField();
    else parseInlineField();
  }
  const needed = schema === REFERENCES ? SEQ | OFF | LEN | SHA256 : SEQ | MIME | PAYLOAD;
  if (json.finish() && (fields & needed) !== needed) json.fail('missing field');
}

function refuseRecord(): u32 {
  const w = errors.begin();
  w.text('invalid telemetry record: ');
  json.writeProblem(w);
  return errors.end(errors.INVALID);
}

function checkReference(bytes: u32): u32 {
  if (off !== end) return errors.failNumbers(errors.INVALID, 'reference off expected ', end, ' got ', off);
  if (len === 0) return errors.fail(errors.INVALID, 'reference len must be >= 1');
  if (len > REFERENCE_BYTES || end > REFERENCE_BYTES - len) {
    return errors.failNumber(errors.QUOTA, 'reference exceeds max_reference_bytes ', REFERENCE_BYTES, '');
  }
  if (entries === REFERENCE_ENTRIES_PER_SEGMENT) {
    return errors.failNumber(
      errors.QUOTA,
      'reference entries exceed max_reference_entries_per_segment ',
      REFERENCE_ENTRIES_PER_SEGMENT,
      '',
    );
  }
  if (bytes > REFERENCE_MANIFEST_BYTES) {
    return errors.failNumber(
      errors.QUOTA,
      'reference manifest exceeds max_reference_manifest_bytes ',
      REFERENCE_MANIFEST_BYTES,
      '',
    );
  }
  end += len;
  entries++;
  return errors.NONE;
}

/** Checks one line against the segment as it would be by then; `total`: bytes of the segment with the whole write. */
function checkLine(start: usize, bytes: u32, total: u32): u32 {
  const schema = schemaOf(start, bytes);
  const wanted = schema === REFERENCES ? schema : INLINE;
  if (kind !== EMPTY && kind !== wanted) {
    return errors.fail(errors.INVALID, 'inline and reference records may not be mixed in one segment');
  }
  kind = wanted;
  if (schema === EMPTY) return errors.NONE;
  parse(start, bytes, schema);
  if (json.failed()) return refuseRecord();
  if (seq !== lastSeq + 1) {
    return errors.failNumbers(errors.INVALID, 'telemetry record seq expected ', lastSeq + 1, ' got ', seq);
  }
  lastSeq = seq;
  return schema === REFERENCES ? checkReference(total) : errors.NONE;
}

/** Checks a write to a segment; nothing is changed. */
export function check(segment: Segment, data: usize, bytes: u32): u32 {
  if (bytes > RECORD_BYTES) {
    return errors.failNumber(errors.TOO_BIG, 'telemetry record exceeds max_record_bytes ', RECORD_BYTES, '');
  }
  kind = segment.kind;
  lastSeq = segment.lastSeq;
  end = segment.referenceEnd;
  entries = segment.references;
  lines.open(data, bytes);
  while (lines.next()) {
    const refusal = checkLine(lines.start, lines.bytes, segment.bytes + bytes);
    if (refusal !== errors.NONE) return refusal;
  }
  return errors.NONE;
}

/** Notes in the segment what check() found. */
export function commit(segment: Segment): void {
  segment.kind = kind;
  segment.lastSeq = lastSeq;
  segment.referenceEnd = end;
  segment.references = entries;
}
