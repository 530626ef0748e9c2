// SPDX-License-Identifier: Apache-2.0
// /kmesg: the events of this category alone, as in /trace/events.
import * as access from '../namespace/access';
import { Place } from '../namespace/node';
import * as tree from '../namespace/tree';
import { Writer } from '../../lib/text/writer';
import * as errors from '../wire/errors';
import * as ring from './trace/ring';

function read(_place: Place, w: Writer): u32 {
  ring.write(ring.KMESG, 0, w);
  return errors.NONE;
}

export function declare(): void {
  tree.readOnly(tree.ROOT, 'kmesg', access.QUEEN, read.index);
}
