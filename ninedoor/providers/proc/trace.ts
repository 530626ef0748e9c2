// SPDX-License-Identifier: Apache-2.0
// /proc/<worker>/trace: the events about one worker, as in /trace/events.
import * as access from '../../namespace/access';
import { Place } from '../../namespace/node';
import * as tree from '../../namespace/tree';
import { Writer } from '../../../lib/text/writer';
import * as errors from '../../wire/errors';
import * as directories from '../directories';
import * as ring from '../trace/ring';
import * as names from '../worker/names';
import * as workers from '../worker/table';

function read(place: Place, w: Writer): u32 {
  const number = place.key;
  if (workers.find(number) === workers.NO_WORKER) return names.gone(number);
  ring.write(ring.CATEGORIES, number, w);
  return errors.NONE;
}

export function declare(): void {
  tree.readOnly(tree.directory(directories.proc(), '<worker>', access.QUEEN), 'trace', access.QUEEN, read.index);
}
