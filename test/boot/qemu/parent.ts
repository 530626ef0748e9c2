// SPDX-License-Identifier: Apache-2.0
// A process that starts a machine, prints the emulator's id, and then ends in the way that its argument says.
import { Machine } from '../../../qemu/src/machine.ts';

const [image = '', how] = process.argv.slice(2);
const machine = await Machine.start({ image, timeout_ms: 0 });
process.stdout.write(`pid=${machine.pid}\n`);
if (how === 'exit') setTimeout(() => process.exit(7), 50);
if (how === 'throw') {
  setTimeout(() => {
    throw new Error('as asked');
  }, 50);
}
