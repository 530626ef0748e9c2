// SPDX-License-Identifier: Apache-2.0
// Whether NineDoor can be asked. A call to a domain that waits to be started again would wait with it, so the
// supervisor is asked first: once for each command or piece of payload that wants something of NineDoor.
import * as domain from '../../generated/domains/console';
import { call, getMr, setMr } from '../../lib/machine/sel4';
import { DOMAIN_STATE } from '../../lib/protocol/info';
import { RUNNING } from '../../lib/protocol/states';
import * as protocol from '../../lib/protocol/supervisor';

let isKnown: bool = false;
let isRunning: bool = false;

/** What was found is of yesterday. */
export function forget(): void {
  isKnown = false;
}

export function isUp(): bool {
  if (isKnown) return isRunning;
  setMr(0, domain.PEER_CONSOLE_9P);
  const isTold = call(domain.SLOT_SUPERVISOR, protocol.INFO_DOMAIN, 1) === protocol.OK;
  isRunning = isTold && getMr(DOMAIN_STATE) === RUNNING;
  isKnown = true;
  return isRunning;
}
