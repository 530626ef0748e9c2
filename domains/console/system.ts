// SPDX-License-Identifier: Apache-2.0
// help, bi, caps, mem, ping, netstats, and the verbs that test: what can be answered without a session. On the serial line their text
// comes before the acknowledgement, on the wire after it, as existing clients of either expect.
import * as domain from '../../generated/domains/console';
import * as message from '../../lib/channel/message';
import { call, getMr } from '../../lib/machine/sel4';
import * as protocol from '../../lib/protocol/supervisor';
import * as ack from './ack';
import * as audit from './audit';
import * as domains from './domains';
import * as failure from './failure';
import * as link from './link';
import * as payload from './payload';
import * as out from './sink';
import * as table from './table';
import * as connections from './tcp/connections';

// Texts of several lines, by number.
const HELP: u32 = 0;
const BOOTINFO: u32 = 1;
const CAPABILITIES: u32 = 2;
const MEMORY: u32 = 3;
/** What payload keeps. */
const KEPT: u32 = 4;

function helpLine(line: u32): string {
  switch (line) {
    case 0:
      return 'Commands:';
    case 1:
      return '  help  - Show this help';
    case 2:
      return '  bi    - Show bootinfo summary';
    case 3:
      return '  caps  - Show capability slots';
    case 4:
      return '  mem   - Show untyped summary';
    case 5:
      return '  ping  - Respond with pong';
    case 6:
      return '  test  - Self-test (host-only; use cohsh)';
    case 7:
      return '  nettest  - Run network self-test (dev-virt)';
    case 8:
      return '  netstats - Show network counters';
    default:
      return '  quit  - Exit the console session';
  }
}
const HELP_LINES: u32 = 10;

/** Instances of the system, as the supervisor said last. */
let instances: u32 = 0;

/** Asks the supervisor about the system; false: it does not answer. */
function askSystem(): bool {
  if (call(domain.SLOT_SUPERVISOR, protocol.INFO_SYSTEM, 0) !== protocol.OK) return false;
  instances = <u32>getMr(14);
  return true;
}

function showBootInfo(): void {
  out.text('[bi] node_bits=');
  out.dec(getMr(0));
  out.text(' empty=[');
  out.hex(getMr(1), 4);
  out.text('..');
  out.hex(getMr(2), 4);
  out.text(') ipc=');
  out.hex(getMr(3), 16);
  out.endLine();
}

function showSlots(): void {
  out.text('[caps] root=');
  out.hex(getMr(4), 4);
  out.text(' ep=');
  out.hex(getMr(5), 4);
  out.text(' uart=');
  out.hex(getMr(6), 4);
  out.endLine();
}

function showUntyped(): void {
  out.text('[mem] untyped caps=');
  out.dec(getMr(7));
  out.text(' ram_ut=');
  out.dec(getMr(8));
  out.text(' device_ut=');
  out.dec(getMr(9));
  out.endLine();
}

function showMemory(): void {
  out.text('[mem] ram_free_bytes=');
  out.dec(getMr(10));
  out.text(' objects=');
  out.dec(getMr(11));
  out.text(' slots_left=');
  out.dec(getMr(12));
  out.endLine();
}

/** Shows a line of a text, or nothing where an instance does not exist; false: there is no such line any more. */
export function showLine(what: u32, line: u32): bool {
  if (what === KEPT) return payload.showKept();
  if (what === HELP) {
    if (line === HELP_LINES) return false;
    out.line(helpLine(line));
    return true;
  }
  const heads: u32 = what === MEMORY ? 2 : 1;
  if (line >= heads) {
    const instance = line - heads;
    if (what === BOOTINFO || instance >= instances) return false;
    if (what === MEMORY) domains.showMemory(instance);
    else domains.showCapabilities(instance);
    return true;
  }
  if (!askSystem()) return false;
  if (what === BOOTINFO) showBootInfo();
  else if (what === CAPABILITIES) showSlots();
  else if (line === 0) showUntyped();
  else showMemory();
  return true;
}

/** The list that `help` prints and the boot log ends with. */
export function commandList(): void {
  for (let line: u32 = 0; line < HELP_LINES; line++) showLine(HELP, line);
}

/** The acknowledgement and a text, in the order of the transport. */
function show(label: string, what: u32): void {
  if (table.isSerial()) {
    let line: u32 = 0;
    while (showLine(what, line)) line++;
    ack.ok(label);
    return;
  }
  ack.ok(label);
  payload.lines(what);
}

/** The same for what the supervisor tells. */
function tell(label: string, what: u32): void {
  if (askSystem()) show(label, what);
  else ack.error(label, 'policy', 'unavailable');
}

export function help(label: string): void {
  audit.say('console: help');
  show(label, HELP);
}

export function bi(label: string): void {
  tell(label, BOOTINFO);
}

export function caps(label: string): void {
  tell(label, CAPABILITIES);
}

export function mem(label: string): void {
  tell(label, MEMORY);
}

export function ping(label: string): void {
  audit.say('console: ping');
  if (table.isSerial()) out.line('PONG');
  ack.beginOk(label);
  ack.field('reply', 'pong');
  ack.end();
  if (!table.isSerial()) out.line('PONG');
}

export function test(label: string): void {
  audit.say('console: test rejected (host-only)', protocol.REFUSED_POLICY);
  ack.error(label, 'policy', 'host-only');
}

/** What the verb is about is not in this image, or not there. */
export function absent(label: string, detail: string): void {
  audit.say('', protocol.REFUSED_POLICY);
  ack.error(label, 'policy', detail);
}

const STATISTICS_BYTES: u32 = 2048;
const statistics = memory.data(2048);

/** Asks NineDoor, which reads net's counters; true: there is a network. Else the verb has been refused. */
function askNetwork(label: string): bool {
  if (!link.isUp()) {
    failure.unavailable(label);
    return false;
  }
  const result = message.exchange(
    domain.SLOT_CALL_CONSOLE_9P,
    domain.CONSOLE_9P_OFFSET,
    domain.CONSOLE_9P_BYTES,
    protocol.NETSTATS,
    statistics,
    0,
    statistics,
    STATISTICS_BYTES,
  );
  if (result === protocol.OK) return true;
  if (result === protocol.CLOSED) failure.unavailable(label);
  else absent(label, result === protocol.BUSY ? 'net-disabled' : 'unsupported');
  return false;
}

export function netstats(label: string): void {
  if (!askNetwork(label)) return;
  payload.keep(statistics, message.replyBytes);
  show(label, KEPT);
}

export function nettest(label: string): void {
  if (!askNetwork(label)) return;
  if (!connections.requestSelfTest()) {
    audit.say('', protocol.REFUSED_BUSY);
    return ack.error(label, 'busy', 'busy');
  }
  if (table.isSerial()) out.line('[net-selftest] triggered');
  ack.ok(label);
  if (!table.isSerial()) out.line('[net-selftest] triggered');
}
