// SPDX-License-Identifier: Apache-2.0
// What the supervisor says in the log, one line an event.
import * as table from '../../generated/layout';
import * as out from '../log/output';
import { sourceLine, threadPc, trapText } from '../boot/startup';
import { Instance } from './instances';
import * as lastFault from './last-fault';
import * as layout from './layout';

const TEXT_BYTES: u32 = 128;
const text = memory.data(128);
const length = memory.data(4);

/** `uart`, or `worker-7 (worker-heartbeat)`. */
export function name(i: Instance): void {
  if (i.worker > 0) {
    out.text('worker-');
    out.dec(i.worker);
    out.text(' (');
    out.text(layout.domainName(i.domain));
    out.text(')');
  } else {
    out.text(layout.domainName(i.domain));
  }
}

function head(tag: string, i: Instance): void {
  out.text(tag);
  out.text(' domain=');
  name(i);
  out.text(' generation=');
  out.dec(i.generation);
}

function tcb(i: Instance): u64 {
  return i.slotOf(table.DOMAINS_TCB);
}

function place(i: Instance, pc: u64): void {
  const component = <u32>i.column(table.DOMAINS_COMPONENT);
  const line = sourceLine(component, pc, tcb(i), text, TEXT_BYTES, length);
  if (line === 0) return;
  out.text(' at ');
  out.bytes(text, load<u32>(length));
  out.byte(0x3a);
  out.dec(line);
}

/** The text of the wasm trap at `pc`; false if the instruction there is none. */
function trap(i: Instance, pc: u64): bool {
  const bytes = trapText(<u32>i.column(table.DOMAINS_COMPONENT), pc, text, TEXT_BYTES);
  out.bytes(text, bytes);
  return bytes > 0;
}

/** `[fault] domain=… generation=… kind=… pc=… addr=… at file:line`. */
export function fault(i: Instance, kind: string, pc: u64, hasAddress: bool, address: u64): void {
  lastFault.begin(i);
  head('[fault]', i);
  out.text(' kind=');
  if (kind.length > 0) out.text(kind);
  else if (!trap(i, pc)) out.text('user exception');
  out.text(' pc=');
  out.hex(pc);
  if (hasAddress) {
    out.text(' addr=');
    out.hex(address);
  }
  place(i, pc);
  lastFault.end(i);
  out.endLine();
}

/** The watchdog found it without progress: the line says where it is now. */
export function hang(i: Instance, waited_ms: u64): void {
  lastFault.begin(i);
  head('[fault]', i);
  out.text(' kind=hang waited_ms=');
  out.dec(waited_ms);
  const pc = threadPc(tcb(i));
  out.text(' pc=');
  out.hex(pc);
  place(i, pc);
  lastFault.end(i);
  out.endLine();
}

export function restarting(i: Instance, backoff_ms: u64): void {
  head('[supervisor] restart', i);
  out.text(' backoff_ms=');
  out.dec(backoff_ms);
  out.endLine();
}

export function started(i: Instance): void {
  head('[supervisor] start', i);
  out.endLine();
}

export function startFailed(i: Instance, step: string): void {
  head('[supervisor] start failed', i);
  out.text(' step=');
  out.line(step);
}

export function givenUp(i: Instance, restarts: u32): void {
  head('[supervisor] gave up', i);
  out.text(' restarts=');
  out.dec(restarts);
  out.text(' reason=');
  out.line('restart limit');
}

/** `revoked worker-N: <reason>`. */
export function revoked(worker: u64, reason: string): void {
  out.text('revoked worker-');
  out.dec(worker);
  out.text(': ');
  out.line(reason);
}
