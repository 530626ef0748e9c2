// SPDX-License-Identifier: Apache-2.0
/** What happens between the commands of a transcript; transcripts.test.ts has the list. */
import type { SimSystem } from '../../sim/system.ts';

export const PROMPT = 'cohesix> ';

const beats = new WeakMap<SimSystem, bigint>();

export function happen(system: SimSystem, what: string): void {
  const [word, argument = '0'] = what.split(' ');
  if (word === 'wait') system.advance(BigInt(argument));
  else if (word === 'beat') {
    const sequence = (beats.get(system) ?? 0n) + 1n;
    beats.set(system, sequence);
    system.beat(BigInt(argument), sequence);
  } else if (word === 'down') system.isDown = true;
  else if (word === 'restart') system.restartNineDoor();
  else throw new Error(`unknown event: ${what}`);
}
