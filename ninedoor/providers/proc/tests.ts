// SPDX-License-Identifier: Apache-2.0
// /proc/tests: the self-test scripts that clients read and run.
import * as access from '../../namespace/access';
import { Place } from '../../namespace/node';
import * as tree from '../../namespace/tree';
import { Writer } from '../../../lib/text/writer';
import * as errors from '../../wire/errors';
import * as directories from '../directories';

const QUICK = `# Reachability of the console, the boot report and the log.
ping
EXPECT OK
cat /proc/boot
EXPECT OK
tail /log/queen.log
EXPECT OK
WAIT 200
quit
`;

const FULL = `# Listing, logging, and the life of one worker.
ping
EXPECT OK
ls /proc
EXPECT OK
cat /proc/boot
EXPECT OK
echo selftest-1 > /log/queen.log
EXPECT OK
echo selftest-2 > /log/queen.log
EXPECT OK
cat /log/queen.log
EXPECT SUBSTR selftest-2
spawn heartbeat ticks=2 ttl_s=30
EXPECT OK
tail /shard/13/worker/worker-1/telemetry
EXPECT OK
kill worker-1
EXPECT OK
quit
`;

const NEGATIVE = `# What must be refused.
bind /proc/../log /shadow
EXPECT ERR
cat /a/b/c/d/e/f/g/h/i
EXPECT ERR
echo x > /proc/tests/selftest_quick.coh
EXPECT ERR
echo {{msize_overflow}} > /log/queen.log
EXPECT ERR
`;

function readQuick(_place: Place, w: Writer): u32 {
  w.text(QUICK);
  return errors.NONE;
}

function readFull(_place: Place, w: Writer): u32 {
  w.text(FULL);
  return errors.NONE;
}

function readNegative(_place: Place, w: Writer): u32 {
  w.text(NEGATIVE);
  return errors.NONE;
}

export function declare(): void {
  const dir = tree.directory(directories.proc(), 'tests', access.QUEEN);
  tree.readOnly(dir, 'selftest_quick.coh', access.QUEEN, readQuick.index);
  tree.readOnly(dir, 'selftest_full.coh', access.QUEEN, readFull.index);
  tree.readOnly(dir, 'selftest_negative.coh', access.QUEEN, readNegative.index);
}
