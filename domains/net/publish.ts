// SPDX-License-Identifier: Apache-2.0
// Writes the table of counters for NineDoor (counters.ts): each word that has changed, at the end of a turn.
import * as domain from '../../generated/domains/net';
import * as shared from '../../lib/channel/counters';
import * as ring from '../../lib/channel/ring';
import * as stream from '../../lib/channel/stream';
import * as connections from './connections/connections';
import * as frames from './connections/frames';
import * as lines from './connections/lines';
import * as links from './connections/links';
import * as table from './connections/table';
import * as counters from '../../lib/protocol/net-counters';
import * as selftest from './selftest';
import * as stack from './stack';
import * as driver from './virtio/driver';

const TABLE: u32 = domain.NET_COUNTERS_OFFSET;
/** What the table holds. */
const written = memory.data(8 * counters.COUNT, 8);


@inline
function put(index: u32, value: u64): void {
  if (load<u64>(written + 8 * index) === value) return;
  store<u64>(written + 8 * index, value);
  shared.set(TABLE, index, value);
}

/** The predecessor's numbers are still there. */
export function start(): void {
  for (let index: u32 = 0; index < counters.COUNT; index++) shared.set(TABLE, index, 0);
  put(counters.OPEN_LIMIT, table.LIMIT);
}

function card(): void {
  put(counters.RX_PACKETS, driver.receivedFrames);
  put(counters.TX_PACKETS, driver.transmittedFrames);
  put(counters.RX_USED, driver.receivedFrames + driver.badFrames);
  put(counters.TX_USED, driver.completedFrames);
  put(counters.TX_SUBMIT, driver.transmittedFrames);
  put(counters.TX_COMPLETE, driver.completedFrames);
  put(counters.TX_FREE, driver.freeBuffers());
  put(counters.TX_IN_FLIGHT, driver.lentBuffers());
  put(counters.TX_ZERO_LEN, driver.emptyFrames);
  put(counters.CARD_STATE, driver.state);
  put(counters.CARD_SLOT, driver.slot);
  put(counters.CARD_LEGACY, driver.isLegacy() ? 1 : 0);
  put(counters.CARD_MAC, driver.mac);
  put(counters.RX_BYTES, driver.receivedBytes);
  put(counters.TX_BYTES, driver.transmittedBytes);
  put(counters.INTERRUPTS, driver.interrupts);
  put(counters.CARD_FAILURES, driver.failures);
  put(counters.DROPPED_BAD_FRAME, driver.badFrames);
  put(counters.RX_CHECKSUMS_OFFLOADED, driver.verifiedChecksums);
  put(counters.TX_CHECKSUMS_OFFLOADED, driver.completedChecksums);
}

function network(): void {
  put(counters.UDP_RX, stack.udpReceived());
  put(counters.UDP_TX, stack.udpSent());
  put(counters.TCP_ACCEPTS, stack.counter(stack.TCP_ACCEPTED));
  put(counters.TCP_RX_BYTES, stack.counter(stack.TCP_RECEIVED_BYTES));
  put(counters.TCP_TX_BYTES, stack.counter(stack.TCP_SENT_BYTES));
  put(counters.REFUSED_CONNECTIONS, stack.counter(stack.TCP_REFUSED));
  put(counters.REFUSED_STALLED, stack.counter(stack.TCP_STALLED));
  put(counters.DROPPED_HALF_OPEN, stack.counter(stack.TCP_HALF_OPEN));
  put(counters.DROPPED_RX_MEMORY, stack.drops(stack.DROP_RX_MEMORY));
  put(counters.DROPPED_TX_FULL, stack.drops(stack.DROP_TX_FULL));
  put(counters.DROPPED_ARP, stack.drops(stack.DROP_ARP));
  put(counters.DROPPED_IP, stack.drops(stack.DROP_IP));
  put(counters.DROPPED_ICMP, stack.drops(stack.DROP_ICMP));
  put(counters.DROPPED_UDP, stack.drops(stack.DROP_UDP));
  put(counters.DROPPED_TCP, stack.drops(stack.DROP_TCP));
  put(counters.BAD_CHECKSUMS, stack.drops(stack.DROP_CHECKSUM));
  put(counters.ADDRESS, stack.addressOf(stack.OWN));
  put(counters.NETMASK, stack.addressOf(stack.NETMASK));
  put(counters.GATEWAY, stack.addressOf(stack.GATEWAY));
  put(counters.DHCP_STATE, stack.addressState());
  put(counters.DHCP_LEASE_S, stack.addressLease_s());
}

function test(): void {
  put(counters.NETTEST_RUNNING, selftest.isRunning ? 1 : 0);
  put(counters.NETTEST_LAST, selftest.last);
  put(counters.NETTEST_RUNS, selftest.runs);
  put(counters.TCP_SMOKE_OUT, selftest.probes);
  put(counters.TCP_SMOKE_OUT_FAILURES, selftest.probeFailures);
}

/** Who is there now, and who ever was. */
function population(): void {
  let console: u64 = 0;
  let secure9P: u64 = 0;
  let other: u64 = 0;
  for (let n: u32 = 0; n < table.LIMIT; n++) {
    const c = table.at(n);
    const state = c.state;
    if (state === table.FREE) continue;
    if (state === table.UNKNOWN) other++;
    else if (c.server === links.CONSOLE) console++;
    else secure9P++;
  }
  put(counters.OPEN_CONSOLE, console);
  put(counters.OPEN_SECURE9P, secure9P);
  put(counters.OPEN_OTHER, other);
  put(counters.CONSOLE_CONNECTIONS, connections.consoleConnections);
  put(counters.SECURE9P_CONNECTIONS, connections.secure9PConnections);
  put(counters.ENDED_BY_PEER, connections.byPeer);
  put(counters.ENDED_LOST, connections.lost);
  put(counters.ENDED_BY_SERVER, connections.byServer);
  put(counters.ENDED_BY_RESTART, connections.byRestart);
  put(counters.REFUSED_SILENT, connections.silent + stack.counter(stack.TCP_DISPLACED));
}

function traffic(): void {
  put(counters.SMOKE_CONNECTIONS, connections.smokes);
  put(counters.CONSOLE_LINES_IN, lines.linesIn);
  put(counters.CONSOLE_LINES_OUT, lines.linesOut);
  put(counters.SECURE9P_FRAMES_IN, frames.framesIn);
  put(counters.SECURE9P_FRAMES_OUT, frames.framesOut);
  put(counters.REFUSED_9P_LENGTH, frames.badLengths);
  put(counters.REFUSED_SHORT, lines.tooShort);
  put(counters.REFUSED_LONG, lines.tooLong);
  put(counters.RECORDS_LATE, connections.late);
  put(counters.RECORDS_OVERRUN, connections.overruns);
  put(counters.RECORDS_BAD, stream.malformed + ring.corruptions);
  put(counters.RINGS_FULL, links.fullTurns);
}

/** After a turn, the `turns`-th. */
export function all(turns: u64, hasStack: bool): void {
  put(counters.POLLS, turns);
  card();
  traffic();
  if (connections.changed) {
    connections.noted();
    population();
  }
  if (!hasStack) return;
  network();
  put(counters.NETTEST_ENABLED, 1);
  test();
}
