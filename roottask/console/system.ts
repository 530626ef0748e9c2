// help, bi, caps, mem, ping, and the verbs that test and measure: what can be answered without a session.
import * as domain from '../../generated/domains/console';
import { call, getMr } from '../machine/sel4';
import * as protocol from '../supervisor/protocol';
import * as ack from './ack';
import * as audit from './audit';
import * as domains from './domains';
import * as out from './sink';

/** The list that `help` prints and the boot log ends with. */
export function commandList(): void {
  out.line('Commands:');
  out.line('  help  - Show this help');
  out.line('  bi    - Show bootinfo summary');
  out.line('  caps  - Show capability slots');
  out.line('  mem   - Show untyped summary');
  out.line('  ping  - Respond with pong');
  out.line('  test  - Self-test (host-only; use cohsh)');
  out.line('  nettest  - Run network self-test (dev-virt)');
  out.line('  netstats - Show network counters');
  out.line('  quit  - Exit the console session');
}

/** Asks the supervisor about the system; false: it does not answer. */
function askSystem(): bool {
  return call(domain.SLOT_SUPERVISOR, protocol.INFO_SYSTEM, 0) === protocol.OK;
}

function showBootInfo(): bool {
  if (!askSystem()) return false;
  out.text('[bi] node_bits=');
  out.dec(getMr(0));
  out.text(' empty=[');
  out.hex(getMr(1), 4);
  out.text('..');
  out.hex(getMr(2), 4);
  out.text(') ipc=');
  out.hex(getMr(3), 16);
  out.endLine();
  return true;
}

function showCapabilities(): bool {
  if (!askSystem()) return false;
  out.text('[caps] root=');
  out.hex(getMr(4), 4);
  out.text(' ep=');
  out.hex(getMr(5), 4);
  out.text(' uart=');
  out.hex(getMr(6), 4);
  out.endLine();
  domains.capabilities(<u32>getMr(14));
  return true;
}

function showMemory(): bool {
  if (!askSystem()) return false;
  out.text('[mem] untyped caps=');
  out.dec(getMr(7));
  out.text(' ram_ut=');
  out.dec(getMr(8));
  out.text(' device_ut=');
  out.dec(getMr(9));
  out.endLine();
  out.text('[mem] ram_free_bytes=');
  out.dec(getMr(10));
  out.text(' objects=');
  out.dec(getMr(11));
  out.text(' slots_left=');
  out.dec(getMr(12));
  out.endLine();
  domains.memory(<u32>getMr(14));
  return true;
}

/** Acknowledges what was shown, or that the supervisor does not answer. */
function finish(label: string, shown: bool): void {
  if (shown) ack.ok(label);
  else ack.error(label, 'policy', 'unavailable');
}

export function help(label: string): void {
  audit.say('console: help');
  commandList();
  ack.ok(label);
}

export function bi(label: string): void {
  finish(label, showBootInfo());
}

export function caps(label: string): void {
  finish(label, showCapabilities());
}

export function mem(label: string): void {
  finish(label, showMemory());
}

export function ping(label: string): void {
  audit.say('console: ping');
  out.line('PONG');
  ack.beginOk(label);
  ack.field('reply', 'pong');
  ack.end();
}

export function test(label: string): void {
  audit.say('console: test rejected (host-only)', protocol.REFUSED_POLICY);
  ack.error(label, 'policy', 'host-only');
}

/** What the verb is about is not in this image. */
export function absent(label: string, detail: string): void {
  audit.say('', protocol.REFUSED_POLICY);
  ack.error(label, 'policy', detail);
}
