// SPDX-License-Identifier: Apache-2.0
// /proc/net: the network as the net domain counts it, and what NineDoor itself refused there; `netstats` for consoles. Each file is
// lines of `name=value`. The numbers and their names are those of lib/protocol/net-counters.ts.
import { FEATURES_NET_CONSOLE, NETWORK_MODE } from '../../../generated/manifest';
import * as words from '../../../lib/protocol/net-counters';
import { netCounter } from '../../platform';
import * as access from '../../namespace/access';
import { Place } from '../../namespace/node';
import * as tree from '../../namespace/tree';
import { Writer } from '../../../lib/text/writer';
import * as errors from '../../wire/errors';
import * as directories from '../directories';

/** Why the server ended a connection of Secure9P, or did not take it. */
export const SESSIONS_FULL: u32 = 0;
export const ATTACH_TIMEOUT: u32 = 1;
export const ATTACH_REFUSED: u32 = 2;
export const MALFORMED: u32 = 3;
/** A record for a connection that is not. */
export const UNKNOWN: u32 = 4;
/** Records that made no sense: all connections were ended. */
export const RECORDS_LOST: u32 = 5;
const REASONS: u32 = 6;

const REASON_NAMES: StaticArray<string> = [
  'secure9p_sessions_full',
  'secure9p_attach_timeout',
  'secure9p_attach_refused',
  'secure9p_malformed',
  'secure9p_unknown_connection',
  'secure9p_records_lost',
];
const counts = memory.data(8 * REASONS, 8);

export function count(reason: u32): void {
  store<u64>(counts + 8 * reason, load<u64>(counts + 8 * reason) + 1);
}

function name(w: Writer, label: string): void {
  w.text(label);
  w.byte(0x3d);
}

function line(w: Writer, label: string, value: u64): void {
  name(w, label);
  w.dec(value);
  w.byte(0x0a);
}

function textLine(w: Writer, label: string, value: string): void {
  name(w, label);
  w.text(value);
  w.byte(0x0a);
}

/** The words from one to another, both included. */
function range(w: Writer, first: u32, last: u32): void {
  for (let i = first; i <= last; i++) line(w, unchecked(words.NAMES[i]), netCounter(i));
}

function address(w: Writer, label: string, index: u32): void {
  const value = netCounter(index);
  name(w, label);
  for (let i: u64 = 0; i < 4; i++) {
    if (i > 0) w.byte(0x2e);
    w.dec((value >> (8 * i)) & 0xff);
  }
  w.byte(0x0a);
}

function mac(w: Writer): void {
  const value = netCounter(words.CARD_MAC);
  name(w, 'mac');
  for (let i: u64 = 0; i < 6; i++) {
    if (i > 0) w.byte(0x3a);
    w.hex((value >> (8 * i)) & 0xff, 2);
  }
  w.byte(0x0a);
}

function cardState(): string {
  switch (<u32>netCounter(words.CARD_STATE)) {
    case <u32>words.CARD_ABSENT:
      return 'absent';
    case <u32>words.CARD_RUNNING:
      return 'running';
    default:
      return 'failed';
  }
}

function dhcpState(): string {
  switch (<u32>netCounter(words.DHCP_STATE)) {
    case <u32>words.DHCP_OFF:
      return 'off';
    case <u32>words.DHCP_ASKING:
      return 'asking';
    case <u32>words.DHCP_BOUND:
      return 'bound';
    default:
      return 'renewing';
  }
}

function readInterface(_place: Place, w: Writer): u32 {
  textLine(w, 'card', cardState());
  line(w, 'slot', netCounter(words.CARD_SLOT));
  textLine(w, 'virtio', netCounter(words.CARD_LEGACY) !== 0 ? 'legacy' : 'modern');
  mac(w);
  textLine(w, 'mode', NETWORK_MODE);
  address(w, 'address', words.ADDRESS);
  address(w, 'netmask', words.NETMASK);
  address(w, 'gateway', words.GATEWAY);
  textLine(w, 'dhcp', dhcpState());
  line(w, 'dhcp_lease_s', netCounter(words.DHCP_LEASE_S));
  return errors.NONE;
}

function readCounters(_place: Place, w: Writer): u32 {
  range(w, words.RX_PACKETS, words.TX_ZERO_LEN);
  range(w, words.NETTEST_RUNS, words.NETTEST_RUNS);
  range(w, words.RX_BYTES, words.CARD_FAILURES);
  range(w, words.RX_CHECKSUMS_OFFLOADED, words.TX_CHECKSUMS_OFFLOADED);
  return errors.NONE;
}

function readConnections(_place: Place, w: Writer): u32 {
  range(w, words.OPEN_CONSOLE, words.ENDED_BY_RESTART);
  return errors.NONE;
}

function readRefusals(_place: Place, w: Writer): u32 {
  range(w, words.REFUSED_CONNECTIONS, words.REFUSED_STALLED);
  for (let reason: u32 = 0; reason < REASONS; reason++) {
    line(w, unchecked(REASON_NAMES[reason]), load<u64>(counts + 8 * reason));
  }
  return errors.NONE;
}

function readDrops(_place: Place, w: Writer): u32 {
  range(w, words.DROPPED_BAD_FRAME, words.RINGS_FULL);
  return errors.NONE;
}

/** Whether there is a network at all. */
export function isUp(): bool {
  return FEATURES_NET_CONSOLE && netCounter(words.CARD_STATE) !== words.CARD_ABSENT;
}

/** `netstats:`, then the words from one to another. */
function statsLine(w: Writer, first: u32, last: u32): void {
  w.text('netstats:');
  for (let i = first; i <= last; i++) {
    w.byte(0x20);
    name(w, unchecked(words.NAMES[i]));
    w.dec(netCounter(i));
  }
  w.byte(0x0a);
}

function bit(w: Writer, label: string, value: u64, mask: u64): void {
  w.text(label);
  w.flag((value & mask) !== 0);
}

/** The last line has the words of the older system's clients. */
function testLine(w: Writer): void {
  w.text('nettest: enabled=');
  w.flag(netCounter(words.NETTEST_ENABLED) !== 0);
  w.text(' running=');
  w.flag(netCounter(words.NETTEST_RUNNING) !== 0);
  const last = netCounter(words.NETTEST_LAST);
  if ((last & words.NETTEST_DONE_BIT) === 0) {
    w.text(' last=None');
    return;
  }
  bit(w, ' last=Some(NetSelfTestResult { tx_ok: ', last, words.NETTEST_TX_BIT);
  bit(w, ', udp_echo_ok: ', last, words.NETTEST_UDP_BIT);
  bit(w, ', tcp_ok: ', last, words.NETTEST_TCP_BIT);
  w.text(' })');
}

/** The lines of `netstats`, separated by newlines. */
export function writeStats(w: Writer): void {
  statsLine(w, words.RX_PACKETS, words.POLLS);
  statsLine(w, words.UDP_RX, words.TCP_TX_BYTES);
  statsLine(w, words.TCP_SMOKE_OUT, words.TCP_SMOKE_OUT_FAILURES);
  statsLine(w, words.TX_SUBMIT, words.TX_ZERO_LEN);
  testLine(w);
}

export function declare(): void {
  if (!FEATURES_NET_CONSOLE) return;
  const dir = tree.directory(directories.proc(), 'net', access.QUEEN);
  tree.readOnly(dir, 'interface', access.QUEEN, readInterface.index);
  tree.readOnly(dir, 'counters', access.QUEEN, readCounters.index);
  tree.readOnly(dir, 'connections', access.QUEEN, readConnections.index);
  tree.readOnly(dir, 'refusals', access.QUEEN, readRefusals.index);
  tree.readOnly(dir, 'drops', access.QUEEN, readDrops.index);
}
