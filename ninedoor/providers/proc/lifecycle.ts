// SPDX-License-Identifier: Apache-2.0
// /proc/lifecycle: the state of the node, what led to it, and since when.
import * as access from '../../namespace/access';
import { Place } from '../../namespace/node';
import * as tree from '../../namespace/tree';
import { Writer } from '../../../lib/text/writer';
import * as errors from '../../wire/errors';
import * as directories from '../directories';
import * as lifecycle from '../queen/lifecycle/state';

function readState(_place: Place, w: Writer): u32 {
  w.text('state=');
  w.text(lifecycle.stateName(lifecycle.current()));
  return errors.NONE;
}

function readReason(_place: Place, w: Writer): u32 {
  w.text('reason=');
  w.text(lifecycle.reasonName(lifecycle.currentReason()));
  return errors.NONE;
}

function readSince(_place: Place, w: Writer): u32 {
  w.text('since_ms=');
  w.dec(lifecycle.ageMs());
  return errors.NONE;
}

export function declare(): void {
  const dir = tree.directory(directories.proc(), 'lifecycle', access.QUEEN);
  tree.readOnly(dir, 'state', access.QUEEN, readState.index);
  tree.readOnly(dir, 'reason', access.QUEEN, readReason.index);
  tree.readOnly(dir, 'since', access.QUEEN, readSince.index);
}
