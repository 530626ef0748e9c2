// SPDX-License-Identifier: Apache-2.0
// The live system, for `caps` and `mem`: one line for each domain that exists, workers that are not there are left out.
import * as domain from '../../generated/domains/console';
import { call, getMr, setMr } from '../../lib/machine/sel4';
import * as protocol from '../../lib/protocol/supervisor';
import { SLASH } from '../../lib/text/ascii';
import * as out from './sink';

// States as INFO_DOMAIN tells them.
const EMPTY: u64 = 0;

/** Asks about one instance; false: it does not exist now. */
function ask(instance: u32): bool {
  setMr(0, instance);
  if (call(domain.SLOT_SUPERVISOR, protocol.INFO_DOMAIN, 1) !== protocol.OK) return false;
  return getMr(0) !== EMPTY;
}

function stateName(state: u64): string {
  switch (<u32>state) {
    case 1:
      return 'running';
    case 2:
      return 'backoff';
    case 3:
      return 'given-up';
    default:
      return 'stopped';
  }
}

function name(): void {
  for (let word: u32 = 0; word < protocol.NAME_WORDS; word++) {
    const value = getMr(10 + word);
    for (let b: u64 = 0; b < 8; b++) {
      const c = <u8>(value >> (8 * b));
      if (c === 0) return;
      out.byte(c);
    }
  }
}

function head(tag: string, instance: u32): void {
  out.text(tag);
  out.text(' domain=');
  name();
  out.text(' instance=');
  out.dec(instance);
  out.text(' state=');
  out.text(stateName(getMr(0)));
  out.text(' generation=');
  out.dec(getMr(1));
}

/** Line of `caps` for an instance that exists: objects, faults, restarts. */
export function showCapabilities(instance: u32): void {
  if (!ask(instance)) return;
  head('[caps]', instance);
  out.text(' objects=');
  out.dec(getMr(4));
  out.text(' faults=');
  out.dec(getMr(2));
  out.text(' restarts=');
  out.dec(getMr(3));
  out.endLine();
}

/** Line of `mem` for an instance that exists: memory, high-water marks, heartbeats. */
export function showMemory(instance: u32): void {
  if (!ask(instance)) return;
  head('[mem]', instance);
  out.text(' bytes=');
  out.dec(getMr(5));
  out.text(' heap_used=');
  out.dec(getMr(6));
  out.text(' stack_used=');
  out.dec(getMr(7));
  out.byte(SLASH);
  out.dec(getMr(8));
  out.text(' beats=');
  out.dec(getMr(9));
  out.endLine();
}
