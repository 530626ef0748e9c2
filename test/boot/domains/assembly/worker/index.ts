// SPDX-License-Identifier: Apache-2.0
// The worker component, which also does what the test asks of it.
import * as component from '../../../../../domains/worker/index';
import { wait } from '../../../../../lib/machine/sel4';
import * as faults from '../lib/domain-faults';

export function start(): void {
  component.start();
}

export function turn(): void {
  component.turn();
  const request = faults.request();
  if (request === faults.CAPABILITY) wait(faults.EMPTY_SLOT); // fault: capability
  faults.provoke(request);
}
