// SPDX-License-Identifier: Apache-2.0
// /trace/events: the events that the ring still has, one JSON object a line.
import * as access from '../../namespace/access';
import { Place } from '../../namespace/node';
import * as tree from '../../namespace/tree';
import { Writer } from '../../../lib/text/writer';
import * as errors from '../../wire/errors';
import * as directories from '../directories';
import * as ring from './ring';

function read(_place: Place, w: Writer): u32 {
  ring.write(ring.CATEGORIES, 0, w);
  return errors.NONE;
}

export function declare(): void {
  tree.readOnly(directories.trace(), 'events', access.QUEEN, read.index);
}
