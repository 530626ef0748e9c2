// What each console verb does. A verb whose subsystem is not in the image refuses as for an absent subsystem.
import * as domain from '../../generated/domains/console';
import { call, getMr } from '../machine/sel4';
import * as protocol from '../supervisor/protocol';
import { equalsIgnoreCase } from '../text/ascii';
import * as ack from './ack';
import * as domains from './domains';
import * as grammar from './grammar';
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

function bi(): bool {
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

function caps(): bool {
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

function mem(): bool {
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

function isRole(): bool {
  const at = grammar.first;
  const length = grammar.firstLength;
  return (
    equalsIgnoreCase(at, length, 'queen') ||
    equalsIgnoreCase(at, length, 'worker') ||
    equalsIgnoreCase(at, length, 'worker-heartbeat') ||
    equalsIgnoreCase(at, length, 'worker-gpu') ||
    equalsIgnoreCase(at, length, 'worker-bus') ||
    equalsIgnoreCase(at, length, 'worker-lora')
  );
}

/** Sessions are NineDoor's: without it nobody can attach. */
function attach(): void {
  const label = grammar.label(grammar.ATTACH);
  if (!isRole()) {
    ack.error(label, 'policy', 'invalid-role');
    return;
  }
  out.line('ERR: NineDoor unavailable');
  ack.error(label, 'policy', 'ninedoor-unavailable');
}

function unavailable(label: string): void {
  ack.error(label, 'policy', 'unavailable');
}

/** Runs the verb that grammar.parse found. */
export function run(): void {
  const label = grammar.label(grammar.verb);
  switch (grammar.verb) {
    case grammar.HELP:
      commandList();
      break;
    case grammar.BOOTINFO:
      if (!bi()) return unavailable(label);
      break;
    case grammar.CAPS:
      if (!caps()) return unavailable(label);
      break;
    case grammar.MEM:
      if (!mem()) return unavailable(label);
      break;
    case grammar.PING:
      out.line('PONG');
      out.line('OK PING reply=pong');
      return;
    case grammar.QUIT:
      break;
    case grammar.TEST:
      ack.error(label, 'policy', 'host-only');
      return;
    case grammar.NETTEST:
    case grammar.NETSTATS:
      ack.error(label, 'policy', 'net-disabled');
      return;
    case grammar.CACHELOG:
      ack.error(label, 'policy', 'unsupported');
      return;
    case grammar.ATTACH:
      attach();
      return;
    default:
      // log, tail, cat, ls, echo, spawn, kill: verbs of a session, and there is none.
      ack.error(label, 'policy', 'unauthenticated');
      return;
  }
  ack.ok(label);
}
