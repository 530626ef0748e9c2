// What each console verb does. A verb whose subsystem is not in the image refuses as for an absent subsystem.
import * as boot from '../boot/boot';
import * as bootinfo from '../boot/bootinfo';
import * as slots from '../boot/slots';
import * as untyped from '../boot/untyped';
import * as abi from '../machine/abi';
import { equalsIgnoreCase } from '../text/ascii';
import * as out from '../text/output';
import * as ack from './ack';
import * as grammar from './grammar';

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

function bi(): void {
  out.text('[bi] node_bits=');
  out.dec(bootinfo.cnodeBits);
  out.text(' empty=[');
  out.hex(bootinfo.emptyStart, 4);
  out.text('..');
  out.hex(bootinfo.emptyEnd, 4);
  out.text(') ipc=');
  out.hex(bootinfo.ipcBuffer, 16);
  out.endLine();
}

function caps(): void {
  out.text('[caps] root=');
  out.hex(abi.CAP_INIT_CNODE, 4);
  out.text(' ep=');
  out.hex(boot.rootEndpoint, 4);
  out.text(' uart=');
  out.hex(boot.uartFrame, 4);
  out.endLine();
}

function mem(): void {
  out.text('[mem] untyped caps=');
  out.dec(bootinfo.untypedCount());
  out.text(' ram_ut=');
  out.dec(bootinfo.ramUntyped);
  out.text(' device_ut=');
  out.dec(bootinfo.deviceUntyped);
  out.endLine();
  out.text('[mem] ram_free_bytes=');
  out.dec(untyped.freeBytes());
  out.text(' objects=');
  out.dec(untyped.retyped);
  out.text(' slots_left=');
  out.dec(slots.left());
  out.endLine();
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

/** Runs the verb that grammar.parse found. */
export function run(): void {
  const label = grammar.label(grammar.verb);
  switch (grammar.verb) {
    case grammar.HELP:
      commandList();
      break;
    case grammar.BOOTINFO:
      bi();
      break;
    case grammar.CAPS:
      caps();
      break;
    case grammar.MEM:
      mem();
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
