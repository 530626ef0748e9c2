// SPDX-License-Identifier: Apache-2.0
/** Advisory locks: against a plain model, byte by byte. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { nineDoorModule } from './build.ts';
import { Client } from './client.ts';
import { u32, u64, u8 } from './frames.ts';
import { Machine } from './machine.ts';

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await nineDoorModule();
});

const BYTES = 12;
const UNLOCK = 2;

class Locker {
  readonly client: Client;
  readonly fid: number;
  constructor(machine: Machine) {
    this.client = new Client(machine, 'linux').attach();
    this.fid = this.client.open('/log/queen.log');
  }
  lock(type: number, start: number, length: number, process = 1): number {
    const range = [u64(BigInt(start)), u64(BigInt(length))];
    return this.client.call(52, u32(this.fid), u8(type), u32(0), ...range, u32(process), 'host').body.u8();
  }
  conflict(type: number, start: number, length: number, process = 1): number[] {
    const range = [u64(BigInt(start)), u64(BigInt(length))];
    const { body } = this.client.call(54, u32(this.fid), u8(type), ...range, u32(process), 'host');
    const found = [body.u8(), Number(body.u64()), Number(body.u64()), body.u32()];
    expect(body.text()).toBe('host');
    return found;
  }
}

describe('locks', () => {
  it('behave as the model does (property)', () => {
    const step = fc.record({
      owner: fc.nat(2),
      type: fc.nat(2),
      start: fc.nat(BYTES - 1),
      length: fc.integer({ min: 1, max: 4 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const machine = new Machine(module);
        const [one, other] = [new Locker(machine), new Locker(machine)];
        // Owners: two processes of one session, and one of another.
        const owners = [
          { locker: one, process: 1 },
          { locker: one, process: 2 },
          { locker: other, process: 1 },
        ];
        const held = owners.map(() => Array<number | undefined>(BYTES + 4).fill(undefined));
        for (const { owner, type, start, length } of steps) {
          const range = Array.from({ length }, (_, i) => start + i);
          const blocked =
            type !== UNLOCK &&
            held.some(
              (bytes, at) =>
                at !== owner && range.some((byte) => bytes[byte] === 1 || (type === 1 && bytes[byte] === 0)),
            );
          const { locker, process } = owners[owner] as (typeof owners)[number];
          expect(locker.lock(type, start, length, process)).toBe(blocked ? 1 : 0);
          if (blocked) continue;
          for (const byte of range) (held[owner] as (number | undefined)[])[byte] = type === UNLOCK ? undefined : type;
        }
      }),
      { numRuns: 60, seed: 11 },
    );
  });

  it('tell who holds what, to the end of the file', () => {
    const machine = new Machine(module);
    const [one, other] = [new Locker(machine), new Locker(machine)];
    expect(one.lock(1, 10, 0, 42)).toBe(0);
    expect(other.conflict(0, 0, 0)).toEqual([1, 10, 0, 42]);
    expect(other.conflict(0, 0, 10)).toEqual([UNLOCK, 0, 10, 0]);
    expect(one.conflict(1, 0, 0, 42)).toEqual([UNLOCK, 0, 0, 0]);
  });

  it('end with the session', () => {
    const machine = new Machine(module);
    const [one, other] = [new Locker(machine), new Locker(machine)];
    for (let i = 0; i < 16; i++) expect(one.lock(1, 2 * i, 1)).toBe(0);
    expect(other.lock(0, 0, 0)).toBe(1);
    machine.close(one.client.session);
    expect(other.lock(0, 0, 0)).toBe(0);
    expect(other.client.refusal(() => other.lock(3, 0, 0))).toBe('errno 22');
  });
});
