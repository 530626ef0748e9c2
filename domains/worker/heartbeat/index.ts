// SPDX-License-Identifier: Apache-2.0
// The worker-heartbeat component: its heartbeat is all that it is for.
import * as domain from '../../../generated/domains/worker_heartbeat';
import * as worker from '../lib/worker';

export function start(): void {
  worker.start();
}

export function turn(): void {
  worker.turn(domain.SLOT_EVENTS, domain.EVENT_ROOT, domain.SLOT_CALL_WORKER_9P);
}
