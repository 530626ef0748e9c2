// SPDX-License-Identifier: Apache-2.0
// /proc/boot: what the root task reports about the boot, taken once at start-up.
import { BOOT_TEXT_BYTES } from '../../limits';
import { bootLine } from '../../platform';
import * as access from '../../namespace/access';
import { Place } from '../../namespace/node';
import * as tree from '../../namespace/tree';
import { Writer } from '../../../lib/text/writer';
import * as errors from '../../wire/errors';
import * as directories from '../directories';
import * as log from '../../log';

const text = memory.data(BOOT_TEXT_BYTES);
let textBytes: u32 = 0;

/** Takes the lines; each also opens the log. */
function collect(): void {
  for (let i: u32 = 0; ; i++) {
    const room = BOOT_TEXT_BYTES - textBytes;
    if (room < 2) return;
    const bytes = bootLine(i, text + textBytes, room - 1);
    if (bytes === 0 || bytes > room - 1) return;
    log.begin().bytes(text + textBytes, bytes);
    log.end();
    store<u8>(text + textBytes + bytes, 0x0a);
    textBytes += bytes + 1;
  }
}

function read(_place: Place, w: Writer): u32 {
  w.bytes(text, textBytes);
  return errors.NONE;
}

export function declare(): void {
  tree.readOnly(directories.proc(), 'boot', access.EVERYONE, read.index);
  collect();
}
