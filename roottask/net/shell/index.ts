// The net domain: its driver and TCP/IP stack are not part of the image yet. It holds nothing, does nothing but answer the
// watchdog, and the console verbs that need it refuse.
import * as domain from '../../../generated/domains/net';
import { wait } from '../../machine/sel4';

export function start(): void {}

export function turn(): void {
  wait(domain.SLOT_EVENTS);
}
