// SPDX-License-Identifier: Apache-2.0
// From the first instruction to the prompt: the boot phases in order, each doing what its name says.
import { TEXT as BUILD_TEXT } from '../../generated/build';
import * as board from '../../generated/board';
import * as manifest from '../../generated/manifest';
import * as clock from '../../lib/device/clock';
import * as pl011 from '../../lib/device/pl011';
import * as pl031 from '../../lib/device/pl031';
import * as abi from '../../lib/machine/abi';
import { tcbBindNotification } from '../../lib/machine/sel4';
import * as startup from './startup';
import * as out from '../log/output';
import * as bootinfo from './bootinfo';
import * as objects from './objects';
import * as phases from './phases';
import * as slots from './slots';
import * as summary from './summary';
import * as untyped from './untyped';

/** Device regions, in the order in which they are mapped. */
const REGION_UART: u32 = 0;
const REGION_RTC: u32 = 1;

/** Badge of the timer interrupt. */
/** Bit 63 marks a signal among the badges of messages. */
export const EVENT_TIMER: u64 = (1 << 63) | 1;

export let rootEndpoint: u64 = 0;
export let events: u64 = 0;
export let uartFrame: u64 = 0;
export let timerIrq: u64 = 0;

function cspaceCanonicalise(): void {
  out.line('[kernel:entry] root-task entry reached');
  phases.begin(phases.CSPACE_CANONICALISE);
  out.line('[MARK] boot_state=COLD');
  out.line('[mark] bootinfo.view.begin');
  bootinfo.view();
}

function bootInfoValidate(): void {
  phases.begin(phases.BOOTINFO_VALIDATE);
  out.line('[mark] bootinfo.validate.begin');
  const problem = bootinfo.problem();
  if (problem.length > 0) phases.abort('bootinfo', problem);
  out.text('[bootinfo:cspace] root=');
  out.hex(abi.CAP_INIT_CNODE, 4);
  out.text(' init_bits=');
  out.dec(bootinfo.cnodeBits);
  out.text(' empty=[');
  out.hex(bootinfo.emptyStart, 4);
  out.text('..');
  out.hex(bootinfo.emptyEnd, 4);
  out.line(')');
  out.line('[mark] bootinfo.validate.ok');
  out.line('[mark] bootinfo.view.ok');
}

function section(name: string, id: u32): void {
  out.text(name);
  out.text('=[');
  out.hex(startup.sectionStart(id));
  out.text('..');
  out.hex(startup.sectionEnd(id));
  out.byte(0x29);
}

function memoryLayoutBuild(): void {
  phases.begin(phases.MEMORY_LAYOUT_BUILD);
  out.text('[boot:layout] ');
  section('text', startup.SECTION_TEXT);
  section(' rodata', startup.SECTION_RODATA);
  section(' data', startup.SECTION_DATA);
  section(' bss', startup.SECTION_BSS);
  section(' heap', startup.SECTION_HEAP);
  section(' stack', startup.SECTION_STACK);
  out.endLine();
  out.line('log.transport=UART_ONLY');
}

function cspaceRecord(): void {
  phases.begin(phases.CSPACE_RECORD);
  slots.init();
  untyped.init();
  out.line('[boot] allocator ready');
  out.text('[BUILD] ');
  out.text(BUILD_TEXT);
  out.text(' board=');
  out.text(board.NAME);
  out.text(' features=[kernel:1 serial-console:');
  out.byte(manifest.FEATURES_SERIAL_CONSOLE ? 0x31 : 0x30);
  out.line(']');
  out.line('[mark] bootstrap.enter');
}

function ipcInstall(): void {
  phases.begin(phases.IPC_INSTALL);
  out.line('[mark] ipc.install.ok');
  out.line('[cohesix:root-task] entered from seL4 (stage0)');
  out.line('[cohesix:root-task] Cohesix boot: root-task online');
  out.line('[cohesix:root-task] Cohesix v0 (AArch64/virt)');
  summary.write();
}

function untypedPlan(): void {
  phases.begin(phases.UNTYPED_PLAN);
  out.text('[untyped] caps=');
  out.dec(bootinfo.untypedCount());
  out.text(' ram_ut=');
  out.dec(bootinfo.ramUntyped);
  out.text(' device_ut=');
  out.dec(bootinfo.deviceUntyped);
  out.text(' ram_free_bytes=');
  out.dec(untyped.freeBytes());
  out.endLine();
}

function publishEndpoint(): void {
  out.line('[mark] ep.bootstrap.begin');
  rootEndpoint = objects.make(abi.OBJECT_ENDPOINT, abi.BITS_ENDPOINT, 'root-ep');
  out.text('[mark] ep.publish.ok root_ep=');
  out.hex(rootEndpoint, 4);
  out.endLine();
  out.line('[boot] root endpoint published');
  out.text('[boot] fault endpoint ep=');
  out.hex(startup.faultEndpoint(), 4);
  out.endLine();
}

function bringUpUart(): void {
  uartFrame = objects.mapDevice(REGION_UART, board.UART_PADDR, 'pl011');
  pl011.init(REGION_UART);
  startup.setFaultConsole(REGION_UART);
  const lost = out.setOnline();
  out.line('[uart] init OK');
  if (lost > 0) {
    out.text('[uart] early log overflow bytes=');
    out.dec(lost);
    out.endLine();
  }
  out.line('[console] PL011 console online');
}

function bringUpClock(): void {
  objects.mapDevice(REGION_RTC, board.RTC_PADDR, 'pl031');
  clock.init(pl031.seconds(REGION_RTC));
  out.text('[clock] counter_hz=');
  out.dec(clock.frequencyHz());
  out.text(' wall_s=');
  out.dec(clock.wallSeconds());
  out.endLine();
}

function retypeCommit(): void {
  phases.begin(phases.RETYPE_COMMIT);
  publishEndpoint();
  bringUpUart();
  bringUpClock();
  events = objects.make(abi.OBJECT_NOTIFICATION, abi.BITS_NOTIFICATION, 'events');
  timerIrq = objects.bindIrq(board.TIMER_IRQ, events, EVENT_TIMER, 'timer-irq');
  objects.check(tcbBindNotification(abi.CAP_INIT_TCB, events), 'events');
  out.text('[boot:ok] retyped=');
  out.dec(untyped.retyped);
  out.text(' caps_used=[');
  out.hex(slots.first(), 4);
  out.text('..');
  out.hex(slots.end(), 4);
  out.text(') left=');
  out.dec(slots.left());
  out.endLine();
}

/** The last lines that the root task writes itself, and the first tick. */
export function handOff(): void {
  phases.begin(phases.USERLAND_HANDOFF);
  out.line('[mark] bootstrap.commit');
  out.line('[kernel:entry] bootstrap complete; entering userland');
  out.line('[mark] bootstrap.runtime.enter');
  clock.startTick(manifest.EVENT_PUMP_TICK_MS);
  out.line('audit event-pump: init timer');
}

/** All phases up to the objects of the root task itself; the domains and the hand-off follow. */
export function run(): void {
  cspaceCanonicalise();
  bootInfoValidate();
  memoryLayoutBuild();
  cspaceRecord();
  ipcInstall();
  untypedPlan();
  retypeCommit();
}
