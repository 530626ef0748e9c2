// The net domain as it ships, with one more port: whoever connects to it makes the domain fault. So it dies in the middle of what
// it does for all other connections.
import * as net from '../../../../../roottask/net/index';
import * as stack from '../../../../../roottask/net/stack';

const FAULT_PORT: u32 = 31400;

export { transmit_buffer, transmit_commit } from '../../../../../roottask/net/index';

export function start(): void {
  net.start();
  stack.listen(FAULT_PORT, 1);
}

export function turn(): void {
  net.turn();
  if (stack.accept(FAULT_PORT) >= 0) unreachable();
}
