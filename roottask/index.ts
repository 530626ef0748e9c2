// SPDX-License-Identifier: Apache-2.0
// The root task: boots the machine, builds the domains, and supervises them. The start code in kernel/runtime/roottask calls
// `start` once and `turn` for ever.
import * as boot from './boot/boot';
import * as supervisor from './supervisor/supervisor';
import * as log from './supervisor/log';
import * as out from './log/output';

export function start(): void {
  boot.run();
  supervisor.start();
  boot.handOff();
  out.toLog(log.put.index);
}

/** Blocks until a message or an interrupt comes and handles it. */
export function turn(): void {
  supervisor.turn();
}
