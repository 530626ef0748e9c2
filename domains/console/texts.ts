// SPDX-License-Identifier: Apache-2.0
// Texts of several lines that the console itself has to show, each line on its own: help, bi, caps, mem.
import * as domain from '../../generated/domains/console';
import { call, getMr } from '../../lib/machine/sel4';
import * as info from '../../lib/protocol/info';
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
  instances = <u32>getMr(info.SYSTEM_INSTANCES);
  return true;
}

function showBootInfo(): void {
  out.text('[bi] node_bits=');
  out.dec(getMr(info.SYSTEM_CNODE_BITS));
  out.text(' empty=[');
  out.hex(getMr(info.SYSTEM_EMPTY_START), 4);
  out.text('..');
  out.hex(getMr(info.SYSTEM_EMPTY_END), 4);
  out.text(') ipc=');
  out.hex(getMr(info.SYSTEM_IPC_BUFFER), 16);
  out.endLine();
}

function showSlots(): void {
  out.text('[caps] root=');
  out.hex(getMr(info.SYSTEM_ROOT_CNODE), 4);
  out.text(' ep=');
  out.hex(getMr(info.SYSTEM_ROOT_ENDPOINT), 4);
  out.text(' uart=');
  out.hex(getMr(info.SYSTEM_UART_FRAME), 4);
  out.endLine();
}

function showUntyped(): void {
  out.text('[mem] untyped caps=');
  out.dec(getMr(info.SYSTEM_UNTYPED));
  out.text(' ram_ut=');
  out.dec(getMr(info.SYSTEM_RAM_UNTYPED));
  out.text(' device_ut=');
  out.dec(getMr(info.SYSTEM_DEVICE_UNTYPED));
  out.endLine();
}

function showMemory(): void {
  out.text('[mem] ram_free_bytes=');
  out.dec(getMr(info.SYSTEM_FREE_BYTES));
  out.text(' objects=');
  out.dec(getMr(info.SYSTEM_OBJECTS));
  out.text(' slots_left=');
  out.dec(getMr(info.SYSTEM_SLOTS_LEFT));
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
