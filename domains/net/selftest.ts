// SPDX-License-Identifier: Apache-2.0
// The self-test of the network, which the console asks for: beacons to the router, and one connection to it. What comes of it is in the
// counters; nothing else depends on it.
import { NETWORK_TCP_SMOKE_PORT } from '../../generated/manifest';
import * as counters from '../../lib/protocol/net-counters';
import * as stack from './stack';

const WINDOW_MS: u64 = 15_000;
const BEACON_PERIOD_MS: u64 = 250;
const BEACONS: u32 = 20;
const BEACON_FROM: u32 = 40_000;
const BEACON_TO: u32 = 31_338;
/** In turn: the last one may still be in use. */
const PROBE_FROM_FIRST: u32 = 31_340;
const PROBE_FROM_SECOND: u32 = 31_341;
const PROBE_TO: u32 = 31_339;
const TEXT_BYTES: u32 = 15;
const text = memory.data<u8>([
  0x43, 0x4f, 0x48, 0x45, 0x53, 0x49, 0x58, 0x5f, 0x4e, 0x45, 0x54, 0x5f, 0x4f, 0x4b, 0x20, 0, 0, 0, 0, 0, 0, 0, 0,
]); // "COHESIX_NET_OK ", and room for a number

export let isRunning: bool = false;
export let last: u64 = 0;
export let runs: u64 = 0;
export let probes: u64 = 0;
export let probeFailures: u64 = 0;

let router: u32 = 0;
let end_ms: u64 = 0;
let next_ms: u64 = 0;
let beacons: u32 = 0;
let beaconsSent: u32 = 0;
let receivedBefore: u32 = 0;
let probe: i32 = -1;
let isMade: bool = false;

export function start(): bool {
  return stack.udpBeacon(BEACON_FROM);
}

/** When something is to be done next. */
export function due_ms(): u64 {
  return isRunning ? min(beacons < BEACONS ? next_ms : end_ms, end_ms) : u64.MAX_VALUE;
}

/** Begins a test, unless one runs. */
export function run(now_ms: u64): void {
  if (isRunning) return;
  isRunning = true;
  runs++;
  router = stack.addressOf(stack.GATEWAY);
  end_ms = now_ms + WINDOW_MS;
  next_ms = now_ms;
  beacons = 0;
  beaconsSent = 0;
  receivedBefore = stack.udpReceived();
  isMade = false;
  const port = NETWORK_TCP_SMOKE_PORT === 0 ? PROBE_TO : <u32>NETWORK_TCP_SMOKE_PORT;
  probe = router === 0 ? -1 : stack.connect(runs & 1 ? PROBE_FROM_FIRST : PROBE_FROM_SECOND, router, port);
  if (probe < 0) probeFailures++;
}

function beacon(): void {
  let at = TEXT_BYTES;
  if (beacons >= 10) store<u8>(text + at++, <u8>(0x30 + beacons / 10));
  store<u8>(text + at++, <u8>(0x30 + (beacons % 10)));
  if (router !== 0 && stack.sendBeacon(router, BEACON_TO, text, at)) beaconsSent++;
  beacons++;
}

/** Looks at the connection; when it is made or lost, that was all. */
function look(isOver: bool): void {
  if (probe < 0) return;
  const state = stack.state(<u32>probe);
  if (state & stack.STATE_MADE) {
    isMade = true;
    probes++;
    stack.close(<u32>probe);
  } else if (state & stack.STATE_LOST || isOver) {
    probeFailures++;
    stack.abort(<u32>probe);
  } else return;
  probe = -1;
}

export function turn(now_ms: u64): void {
  if (!isRunning) return;
  for (; beacons < BEACONS && now_ms >= next_ms; next_ms += BEACON_PERIOD_MS) beacon();
  look(now_ms >= end_ms);
  if (now_ms < end_ms && (beacons < BEACONS || probe >= 0)) return;
  isRunning = false;
  last = counters.NETTEST_DONE_BIT;
  if (beaconsSent === BEACONS) last |= counters.NETTEST_TX_BIT;
  if (stack.udpReceived() !== receivedBefore) last |= counters.NETTEST_UDP_BIT;
  if (isMade) last |= counters.NETTEST_TCP_BIT;
}
