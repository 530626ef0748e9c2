// SPDX-License-Identifier: Apache-2.0
// /queen/telemetry/<device>/latest: the name of the newest segment.
import { ingestsTelemetry } from '../../../limits';
import * as access from '../../../namespace/access';
import { Place } from '../../../namespace/node';
import * as tree from '../../../namespace/tree';
import { Writer } from '../../../../lib/text/writer';
import * as errors from '../../../wire/errors';
import * as names from './names';
import * as store from './store';

function read(place: Place, w: Writer): u32 {
  const device = store.device(place.key);
  if (device === store.GONE) return names.refuseGone();
  const newest = device.lastNumber;
  if (newest === 0) return errors.NONE;
  names.writeSegmentName(newest, w);
  w.byte(0x0a);
  return errors.NONE;
}

export function declare(): void {
  if (ingestsTelemetry()) tree.readOnly(names.device(), 'latest', access.QUEEN, read.index);
}
