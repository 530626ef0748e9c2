// Whether NineDoor can be asked. A call to a domain that waits to be started again would wait with it, so the supervisor is asked
// first: once a command.
import * as domain from '../../generated/domains/console';
import { call, getMr, setMr } from '../machine/sel4';
import * as protocol from '../supervisor/protocol';

const RUNNING: u64 = 1;

/** What the last check found. */
export let isUp: bool = false;

export function check(): bool {
  setMr(0, domain.PEER_CONSOLE_9P);
  isUp = call(domain.SLOT_SUPERVISOR, protocol.INFO_DOMAIN, 1) === protocol.OK && getMr(0) === RUNNING;
  return isUp;
}
