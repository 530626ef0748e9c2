// SPDX-License-Identifier: Apache-2.0
// The worker-bus component: a worker with no duties of its own yet besides its heartbeat.
import * as domain from '../../../generated/domains/worker_bus';
import * as worker from '../lib/worker';

export function start(): void {
  worker.start();
}

export function turn(): void {
  worker.turn(domain.SLOT_EVENTS, domain.EVENT_ROOT, domain.SLOT_CALL_WORKER_9P);
}
