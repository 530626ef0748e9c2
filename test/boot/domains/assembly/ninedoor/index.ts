// The ninedoor component, which also does what the test asks of it: at once, or while a client waits for its answer.
import * as component from '../../../../../ninedoor/domain/index';
import * as domain from '../../../../../generated/domains/ninedoor';
import { recv } from '../../../../../roottask/machine/sel4';
import * as protocol from '../../../../../roottask/supervisor/protocol';
import * as faults from '../lib/domain-faults';

export function start(): void {
  component.start();
}

export function turn(): void {
  component.turn();
  let request = faults.request();
  if (request & faults.IN_CALL) {
    let badge: u64 = 0;
    // Signals come here too.
    while (!(badge & protocol.CLIENT_BADGE)) badge = recv(domain.SLOT_SERVER);
    request ^= faults.IN_CALL;
  }
  if (request === faults.CAPABILITY) recv(faults.EMPTY_SLOT); // fault: capability
  faults.provoke(request);
}
