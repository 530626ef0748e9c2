// SPDX-License-Identifier: Apache-2.0
// Texts of several lines that the console itself has to show, each line on its own: help, bi, caps, mem.
import * as domain from '../../generated/domains/console';
import { call, getMr } from '../../lib/machine/sel4';
import * as protocol from '../../lib/protocol/supervisor';
import * as domains from './domains';
import * as window from './payload/window';
import { Payload } from './session/payload';
import * as out from './sink';

// Texts of several lines, by number.
export const HELP: u32 = 0;
export const BOOTINFO: u32 = 1;
export const CAPABILITIES: u32 = 2;
export const MEMORY: u32 = 3;
/** What the session's payload keeps. */
export const KEPT: u32 = 4;

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
export function askSystem(): bool {
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
export function showLine(p: Payload, what: u32, line: u32): bool {
  if (what === KEPT) return window.showKept(p);
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
export function showHelp(): void {
  for (let line: u32 = 0; line < HELP_LINES; line++) out.line(helpLine(line));
}
