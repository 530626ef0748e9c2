// SPDX-License-Identifier: Apache-2.0
// `*.expect` files: what they say, and the place and words of every mistake in one.
import { describe, expect, it } from 'vitest';
import { Failure } from '../../../diagnostics/diagnostic.ts';
import { parseScript, runScript } from '../../../qemu/src/expect-script.ts';
import { FakeGuest } from './fake-guest.ts';

const SCRIPT = `# says hello
expect "cohesix> " within 5s
send "ping\\r"

expect /^pong$/i within 500ms   # at once
refuse /panic|fault/
reset within 0.5s
quit
`;

describe('parsing', () => {
  it('reads every step', () => {
    const steps = parseScript(SCRIPT, 'a.expect').map(({ origin, ...action }) => [origin.position.line, action]);
    expect(steps).toEqual([
      [2, { verb: 'expect', pattern: 'cohesix> ', within_ms: 5000 }],
      [3, { verb: 'send', text: 'ping\r' }],
      [5, { verb: 'expect', pattern: /^pong$/i, within_ms: 500 }],
      [6, { verb: 'refuse', pattern: /panic|fault/ }],
      [7, { verb: 'reset', within_ms: 500 }],
      [8, { verb: 'quit' }],
    ]);
  });

  it('knows the escapes', () => {
    const [step] = parseScript('send "\\r\\n\\t\\e\\x03\\"\\\\ #"', 'a.expect');
    expect(step).toMatchObject({ text: '\r\n\t\x1b\x03"\\ #' });
  });

  it.each([
    ['wait "x"', 1, "unknown step 'wait'"],
    ['expect', 7, 'a text in double quotes is missing here'],
    ['expect "x', 8, 'a text in double quotes is missing here'],
    ['expect "x" within', 18, 'a duration is missing here'],
    ['expect "x" within 5m', 19, 'a duration is missing here'],
    ['expect "x" 5s', 12, "'5s' is too much here"],
    ['expect /(/', 8, 'Invalid regular expression: /(/: Unterminated group'],
    ['send /x/', 6, 'a text in double quotes is missing here'],
    ['  send "\\q"', 8, 'unknown escape \\q'],
    ['quit now', 6, "'now' is too much here"],
    ['quit\nsend "x"', 1, 'nothing may follow quit'],
  ])('refuses %j', (source, column, message) => {
    const lines = source.split('\n');
    let thrown: unknown;
    try {
      parseScript(source, 'a.expect');
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(Failure);
    expect((thrown as Failure).diagnostics[0]).toMatchObject({
      code: 'COH0807',
      message,
      position: { file: 'a.expect', line: lines.length, column },
      sourceLine: lines.at(-1),
    });
  });
});

describe('running', () => {
  it('says each step with its line before doing it', async () => {
    const guest = new FakeGuest('cohesix> ');
    guest.answers.set('ping\r', 'ping\r\npong\r\n');
    const log: string[] = [];
    await runScript(guest, parseScript('expect "> " within 1s\nsend "ping\\r"\nexpect "pong"', 'a.expect'), (l) =>
      log.push(l),
    );
    expect(log).toEqual([
      'a.expect:1: expect "> " within 1000 ms',
      'a.expect:2: send "ping\\r"',
      'a.expect:3: expect "pong" within 10000 ms',
      'a.expect:3: quit',
    ]);
    expect(guest.end?.kind).toBe('stopped');
  });

  it.each([
    ['expect "a"\nexpect "b" within 1ms', 2, 'expect "b": nothing in 1 ms'],
    ['refuse /a/\nexpect "z" within 1ms', 1, 'refuse /a/: the guest printed "a"'],
    ['refuse "a"\nquit', 1, 'refuse "a": the guest printed "a"'],
    ['expect "a"\n\nreset within 1ms', 3, 'expect a reset: nothing in 1 ms'],
  ])('a failure names the line of the step: %j', async (script, line, message) => {
    const run = runScript(new FakeGuest('a'), parseScript(script, 'a.expect'), () => undefined);
    const failure = await run.then(
      () => undefined,
      (error: unknown) => error as Failure,
    );
    expect(failure?.diagnostics[0]).toMatchObject({
      code: 'COH0808',
      message,
      position: { file: 'a.expect', line },
      sourceLine: script.split('\n')[line - 1],
    });
    expect(failure).toMatchObject({ tail: ['a'] });
  });
});
