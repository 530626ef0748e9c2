// SPDX-License-Identifier: Apache-2.0
// The live system, for `caps` and `mem`: one line for each domain that exists, workers that are not there are left out.
import * as domain from '../../generated/domains/console';
import { call, getMr, setMr } from '../../lib/machine/sel4';
import * as info from '../../lib/protocol/info';
import { EMPTY, stateName } from '../../lib/protocol/states';
import * as protocol from '../../lib/protocol/supervisor';
import { SLASH } from '../../lib/text/ascii';
import * as out from './sink';

/** Asks about one instance; false: it does not exist now. */
function ask(instance: u32): bool {
  setMr(0, instance);
  if (call(domain.SLOT_SUPERVISOR, protocol.INFO_DOMAIN, 1) !== protocol.OK) return false;
  return getMr(info.DOMAIN_STATE) !== EMPTY;
}

function name(): void {
  for (let word: u32 = 0; word < info.NAME_WORDS; word++) {
    const value = getMr(info.DOMAIN_NAME + word);
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
  out.text(stateName(getMr(info.DOMAIN_STATE)));
  out.text(' generation=');
  out.dec(getMr(info.DOMAIN_GENERATION));
}

/** Line of `caps` for an instance that exists: objects, faults, restarts. */
export function showCapabilities(instance: u32): void {
  if (!ask(instance)) return;
  head('[caps]', instance);
  out.text(' objects=');
  out.dec(getMr(info.DOMAIN_OBJECTS));
  out.text(' faults=');
  out.dec(getMr(info.DOMAIN_FAULTS));
  out.text(' restarts=');
  out.dec(getMr(info.DOMAIN_RESTARTS));
  out.endLine();
}

/** Line of `mem` for an instance that exists: memory, high-water marks, heartbeats. */
export function showMemory(instance: u32): void {
  if (!ask(instance)) return;
  head('[mem]', instance);
  out.text(' bytes=');
  out.dec(getMr(info.DOMAIN_MEMORY_BYTES));
  out.text(' heap_used=');
  out.dec(getMr(info.DOMAIN_HEAP_USED));
  out.text(' stack_used=');
  out.dec(getMr(info.DOMAIN_STACK_USED));
  out.byte(SLASH);
  out.dec(getMr(info.DOMAIN_STACK_BYTES));
  out.text(' beats=');
  out.dec(getMr(info.DOMAIN_BEATS));
  out.endLine();
}
