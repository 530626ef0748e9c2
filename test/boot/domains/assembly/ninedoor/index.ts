// SPDX-License-Identifier: Apache-2.0
// The ninedoor component, which also does what the test asks of it: at once, or while a client waits for its answer.
import * as component from '../../../../../ninedoor/domain/index';
import * as domain from '../../../../../generated/domains/ninedoor';
import { label, recv, reply } from '../../../../../lib/machine/sel4';
import * as protocol from '../../../../../lib/protocol/supervisor';
import * as faults from '../lib/domain-faults';

/** The call of the test (driver.ts). */
const PROBE: u64 = 99;

export function start(): void {
  component.start();
}

export function turn(): void {
  component.turn();
  let request = faults.request();
  if (request & faults.IN_CALL) {
    // Signals come here too, and the console's own calls.
    for (;;) {
      if (!(recv(domain.SLOT_SERVER) & protocol.CLIENT_BADGE)) continue;
      if (label() === PROBE) break;
      reply(protocol.INVALID, 0);
    }
    request ^= faults.IN_CALL;
  }
  if (request === faults.CAPABILITY) recv(faults.EMPTY_SLOT); // fault: capability
  faults.provoke(request);
}
