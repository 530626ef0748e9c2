// SPDX-License-Identifier: Apache-2.0
/** The log on the console: whole lines above the prompt, on a screen and in a transcript alike. */
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { SimConsole } from '../../sim/console.ts';
import { simulationModules, type Modules } from '../../support/build.ts';

let modules: Modules;
const PROMPT = 'cohesix> ';
const COLUMNS = 80;

beforeAll(async () => {
  modules = await simulationModules();
});

function booted(): SimConsole {
  const machine = new SimConsole(modules);
  machine.start();
  return machine;
}

/** What a terminal of 80 columns shows, trailing blanks cut; it knows no escape sequence. */
function screen(output: string): string[] {
  const rows: string[][] = [[]];
  let [row, column] = [0, 0];
  const cells = (): string[] => (rows[row] ??= []);
  for (const c of output) {
    if (c === '\r') column = 0;
    else if (c === '\n') row++;
    else if (c === '\b') column = Math.max(0, column - 1);
    else {
      if (c < ' ' || c > '~') throw new Error(`control byte ${JSON.stringify(c)} on the screen`);
      if (column === COLUMNS) [row, column] = [row + 1, 0];
      cells()[column++] = c;
    }
    cells();
  }
  return rows.map((line) =>
    Array.from(line, (c) => c ?? ' ')
      .join('')
      .trimEnd(),
  );
}

it('takes the place of the prompt, which comes back below with what was typed', () => {
  const machine = booted();
  const typed = machine.type('hel');
  const logged = machine.logged('[supervisor] a\r\n');
  expect(logged).toBe(`\r[supervisor] a\r\n${PROMPT}hel`);
  expect(screen(PROMPT + typed + logged)).toEqual(['[supervisor] a', `${PROMPT}hel`]);
  expect(machine.type('p\r')).toMatch(/^p\r\nCommands:/);
});

it('covers a prompt that is longer than the line', () => {
  const machine = booted();
  const typed = machine.type('attach queen x');
  expect(screen(PROMPT + typed + machine.logged('short\r\n'))).toEqual(['short', `${PROMPT}attach queen x`]);
});

it('leaves a line that may have wrapped where it is', () => {
  const machine = booted();
  const long = `echo /a ${'x'.repeat(90)}`;
  const typed = machine.type(long);
  const output = screen(PROMPT + typed + machine.logged('[supervisor] a\r\n'));
  const wrapped = [`${PROMPT}${long}`.slice(0, COLUMNS), `${PROMPT}${long}`.slice(COLUMNS)];
  expect(output).toEqual([...wrapped, '[supervisor] a', ...wrapped]);
});

it('shows several lines with one prompt', () => {
  expect(booted().logged('a\r\nb\r\nc\r\n')).toBe(`\ra        \r\nb\r\nc\r\n${PROMPT}`);
});

it('waits for the end of a line', () => {
  const machine = booted();
  expect(machine.logged('[supervisor] do')).toBe('');
  expect(machine.type('x')).toBe('x');
  expect(screen(`${PROMPT}x${machine.logged('ne\r\n')}`)).toEqual(['[supervisor] done', `${PROMPT}x`]);
});

it('shows what was logged before it started, without a prompt in between', () => {
  const machine = new SimConsole(modules);
  machine.log.write(Buffer.from('early\r\nlines\r\n'));
  expect(machine.start()).toMatch(/^early\r\nlines\r\n\[Cohesix\] Root console ready/);
});

it('shows every line of any log whole and in order, whatever is typed', () => {
  const line = fc
    .string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 79 })
    .filter((text) => text.trim() === text);
  const step = fc.oneof(
    fc.record({ log: fc.array(line, { maxLength: 40 }), cut: fc.nat(200) }),
    fc.record({ typed: fc.stringMatching(/^[a-z ]{0,40}$/) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
      const machine = booted();
      const expected: string[] = [];
      let output = PROMPT;
      let typed = '';
      for (const entry of steps) {
        if ('log' in entry) {
          const text = entry.log.map((item) => `${item}\r\n`).join('');
          output += machine.logged(text.slice(0, entry.cut)) + machine.logged(text.slice(entry.cut));
          expected.push(...entry.log);
        } else if (PROMPT.length + typed.length + entry.typed.length < COLUMNS) {
          output += machine.type(entry.typed);
          typed += entry.typed;
        }
      }
      expect(screen(output)).toEqual([...expected, `${PROMPT}${typed}`.trimEnd()]);
    }),
    { numRuns: 100, seed: 3 },
  );
});

it('keeps control bytes off the screen and splits a line that is too long', () => {
  const machine = booted();
  expect(machine.logged('a\x1b[2Jb\tc\r\n')).toBe(`\ra?[2Jb?c \r\n${PROMPT}`);
  const utf8 = (text: string): string => Buffer.from(text).toString('latin1');
  expect(machine.logged(utf8('a\u009b2Jb é\r\n'))).toBe(utf8(`\ra??2Jb é\r\n${PROMPT}`));
  expect(
    screen(machine.logged(`${'y'.repeat(600)}\r\n`))
      .slice(0, -1)
      .join(''),
  ).toBe('y'.repeat(600));
});
