// NineDoor's domain: receives the calls of its clients, tells them apart by badge, and answers. Secure9P requests are refused
// as long as the server is not connected here; heartbeats of workers are taken and counted.
import * as domain from '../../generated/domains/ninedoor';
import { label, recv, reply } from '../../roottask/machine/sel4';
import * as protocol from '../../roottask/supervisor/protocol';

/** Heartbeats taken since this domain was started. */
export let heartbeats: u64 = 0;

export function start(): void {}

export function turn(): void {
  const badge = recv(domain.SLOT_SERVER);
  // Anything else is a signal of the events notification, which is bound to this thread.
  if (!(badge & protocol.CLIENT_BADGE)) return;
  if (label() === protocol.HEARTBEAT) {
    heartbeats++;
    reply(protocol.OK, 0);
  } else {
    reply(protocol.INVALID, 0);
  }
}
