// SPDX-License-Identifier: Apache-2.0
// What every worker does: wait for its tick, tell NineDoor that it is alive, and count the heartbeat. How many ticks,
// operations and milliseconds it gets is the supervisor's business, not its own.
import { beat } from '../../../lib/machine/domain';
import { call, setMr, wait } from '../../../lib/machine/sel4';
import * as protocol from '../../../lib/protocol/supervisor';

let sequence: u64 = 0;
/** Heartbeats that NineDoor did not take. */
export let refused: u64 = 0;

export function start(): void {}

/** One event: `tick` is the bit of the supervisor's tick in `events`, `server` the slot of NineDoor's endpoint. */
export function turn(events: u64, tick: u64, server: u64): void {
  if (!(wait(events) & tick)) return;
  setMr(0, ++sequence);
  if (call(server, protocol.HEARTBEAT, 1) === protocol.OK) beat();
  else refused++;
}
