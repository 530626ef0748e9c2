// SPDX-License-Identifier: Apache-2.0
// /proc/domains: a file for each static protection domain: what the supervisor knows of it, and its last fault report.
//
//   names   MAX_INSTANCES × NAME_BYTES, padded with zeros: they stay while the system runs
import { DOMAIN_INFO_BYTES, domainCount, domainInfo, lastFault } from '../../platform';
import * as access from '../../namespace/access';
import { Place } from '../../namespace/node';
import * as tree from '../../namespace/tree';
import * as words from '../../../lib/protocol/info';
import { stateName } from '../../../lib/protocol/states';
import { FAULT_BYTES, MAX_INSTANCES } from '../../../lib/protocol/supervisor';
import { compare } from '../../../lib/text/slice';
import { Session } from '../../session/session';
import { Writer } from '../../../lib/text/writer';
import * as errors from '../../wire/errors';
import * as directories from '../directories';

const NAME_BYTES: u32 = 8 * words.NAME_WORDS;
const names = memory.data(MAX_INSTANCES * NAME_BYTES);
let count: u32 = 0;

const info = memory.data(DOMAIN_INFO_BYTES, 8);
const fault = memory.data(FAULT_BYTES);

function nameOf(index: u32): usize {
  return names + index * NAME_BYTES;
}

function nameBytes(index: u32): u32 {
  let bytes: u32 = 0;
  while (bytes < NAME_BYTES && load<u8>(nameOf(index) + bytes) !== 0) bytes++;
  return bytes;
}

function order(index: u32, name: usize, bytes: u32): i32 {
  return compare(nameOf(index), nameBytes(index), name, bytes);
}

function findDomain(_s: Session, _parentKey: u32, name: usize, bytes: u32): u32 {
  for (let i: u32 = 0; i < count; i++) {
    if (order(i, name, bytes) === 0) return i;
  }
  return tree.NONE;
}

function nextDomain(_parentKey: u32, after: usize, bytes: u32): u32 {
  let found: u32 = tree.NONE;
  for (let i: u32 = 0; i < count; i++) {
    if (order(i, after, bytes) <= 0) continue;
    if (found === tree.NONE || order(i, nameOf(found), nameBytes(found)) < 0) found = i;
  }
  return found;
}

function writeName(_parentKey: u32, index: u32, w: Writer): void {
  w.bytes(nameOf(index), nameBytes(index));
}

function line(w: Writer, label: string, word: u32): void {
  w.text(label);
  w.dec(load<u64>(info + 8 * word));
  w.byte(0x0a);
}

function readDomain(place: Place, w: Writer): u32 {
  const index = place.key;
  if (!domainInfo(index, info)) return errors.fail(errors.NOT_FOUND, 'the domain is gone');
  w.text('state=');
  w.text(stateName(load<u64>(info + 8 * words.DOMAIN_STATE)));
  w.byte(0x0a);
  line(w, 'generation=', words.DOMAIN_GENERATION);
  line(w, 'faults=', words.DOMAIN_FAULTS);
  line(w, 'restarts=', words.DOMAIN_RESTARTS);
  line(w, 'objects=', words.DOMAIN_OBJECTS);
  line(w, 'memory_bytes=', words.DOMAIN_MEMORY_BYTES);
  line(w, 'heap_high_water_bytes=', words.DOMAIN_HEAP_USED);
  line(w, 'stack_high_water_bytes=', words.DOMAIN_STACK_USED);
  line(w, 'stack_bytes=', words.DOMAIN_STACK_BYTES);
  const bytes = lastFault(index, fault, FAULT_BYTES);
  w.text('last_fault=');
  if (bytes === 0) w.text('none');
  else w.bytes(fault, bytes);
  w.byte(0x0a);
  return errors.NONE;
}

export function declare(): void {
  if (domainCount() > MAX_INSTANCES) unreachable();
  for (; count < domainCount() && domainInfo(count, info); count++) {
    memory.copy(nameOf(count), info + 8 * words.DOMAIN_NAME, NAME_BYTES);
  }
  tree.wildcard('<domain>', findDomain.index, nextDomain.index, writeName.index);
  const dir = tree.directory(directories.proc(), 'domains', access.QUEEN);
  tree.readOnly(dir, '<domain>', access.QUEEN, readDomain.index);
}
