// SPDX-License-Identifier: Apache-2.0
/** The serial line under load, with one side down, and with rings that somebody overwrites. */
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { SimConsole } from '../../sim/console.ts';
import { simulationModules, type Modules } from '../../support/build.ts';

let modules: Modules;
const PROMPT = 'cohesix> ';
const PONG = `PONG\r\nOK PING reply=pong\r\n${PROMPT}`;

beforeAll(async () => {
  modules = await simulationModules();
});

function booted(): SimConsole {
  const machine = new SimConsole(modules);
  machine.start();
  return machine;
}

it('loses no input while the console does not read', () => {
  const machine = booted();
  const lines = Array.from({ length: 400 }, (_, i) => `ping ${i}\r`);
  machine.consoleDown = true;
  expect(machine.type(lines.join(''))).toBe('');
  // What the ring did not take is still in the device.
  expect(machine.device.received.length).toBeGreaterThan(0);
  machine.consoleDown = false;
  machine.settle();
  expect(machine.device.take()).toBe(lines.map((line) => `${line}\n${PONG}`).join(''));
});

it('loses no output that is larger than the ring', () => {
  const machine = booted();
  const lines = 'help\r'.repeat(100);
  expect(machine.type(lines).match(/OK HELP/g)).toHaveLength(100);
});

it('goes on without the uart, and is heard again when that is back', () => {
  const machine = booted();
  machine.uartDown = true;
  for (let i = 0; i < 2000; i++) expect(machine.logged('[supervisor] a line that nobody can see\r\n')).toBe('');
  machine.uartDown = false;
  machine.settle();
  machine.device.take();
  expect(machine.type('\r')).toContain('empty command');
  expect(machine.type('ping\r')).toBe(`ping\r\n${PONG}`);
});

it('answers what was typed before it started', () => {
  const machine = new SimConsole(modules);
  machine.tamper('in', (ring) => ring.write(Buffer.from('ping\r')));
  expect(machine.start()).toMatch(new RegExp(`${PROMPT}ping\r\n${PONG}$`));
});

it('the uart sends what waited before it started', () => {
  const machine = new SimConsole(modules);
  machine.tamper('out', (ring) => ring.write(Buffer.from('what was left\r\n')));
  machine.uart.start();
  expect(machine.device.take()).toBe('what was left\r\n');
});

it('survives rings that are overwritten at any moment', () => {
  const index = fc.oneof(fc.constantFrom(0, 1, 2 ** 31, 2 ** 32 - 1), fc.nat(2 ** 32 - 1));
  const damage = fc.record({
    which: fc.constantFrom('in' as const, 'out' as const),
    how: fc.oneof(fc.record({ tail: index, head: index }), fc.record({ fill: fc.nat(255) })),
    typed: fc.uint8Array({ maxLength: 40 }),
  });
  fc.assert(
    fc.property(fc.array(damage, { minLength: 1, maxLength: 12 }), (damages) => {
      const machine = booted();
      for (const { which, how, typed } of damages) {
        machine.tamper(which, (ring) => {
          if ('fill' in how) ring.fill(how.fill);
          else ring.setIndices(how.tail, how.head);
        });
        machine.type(typed);
        machine.poke();
      }
      // One line end for each ring to find itself again, then all is as ever.
      machine.type('\r');
      machine.type('\r');
      machine.type('x\r');
      expect(machine.type('ping\r')).toBe(`ping\r\n${PONG}`);
    }),
    { numRuns: 100, seed: 4 },
  );
});
