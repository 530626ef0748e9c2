// The side ports of the network self-test: UDP 31338 answers each datagram with `ECHO:` and its contents (in lwip/sockets.c),
// TCP 31339 says `ok` and closes.
import * as stack from './stack';

const UDP_ECHO_PORT: u32 = 31338;
const TCP_SMOKE_PORT: u32 = 31339;
const BACKLOG: u32 = 16;
/** Connections taken in one turn. */
const BUDGET: u32 = 8;
const GREETING: u32 = 3;
const greeting = memory.data<u8>([0x6f, 0x6b, 0x0a]); // "ok\n"

export let smokes: u64 = 0;
export let smokeFailures: u64 = 0;

export function start(): void {
  stack.udpEcho(UDP_ECHO_PORT);
  stack.listen(TCP_SMOKE_PORT, BACKLOG);
}

export function turn(): void {
  for (let n: u32 = 0; n < BUDGET; n++) {
    const socket = stack.accept(TCP_SMOKE_PORT);
    if (socket < 0) return;
    if (stack.write(socket, greeting, GREETING) === GREETING) smokes++;
    else smokeFailures++;
    if (!stack.close(socket)) stack.abort(socket);
  }
}
