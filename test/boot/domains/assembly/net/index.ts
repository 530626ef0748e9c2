// SPDX-License-Identifier: Apache-2.0
// A net component that only waits, and does what the test asks of it: the shipped one carries a TCP/IP stack in C, which
// these tests, about faults of domains, do not need.
import * as domain from '../../../../../generated/domains/net';
import { wait } from '../../../../../lib/machine/sel4';
import * as faults from '../lib/domain-faults';

export function start(): void {}

export function turn(): void {
  wait(domain.SLOT_EVENTS);
  const request = faults.request();
  if (request === faults.CAPABILITY) wait(faults.EMPTY_SLOT); // fault: capability
  faults.provoke(request);
}
