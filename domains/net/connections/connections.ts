// SPDX-License-Identifier: Apache-2.0
// The life of connections: accepted, known by their first frame, served frame by frame in turn, ended by either side. docs/net.md,
// "Connections", is the contract with the servers.
import { after_ms } from '../../../lib/device/deadline';
import * as manifest from '../../../generated/manifest';
import { Opened } from '../../../lib/channel/opened';
import * as stream from '../../../lib/channel/stream';
import * as stack from '../stack';
import * as frames from './frames';
import * as lines from './lines';
import * as links from './links';
import { EMPTY, FULL, PASSED, REFUSED } from './step';
import * as table from './table';
import { Connection, NO_CONNECTION } from './table';

/** Half-open connections of a port; lwip/include/lwipopts.h has room for them. */
const BACKLOG: u32 = 64;
/** Steps of connections in one turn: the card gets its chance between. */
const STEPS: u32 = 256;
/** How long a server may take for its last words to a peer that sends no more. */
const LAST_WORDS_MS: u64 = 2000;
const NEVER: u64 = u64.MAX_VALUE;

/** Connections to look at, and those with something to send, as bits. */
const work = memory.data(8 * table.WORDS, 8);
const touched = memory.data(8 * table.WORDS, 8);
/** Connections of the turn, in the order in which they are served. */
const order = memory.data(2 * table.LIMIT, 2);
/** Where the last turn ended. */
let next: u32 = 0;
/** When a deadline is due. */
export let nextDeadline_ms: u64 = NEVER;
/** Connections came, went, or became known since the counters were last written. */
export let changed: bool = true;

export function noted(): void {
  changed = false;
}

export let consoleConnections: u64 = 0;
export let secure9PConnections: u64 = 0;
export let smokes: u64 = 0;
export let silent: u64 = 0;
export let byPeer: u64 = 0;
export let lost: u64 = 0;
export let byServer: u64 = 0;
export let byRestart: u64 = 0;
export let late: u64 = 0;
export let overruns: u64 = 0;

/** The console asked for a self-test. */
export let wantsSelfTest: bool = false;

export function forgetSelfTest(): void {
  wantsSelfTest = false;
}

export function start(): void {
  table.start();
  links.start();
}

export function listen(): void {
  stack.listen(manifest.NETWORK_CONSOLE_PORT, BACKLOG);
  if (manifest.NETWORK_SECURE9P_PORT !== 0) stack.listen(manifest.NETWORK_SECURE9P_PORT, BACKLOG);
  if (manifest.NETWORK_TCP_SMOKE_PORT !== 0) stack.listen(manifest.NETWORK_TCP_SMOKE_PORT, BACKLOG);
}


@inline
function set(bits: usize, n: u32): void {
  const word = bits + 8 * (n / 64);
  store<u64>(word, load<u64>(word) | ((<u64>1) << (n % 64)));
}


@inline
function clear(bits: usize, n: u32): void {
  const word = bits + 8 * (n / 64);
  store<u64>(word, load<u64>(word) & ~((<u64>1) << (n % 64)));
}

function setDeadline(c: Connection, at_ms: u64): void {
  c.deadline_ms = at_ms;
  nextDeadline_ms = min(nextDeadline_ms, at_ms);
}

// ---- ends ----

/** The connection is gone on this side; the server learns it as soon as its ring has room. */
function end(n: u32, c: Connection, detail: u8): void {
  changed = true;
  c.deadline_ms = 0;
  c.state = table.ENDING;
  c.ending = detail;
  set(work, n);
}

function free(c: Connection): void {
  changed = true;
  c.free();
}

/** The socket was reset or timed out. */
function lose(n: u32, c: Connection): void {
  lost++;
  stack.abort(n);
  end(n, c, stream.LOST);
}

/** One of the sides broke the rules. */
function refuse(n: u32, c: Connection): void {
  stack.abort(n);
  end(n, c, stream.REFUSED);
}

function tellEnd(n: u32, c: Connection): u32 {
  if (!links.send(c.server, n, c.generation, stream.ENDED, c.ending, 0, 0)) return FULL;
  free(c);
  // The number may have been given to a new connection meanwhile.
  return PASSED;
}

// ---- from new to known ----

const GREETING: u32 = 3;
const greeting = memory.data<u8>([0x6f, 0x6b, 0x0a]); // "ok\n"

function accept(n: u32, now_ms: u64): u32 {
  const port = stack.take(n);
  return port === 0 ? EMPTY : begin(n, port, now_ms);
}

function begin(n: u32, port: u32, now_ms: u64): u32 {
  if (port === <u32>manifest.NETWORK_TCP_SMOKE_PORT) {
    smokes++;
    stack.write(n, greeting, GREETING);
    stack.flush(n);
    stack.close(n);
    return EMPTY;
  }
  changed = true;
  const c = table.open(n, port, now_ms);
  setDeadline(c, after_ms(now_ms, manifest.AUTH_TIMEOUT_MS));
  return PASSED;
}

const head = memory.data(frames.FIRST_BYTES, 8);
const opened = changetype<Opened>(memory.data(offsetof<Opened>(), 8));

function assign(n: u32, c: Connection, server: u32, now_ms: u64): u32 {
  const peer = stack.peer(n);
  opened.address = <u32>peer;
  opened.port = <u16>(peer >> 32);
  opened.ageMs = <u32>(now_ms - c.accepted_ms);
  const at = changetype<usize>(opened);
  if (!links.send(server, n, c.generation, stream.OPENED, 0, at, offsetof<Opened>())) return FULL;
  changed = true;
  stack.keep(n);
  c.server = <u8>server;
  c.state = table.SERVED;
  c.deadline_ms = 0;
  if (server === links.CONSOLE) {
    lines.open(c);
    consoleConnections++;
  } else secure9PConnections++;
  return PASSED;
}

/** Which protocol a connection speaks; on the port of Secure9P there is only one. */
function know(n: u32, c: Connection, now_ms: u64): u32 {
  // It was given up while it was silent: a newer one has its place.
  const port = stack.take(n);
  if (port !== 0) {
    free(c);
    return begin(n, port, now_ms);
  }
  const isLate = now_ms >= c.deadline_ms;
  const count = stack.peek(n, head, frames.FIRST_BYTES);
  const size: u32 = count < 4 ? 0 : load<u32>(head);
  if (c.port === <u32>manifest.NETWORK_CONSOLE_PORT) {
    const first = frames.firstIs(head, count);
    if (first === frames.LINE || (isLate && first === frames.UNDECIDED)) return assign(n, c, links.CONSOLE, now_ms);
  }
  const isRefused = count >= 4 && !frames.isLength(size);
  const isWhole = count >= frames.HEAD_BYTES && stack.available(n) >= size;
  if (isWhole && !isRefused) return assign(n, c, links.NINEDOOR, now_ms);
  const state = stack.state(n);
  if (isRefused || isLate || state !== stack.STATE_OPEN) return dismiss(n, c, isRefused, isLate, state);
  return EMPTY;
}

/** Ends a connection that no server knows of. */
function dismiss(n: u32, c: Connection, isRefused: bool, isLate: bool, state: u32): u32 {
  if (isRefused) frames.countBadLength();
  else if (state & stack.STATE_LOST) lost++;
  else if (isLate) silent++;
  else byPeer++;
  if (isRefused || state & stack.STATE_LOST) stack.abort(n);
  else stack.close(n);
  free(c);
  return EMPTY;
}

// ---- with its server ----

function serve(n: u32, c: Connection, now_ms: u64): u32 {
  const isConsole = c.server === links.CONSOLE;
  if (isConsole && !lines.grant(n, c)) return FULL;
  const state = stack.state(n);
  if (state & stack.STATE_LOST) {
    lose(n, c);
    return tellEnd(n, c);
  }
  const result = c.ignoresInput ? EMPTY : isConsole ? lines.take(n, c) : frames.take(n, c);
  if (result === REFUSED) {
    refuse(n, c);
    return tellEnd(n, c);
  }
  if (result !== EMPTY || (state & stack.STATE_EOF) === 0) return result;
  if (!links.send(c.server, n, c.generation, stream.ENDED, stream.BY_PEER, 0, 0)) return FULL;
  byPeer++;
  c.state = table.HALF_CLOSED;
  setDeadline(c, now_ms + LAST_WORDS_MS);
  return PASSED;
}

/** The peer has sent all that it will; what it asked for is still answered. */
function finish(n: u32, c: Connection, now_ms: u64): u32 {
  const isLost = (stack.state(n) & stack.STATE_LOST) !== 0;
  const isAnswered = c.server === links.NINEDOOR && c.requests === 0;
  if (isLost) stack.abort(n);
  else if (isAnswered || now_ms >= c.deadline_ms) stack.close(n);
  else return EMPTY;
  free(c);
  return EMPTY;
}

function step(n: u32, now_ms: u64): u32 {
  const c = table.at(n);
  switch (c.state) {
    case table.FREE:
      return accept(n, now_ms);
    case table.UNKNOWN:
      return know(n, c, now_ms);
    case table.SERVED:
      return serve(n, c, now_ms);
    case table.HALF_CLOSED:
      return finish(n, c, now_ms);
    case table.ENDING:
      return tellEnd(n, c);
    default:
      return EMPTY;
  }
}

// ---- what servers say ----

/** A record, with room for a length field before it. */
const record = memory.data(8 + 8192, 8);
const data = record + 8;

function restart(server: u32): void {
  for (let n: u32 = 0; n < table.LIMIT; n++) {
    const c = table.at(n);
    if (c.server !== server || !c.isServed) continue;
    byRestart++;
    stack.abort(n);
    end(n, c, stream.LOST);
  }
}

/** The record that was received last. */
function handle(server: u32): void {
  if (stream.kind === stream.RESET) return restart(server);
  if (stream.kind === stream.SELF_TEST && server === links.CONSOLE) {
    wantsSelfTest = true;
    return;
  }
  const n = stream.connection;
  const c = n < table.LIMIT ? table.at(n) : NO_CONNECTION;
  if (c === NO_CONNECTION || c.server !== server || c.generation !== stream.generation || !c.isServed) {
    late++;
    return;
  }
  set(work, n);
  if (stream.kind === stream.ENDED) {
    byServer++;
    if (stream.detail === stream.ABORT) stack.abort(n);
    else stack.close(n);
    return free(c);
  }
  // To one that is lost already, nothing can be said.
  if (deliver(server, n, c) || stack.state(n) & stack.STATE_LOST) return;
  overruns++;
  refuse(n, c);
}

/** Data, or a grant; false: it is neither, or more than the connection may take. */
function deliver(server: u32, n: u32, c: Connection): bool {
  const isConsole = server === links.CONSOLE;
  if (stream.kind === stream.DATA) {
    set(touched, n);
    return isConsole ? lines.give(n, c, data, stream.length) : frames.give(n, c, data, stream.length);
  }
  if (stream.kind !== stream.GRANT || !isConsole || stream.length !== 4) return false;
  lines.granted(c, load<u32>(data));
  return true;
}

/** Takes all that the servers have written. */
export function listenToServers(): void {
  for (let server: u32 = 0; server < links.COUNT; server++) while (links.receive(server, data)) handle(server);
}

// ---- a turn ----

function wake(now_ms: u64): void {
  for (let i: u32 = 0; i < table.WORDS; i++) {
    const word = work + 8 * i;
    store<u64>(word, load<u64>(word) | stack.attention(i));
  }
  if (now_ms < nextDeadline_ms) return;
  nextDeadline_ms = NEVER;
  for (let n: u32 = 0; n < table.LIMIT; n++) {
    const at_ms = table.at(n).deadline_ms;
    if (at_ms === 0) continue;
    if (at_ms <= now_ms) set(work, n);
    else nextDeadline_ms = min(nextDeadline_ms, at_ms);
  }
}

let count: u32 = 0;

function collect(from: u32, to: u32): void {
  for (let i = from / 64; i < table.WORDS && i * 64 < to; i++) {
    let bits = load<u64>(work + 8 * i);
    for (; bits !== 0; bits &= bits - 1) {
      const n = i * 64 + <u32>ctz(bits);
      if (n < from || n >= to) continue;
      store<u16>(order + 2 * count, <u16>n);
      count++;
    }
  }
}

/** Serves connections in turn, one step each; true: there is more to do. */
export function turn(now_ms: u64): bool {
  wake(now_ms);
  count = 0;
  collect(next, table.LIMIT);
  collect(0, next);
  let left = STEPS;
  while (count > 0 && left > 0) {
    let kept: u32 = 0;
    for (let i: u32 = 0; i < count; i++) {
      const n = <u32>load<u16>(order + 2 * i);
      const result = left === 0 ? PASSED : step(n, now_ms);
      if (left > 0) {
        left--;
        next = n + 1 < table.LIMIT ? n + 1 : 0;
      }
      if (result === PASSED) {
        store<u16>(order + 2 * kept, <u16>n);
        kept++;
      } else if (result !== FULL) clear(work, n);
    }
    count = kept;
  }
  return count > 0;
}

/** Sends what was written in this turn. */
export function flush(): void {
  for (let i: u32 = 0; i < table.WORDS; i++) {
    const word = touched + 8 * i;
    for (let bits = load<u64>(word); bits !== 0; bits &= bits - 1) stack.flush(i * 64 + <u32>ctz(bits));
    store<u64>(word, 0);
  }
}
