// SPDX-License-Identifier: Apache-2.0
// /proc/pressure: how many requests were refused, by reason.
import * as hooks from '../../hooks';
import * as manifest from '../../../generated/manifest';
import * as access from '../../namespace/access';
import { Place } from '../../namespace/node';
import * as tree from '../../namespace/tree';
import { Writer } from '../../../lib/text/writer';
import * as errors from '../../wire/errors';
import * as directories from '../directories';

let busy: u64 = 0;
let quota: u64 = 0;
let cut: u64 = 0;
let policy: u64 = 0;

/** Counts a refusal. */
export function count(code: u32): void {
  switch (code) {
    case errors.BUSY:
    case errors.AGAIN:
      busy++;
      break;
    case errors.TOO_BIG:
    case errors.QUOTA:
    case errors.RATE_LIMITED:
      quota++;
      break;
    case errors.REVOKED:
      cut++;
      break;
    default:
      policy++;
  }
}

function writeCount(w: Writer, name: string, value: u64): u32 {
  w.text(name);
  w.dec(value);
  w.byte(0x0a);
  return errors.NONE;
}

function readBusy(_place: Place, w: Writer): u32 {
  return writeCount(w, 'busy=', busy);
}

function readQuota(_place: Place, w: Writer): u32 {
  return writeCount(w, 'quota=', quota);
}

function readCut(_place: Place, w: Writer): u32 {
  return writeCount(w, 'cut=', cut);
}

function readPolicy(_place: Place, w: Writer): u32 {
  return writeCount(w, 'policy=', policy);
}

export function declare(): void {
  hooks.refusals.add(count.index);
  const dir = tree.directory(directories.proc(), 'pressure', access.QUEEN);
  if (manifest.OBSERVABILITY_PROC_PRESSURE_BUSY) tree.readOnly(dir, 'busy', access.QUEEN, readBusy.index);
  if (manifest.OBSERVABILITY_PROC_PRESSURE_QUOTA) tree.readOnly(dir, 'quota', access.QUEEN, readQuota.index);
  if (manifest.OBSERVABILITY_PROC_PRESSURE_CUT) tree.readOnly(dir, 'cut', access.QUEEN, readCut.index);
  if (manifest.OBSERVABILITY_PROC_PRESSURE_POLICY) tree.readOnly(dir, 'policy', access.QUEEN, readPolicy.index);
}
