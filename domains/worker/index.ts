// SPDX-License-Identifier: Apache-2.0
// The worker component, for the pools of all roles: it waits for its tick, tells NineDoor that it is alive, and counts the
// heartbeat. How many ticks, operations and milliseconds it gets is the root task's business, its role that of its pool.
import * as domain from '../../generated/domains/worker';
import { beat } from '../../lib/machine/domain';
import { call, setMr, wait } from '../../lib/machine/sel4';
import * as protocol from '../../lib/protocol/supervisor';

let sequence: u64 = 0;
/** Heartbeats that NineDoor did not take. */
export let refused: u64 = 0;

export function start(): void {}

export function turn(): void {
  if (!(wait(domain.SLOT_EVENTS) & domain.EVENT_ROOT)) return;
  setMr(0, ++sequence);
  if (call(domain.SLOT_CALL_WORKER_9P, protocol.HEARTBEAT, 1) === protocol.OK) beat();
  else refused++;
}
