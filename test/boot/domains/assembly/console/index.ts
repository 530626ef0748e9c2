// SPDX-License-Identifier: Apache-2.0
// The console component, which also carries the calls of the test. They are arguments of `echo`, whose own answer comes first:
//
//   echo /supervisor <label> <word> <word> …    a call to the root task
//   echo /ninedoor <label> <word> …             a call to NineDoor
//
// The answer is one line, `[test] label=… words=…`.
import * as component from '../../../../../domains/console/index';
import * as editor from '../../../../../domains/console/serial/editor';
import * as grammar from '../../../../../domains/console/grammar';
import * as serial from '../../../../../domains/console/serial/output';
import { serial as serialSession } from '../../../../../domains/console/session/session';
import * as out from '../../../../../domains/console/sink';
import * as domain from '../../../../../generated/domains/console';
import { call, getMr, setMr, wait } from '../../../../../lib/machine/sel4';
import { equalsIgnoreCase } from '../../../../../lib/text/slice';
import * as faults from '../lib/domain-faults';

const REPLY_WORDS: u32 = 15;

export function start(): void {
  component.start();
}

let at: usize = 0;
let end: usize = 0;

/** The next decimal number of the line; 0 at its end. */
function number(): u64 {
  while (at < end && load<u8>(at) === 0x20) at++;
  let value: u64 = 0;
  for (; at < end && load<u8>(at) !== 0x20; at++) value = value * 10 + (load<u8>(at) - 0x30);
  return value;
}

function carry(endpoint: u64): void {
  at = grammar.rest;
  end = at + grammar.restLength;
  const label = number();
  let words: u32 = 0;
  while (at < end) setMr(words++, number());
  // One call a line: the next turn must not find it again. Nor may it find the beginning of the next one (see isCall).
  store<u8>(grammar.first, 0);
  const reply = call(endpoint, label, words);
  out.to(serialSession());
  out.text('[test] label=');
  out.dec(reply);
  out.text(' words=');
  for (let i: u32 = 0; i < REPLY_WORDS; i++) {
    out.dec(getMr(i));
    out.byte(i + 1 < REPLY_WORDS ? 0x2c : 0x0d);
  }
  out.byte(0x0a);
  serial.flush();
}

function isCall(path: string): bool {
  if (editor.size() > 0) return false;
  return grammar.verb === grammar.ECHO && equalsIgnoreCase(grammar.first, grammar.firstLength, path);
}

export function turn(): void {
  component.turn();
  if (isCall('/supervisor')) carry(domain.SLOT_SUPERVISOR);
  else if (isCall('/ninedoor')) carry(domain.SLOT_CALL_CONSOLE_9P);
  const request = faults.request();
  if (request === faults.CAPABILITY) wait(faults.EMPTY_SLOT); // fault: capability
  faults.provoke(request);
}
