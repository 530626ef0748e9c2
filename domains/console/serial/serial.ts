// SPDX-License-Identifier: Apache-2.0
// The serial line: bytes that are typed become lines, each line an answer, then the prompt. What is typed while an
// answer is still being shown waits.
//
//   typed   what was read from the ring and not looked at yet: `typedBytes` of them, from `typedAt` on
import * as domain from '../../../generated/domains/console';
import * as ring from '../../../lib/channel/ring';
import { signal } from '../../../lib/machine/sel4';
import * as command from '../command';
import * as link from '../link';
import * as payload from '../payload/payload';
import { serial } from '../session/session';
import * as out from '../sink';
import * as texts from '../texts';
import * as editor from './editor';
import * as prompt from './prompt';

const CHUNK: u32 = 512;
const typed = memory.data(512);
let typedAt: u32 = 0;
let typedBytes: u32 = 0;

const session = serial();

export function start(): void {
  out.to(session);
  out.line("[Cohesix] Root console ready (type 'help' for commands)");
  out.line('Cohesix console ready');
  texts.showHelp();
  prompt.show();
}

function finish(): void {
  editor.reset();
  prompt.show();
}

function runLine(): void {
  prompt.leave();
  if (editor.tooLong()) command.refuse(session, 'console line exceeded maximum length');
  else command.run(session, editor.start(), editor.size());
  if (!session.payload.isActive) finish();
}

/** A command is still showing its payload. */
export function isBusy(): bool {
  return session.payload.isActive;
}

/** Goes on with that. */
export function step(): void {
  out.to(session);
  link.forget();
  payload.step(session);
  if (!session.payload.isActive) finish();
}

/**
 * What was typed. No more than the ring holds: later bytes have a signal of their own, and a peer that never stops keeps
 * nobody from the log. False: a command is busy, and what follows it must wait.
 */
export function receive(): bool {
  out.to(session);
  let left = ring.capacity(domain.SERIAL_IN_BYTES);
  while (!session.payload.isActive) {
    if (typedAt < typedBytes) {
      if (editor.push(load<u8>(typed + typedAt++))) runLine();
      continue;
    }
    typedAt = 0;
    typedBytes = ring.read(domain.SERIAL_IN_OFFSET, domain.SERIAL_IN_BYTES, typed, min(left, CHUNK));
    if (typedBytes === 0) return true;
    left -= typedBytes;
    signal(domain.SLOT_SIGNAL_SERIAL_IN);
  }
  return false;
}
