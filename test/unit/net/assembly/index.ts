// The net domain with one more service, for tests: TCP port 7 gives back what it gets.
import * as net from '../../../../roottask/net/index';
import * as stack from '../../../../roottask/net/stack';
import * as driver from '../../../../roottask/net/virtio/driver';

export { transmit_buffer, transmit_commit } from '../../../../roottask/net/index';

const PORT: u32 = 7;
const SOCKETS: u32 = 40;
const CHUNK: u32 = 1024;
const buffer = memory.data(1024);
const held = memory.data(160); // SOCKETS * 4: bytes in `pending` that are not written yet
const pending = memory.data(40960); // SOCKETS * CHUNK
const open = memory.data(40);

export function start(): void {
  net.start();
  stack.listen(PORT, 8);
}

function send(socket: u32, from: usize, count: u32): void {
  const written = stack.write(socket, from, count);
  const rest = count - written;
  memory.copy(pending + socket * CHUNK, from + written, rest);
  store<u32>(held + socket * 4, rest);
}

function serve(socket: u32): void {
  const waiting = load<u32>(held + socket * 4);
  if (waiting > 0) send(socket, pending + socket * CHUNK, waiting);
  while (load<u32>(held + socket * 4) === 0) {
    const count = stack.read(socket, buffer, CHUNK);
    if (count === 0) break;
    send(socket, buffer, count);
  }
  stack.flush(socket);
  const state = stack.state(socket);
  const isDone = (state & stack.STATE_EOF) !== 0 && stack.available(socket) === 0 && load<u32>(held + socket * 4) === 0;
  if ((state & stack.STATE_LOST) === 0 && !isDone) return;
  if (stack.close(socket)) store<u8>(open + socket, 0);
}

export function turn(): void {
  net.turn();
  let socket: i32;
  while ((socket = stack.accept(PORT)) >= 0) {
    store<u8>(open + <u32>socket, 1);
    store<u32>(held + <u32>socket * 4, 0);
  }
  for (let n: u32 = 0; n < SOCKETS; n++) if (load<u8>(open + n)) serve(n);
  driver.flush();
}

export function failures(): u64 {
  return driver.failures;
}

export function badFrames(): u64 {
  return driver.badFrames;
}

export function cardState(): u32 {
  return driver.state;
}
