// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { LineRunner } from '../../../host/cohsh/commands/command.ts';
import { CommandError } from '../../../host/cohsh/errors.ts';
import { parseAck } from '../../../host/client/index.ts';
import { Recorder, renderText, type Output } from '../../../host/cohsh/output.ts';
import { decodeScript, parseScript } from '../../../host/cohsh/script/parse.ts';
import { checkScript } from '../../../host/cohsh/script/check.ts';
import { loadScript, runScript, ScriptFailure } from '../../../host/cohsh/script/run.ts';

/** Answers each command with given lines: `OK …`, `ERR …` are acknowledgements, `! …` fails with that error. */
function scripted(answers: Readonly<Record<string, readonly string[]>>): LineRunner & { ran: string[] } {
  const ran: string[] = [];
  const run = (line: string, _signal?: AbortSignal, output?: Output) => {
    ran.push(line);
    if (line === 'quit') return Promise.resolve({ ok: true, exit: true });
    let error: CommandError | undefined;
    for (const text of answers[line] ?? []) {
      const ack = parseAck(text);
      if (text.startsWith('! ')) error = new CommandError(text.slice(2));
      else output?.write(ack === undefined ? { kind: 'line', text } : { kind: 'ack', ack });
    }
    if (error === undefined) return Promise.resolve({ ok: true });
    output?.write({ kind: 'error', error });
    return Promise.resolve({ ok: false, error });
  };
  return { run, ran };
}

const ANSWERS = {
  good: ['OK LS path=/ entries=2', 'a', 'b'],
  quiet: [],
  'ls cohesix-ticket-0101.00ff': ['cohesix-ticket-0101.00ff is no path'],
  text: ['first', 'second'],
  ackLast: ['line', 'OK PING reply=pong', 'trailing'],
  refused: ['ERR LS reason=policy', '! LS failed: reason=policy'],
  broken: ['! no connection'],
  softly: ['ERR: NineDoor unavailable', '! unavailable'],
};

async function failureOf(source: string): Promise<string> {
  try {
    await runScript(loadScript(source), scripted(ANSWERS), new Recorder());
  } catch (error) {
    if (error instanceof ScriptFailure) return error.lines.join('\n');
    throw error;
  }
  return 'no failure';
}

describe('statements', () => {
  it('are commands, EXPECT and WAIT; comments and blank lines are none', () => {
    const source =
      '# all\n\n  ls /  # trailing\nEXPECT OK\r\nEXPECT SUBSTR a b # c\nEXPECT NOT x\nEXPECT LINE y\nWAIT 0\nWAIT 2000\n';
    expect(parseScript(source)).toEqual([
      { kind: 'command', line: 3, text: 'ls /' },
      { kind: 'expect', line: 4, text: 'EXPECT OK', selector: 'OK' },
      { kind: 'expect', line: 5, text: 'EXPECT SUBSTR a b', selector: 'SUBSTR', wanted: 'a b' },
      { kind: 'expect', line: 6, text: 'EXPECT NOT x', selector: 'NOT', wanted: 'x' },
      { kind: 'expect', line: 7, text: 'EXPECT LINE y', selector: 'LINE', wanted: 'y' },
      { kind: 'wait', line: 8, text: 'WAIT 0', ms: 0 },
      { kind: 'wait', line: 9, text: 'WAIT 2000', ms: 2000 },
    ]);
  });

  it('are 256 at most, comments not counted', () => {
    const lines = Array.from({ length: 256 }, () => 'ping # x').join('\n# comment\n');
    expect(parseScript(lines)).toHaveLength(256);
    expect(() => parseScript(`${lines}\nping`)).toThrow('script exceeds max of 256 lines');
  });

  it('are UTF-8', () => {
    expect(decodeScript(Buffer.from('ls /é'))).toBe('ls /é');
    expect(() => decodeScript(Buffer.from([0x6c, 0xff]))).toThrow('script is not UTF-8 text');
  });

  it.each([
    ['EXPECT', 'EXPECT requires a selector'],
    ['EXPECT SUBSTR', 'EXPECT SUBSTR requires text'],
    ['EXPECT NOT', 'EXPECT NOT requires text'],
    ['EXPECT LINE', 'EXPECT LINE requires text'],
    ['EXPECT MAYBE', 'EXPECT selector is invalid'],
    ['EXPECT ok', 'EXPECT selector is invalid'],
    ['EXPECT OK now', 'EXPECT selector is invalid'],
    ['WAIT', 'WAIT requires milliseconds'],
    ['WAIT 1 2', 'WAIT accepts a single millisecond value'],
    ['WAIT soon', 'WAIT requires a numeric millisecond value'],
    ['WAIT -1', 'WAIT requires a numeric millisecond value'],
    ['WAIT 2001', 'WAIT exceeds max of 2000ms'],
    ['WAIT 99999999999999999999', 'WAIT exceeds max of 2000ms'],
  ])('%s: %s', (text, reason) => {
    const report = [
      `script failure at line 2: ${text}`,
      `reason: ${reason}`,
      'last command: none',
      'last response: none',
      'last response source: none',
      'recent responses:',
    ];
    for (const load of [loadScript, checkScript]) {
      expect(() => load(`ping\n${text}\n`)).toThrow(ScriptFailure);
      expect(() => load(`ping\n${text}\n`)).toThrow(report.join('\n'));
    }
  });
});

describe('check', () => {
  it.each([
    ['EXPECT OK\n', 'EXPECT requires a prior command response'],
    ['WAIT 1\nEXPECT OK\n', 'EXPECT requires a prior command response'],
    ['frob\nping\n', "command failed: unknown command 'frob'"],
  ])('refuses %j', (source, reason) => expect(() => checkScript(source)).toThrow(reason));

  it('lets what is expected to fail pass', () => expect(checkScript('frob\nEXPECT ERR\n')).toBeUndefined());
});

describe('EXPECT', () => {
  it.each([
    ['good\nEXPECT OK', 'no failure'],
    ['good\nEXPECT SUBSTR entries=2', 'no failure'],
    ['good\nEXPECT NOT entries=3', 'no failure'],
    ['good\nEXPECT LINE b', 'no failure'],
    ['text\nEXPECT SUBSTR second', 'no failure'],
    ['text\nEXPECT LINE first', 'no failure'],
    ['ackLast\nEXPECT OK', 'no failure'],
    ['refused\nEXPECT ERR', 'no failure'],
    ['refused\nEXPECT NOT x', 'no failure'],
    ['softly\nEXPECT ERR', 'no failure'],
    ['good\nEXPECT OK\nEXPECT SUBSTR entries\nEXPECT NOT zzz', 'no failure'],
    ['good\nEXPECT ERR', 'EXPECT ERR failed'],
    ['refused\nEXPECT OK', 'EXPECT OK failed'],
    ['good\nEXPECT SUBSTR b', 'EXPECT SUBSTR failed'],
    ['good\nEXPECT NOT LS', 'EXPECT NOT failed'],
    ['good\nEXPECT LINE zzz', 'EXPECT LINE failed'],
    ['text\nEXPECT OK', 'EXPECT OK failed'],
    ['text\nEXPECT SUBSTR first', 'EXPECT SUBSTR failed'],
    ['good\nquiet\nEXPECT OK', 'EXPECT requires a prior command response (last command: quiet)'],
    ['EXPECT OK', 'EXPECT requires a prior command response'],
    ['refused', 'command failed: LS failed: reason=policy'],
    ['refused\nWAIT 0\nEXPECT ERR', 'command failed: LS failed: reason=policy'],
    ['broken\nEXPECT ERR', 'command failed: no connection'],
    ['good\nquit\nEXPECT ERR', 'no failure'],
  ])('%j: %s', async (source, reason) => {
    const failure = await failureOf(source);
    if (reason === 'no failure') expect(failure).toBe(reason);
    else expect(failure.split('\n')[1]).toBe(`reason: ${reason}`);
  });

  it('reports what was asked and answered', async () => {
    expect(await failureOf('text\ngood\nrefused\nEXPECT OK\n')).toBe(
      [
        'script failure at line 4: EXPECT OK',
        'reason: EXPECT OK failed',
        'last command: refused',
        'last response: ERR LS reason=policy',
        'last response source: ack',
        'recent responses:',
        '  - [out] first',
        '  - [out] second',
        '  - [ack] OK LS path=/ entries=2',
        '  - [out] a',
        '  - [out] b',
        '  - [ack] ERR LS reason=policy',
      ].join('\n'),
    );
  });

  it('never repeats a ticket', async () => {
    const failure = await failureOf('ls cohesix-ticket-0101.00ff\nEXPECT OK\n');
    expect(failure).toContain('last command: ls cohesix-ticket-*\n');
    expect(failure).not.toContain('0101');
  });

  it('reports the last eight responses', async () => {
    const failure = await failureOf('good\ngood\ngood\ntext\nEXPECT ERR');
    expect(failure.split('\n').slice(6)).toEqual(
      [
        '[out] b',
        '[ack] OK LS path=/ entries=2',
        '[out] a',
        '[out] b',
        '[ack] OK LS path=/ entries=2',
        '[out] a',
        '[out] b',
      ]
        .slice(1)
        .concat(['[out] first', '[out] second'])
        .map((line) => `  - ${line}`),
    );
    expect(failure).toContain('last response source: out');
  });
});

describe('a run', () => {
  it('ends at quit', async () => {
    const shell = scripted(ANSWERS);
    await runScript(loadScript('good\nquit\nbroken\n'), shell, new Recorder());
    expect(shell.ran).toEqual(['good', 'quit']);
  });

  it('shows what commands say, but not the errors that are expected', async () => {
    const output = new Recorder();
    await runScript(loadScript('refused\nEXPECT ERR\ntext\n'), scripted(ANSWERS), output);
    expect(output.events.map(renderText)).toEqual(['[console] ERR LS reason=policy', 'first', 'second']);
  });

  it('is stopped by its signal while it waits', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 10);
    const run = runScript(loadScript('WAIT 2000\n'), scripted(ANSWERS), new Recorder(), { signal: stop.signal });
    await expect(run).rejects.toMatchObject({ reason: 'interrupted', interrupted: true });
  });

  it('leaves out what it is told to', async () => {
    const shell = scripted(ANSWERS);
    const details: string[] = [];
    await runScript(loadScript('good\nbroken\nEXPECT OK\n'), shell, new Recorder(), {
      skip: ({ line }) => (line > 1 ? 'skipped' : undefined),
      onResult: ({ detail }) => details.push(detail),
    });
    expect(shell.ran).toEqual(['good']);
    expect(details).toEqual(['OK LS path=/ entries=2', 'skipped', 'skipped']);
  });
});
