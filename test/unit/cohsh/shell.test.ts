// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { ClientError, errAnswer, okAnswer, type Answer, type Transport } from '../../../host/client/index.ts';
import { Shell } from '../../../host/cohsh/shell.ts';
import { Capture, mockShell, shellSettings } from '../../conformance/cohsh/harness.ts';

type Answers = Partial<Record<'attach' | 'ls' | 'tail' | 'cat' | 'echo', () => Promise<Answer>>>;

/** A shell whose node gives these answers; `attach` is answered well unless they say otherwise. */
function shellOn(answers: Answers) {
  const fine = (verb: string) => () => Promise.resolve(okAnswer(verb));
  const transport = {
    kind: 'tcp',
    endpoint: 'node:1',
    role: undefined,
    limits: { write_bytes: 128, text_only: true, path_bytes: 96 },
    connect: () => Promise.resolve(),
    attach: fine('ATTACH'),
    quit: fine('QUIT'),
    close: () => Promise.resolve(),
    on: () => () => undefined,
    ...answers,
  } as unknown as Transport;
  const capture = new Capture();
  const shell = new Shell(
    transport,
    capture,
    shellSettings(() => Promise.reject(new Error('no pool'))),
  );
  return { shell, capture };
}

describe('a session that the node has ended', () => {
  it.each([
    [
      'closed',
      errAnswer('LS', [
        ['reason', 'policy'],
        ['detail', 'closed'],
        ['error', 'killed by queen'],
      ]),
    ],
    [
      'expired',
      errAnswer('LS', [
        ['reason', 'quota'],
        ['detail', 'expired'],
        ['error', 'ticket ttl expired'],
      ]),
    ],
    [
      'exhausted',
      errAnswer('LS', [
        ['reason', 'quota'],
        ['detail', 'exhausted'],
        ['error', 'tick budget exhausted'],
      ]),
    ],
  ])('%s is over here too', async (_name, answer) => {
    const { shell } = shellOn({ ls: () => Promise.resolve(answer) });
    await shell.attach('queen');
    expect(shell.state.attached).toEqual({ role: 'queen', id: 1 });
    expect((await shell.run('ls /')).ok).toBe(false);
    expect(shell.state.attached).toBeUndefined();
    expect(await shell.run('attach queen')).toEqual({ ok: true, exit: false });
    expect(shell.state.attached).toEqual({ role: 'queen', id: 2 });
  });

  it('is over when the node does not let it in again after a loss', async () => {
    const error = new ClientError('attach', 'remote attach failed: reason=quota detail=expired', 'attach again');
    const { shell } = shellOn({ ls: () => Promise.reject(error) });
    await shell.attach('queen');
    await shell.run('ls /');
    expect(shell.state.attached).toBeUndefined();
  });

  it('is not over because of another refusal', async () => {
    const { shell } = shellOn({
      ls: () =>
        Promise.resolve(
          errAnswer('LS', [
            ['reason', 'policy'],
            ['detail', 'denied'],
          ]),
        ),
    });
    await shell.attach('queen');
    await shell.run('ls /');
    expect(shell.state.attached).toEqual({ role: 'queen', id: 1 });
  });
});

describe('what goes wrong', () => {
  it('is shown, and in the outcome, and never thrown', async () => {
    const error = new ClientError('timeout', 'LS: no answer within 5000 ms', 'allow more time');
    const { shell, capture } = shellOn({ ls: () => Promise.reject(error) });
    await shell.attach('queen');
    capture.take();
    expect(await shell.run('ls /')).toEqual({ ok: false, error });
    expect(capture.take()).toEqual(['Error: LS: no answer within 5000 ms (allow more time)']);
  });

  it('is an acknowledgement too when the library refuses by itself', async () => {
    const error = new ClientError('usage', 'argument payload exceeds allowed length', 'use --transport 9p');
    const { shell, capture } = shellOn({ echo: () => Promise.reject(error) });
    await shell.attach('queen');
    capture.take();
    await shell.run('echo x > /log/queen.log');
    expect(capture.take()).toEqual([
      '[console] ERR ECHO path=/log/queen.log reason=argument payload exceeds allowed length',
      'Error: argument payload exceeds allowed length (use --transport 9p)',
    ]);
  });

  it('is an interruption when the operator ended it', async () => {
    const { shell, capture } = shellOn({
      ls: () => Promise.reject(new ClientError('aborted', 'interrupted', 'again')),
    });
    await shell.attach('queen');
    capture.take();
    expect(await shell.run('ls /')).toMatchObject({ ok: false, error: { interrupted: true } });
    expect(capture.take()).toEqual(['Error: interrupted']);
  });

  it('leaves no session when an attach is refused', async () => {
    const refused = errAnswer('ATTACH', [
      ['reason', 'quota'],
      ['detail', 'throttled'],
      ['delay_ms', 250],
    ]);
    const { shell, capture } = shellOn({ attach: () => Promise.resolve(refused) });
    expect((await shell.run('attach queen')).ok).toBe(false);
    expect(shell.state.attached).toBeUndefined();
    expect(capture.take()).toEqual([
      '[console] ERR ATTACH reason=quota detail=throttled delay_ms=250',
      'Error: remote attach failed: reason=quota detail=throttled delay_ms=250 (wait 250 ms before the next attempt)',
    ]);
  });

  it('in the state of the life cycle is said', async () => {
    const { shell, capture } = shellOn({ cat: () => Promise.resolve(okAnswer('CAT', [], ['nonsense'])) });
    await shell.attach('queen');
    capture.take();
    await shell.run('lifecycle cordon');
    expect(capture.take()).toEqual(['Error: /proc/lifecycle/state does not say a state']);
  });
});

describe('completion', () => {
  const signal = new AbortController().signal;
  it('lists directories, and shows nothing', async () => {
    const { shell, capture } = await mockShell();
    expect(await shell.list('/proc/root', signal)).toBeUndefined();
    await shell.attach('queen');
    capture.take();
    expect(await shell.list('/proc/root', signal)).toEqual(['cut_reason', 'last_seen_ms', 'reachable']);
    expect(await shell.list('/absent', signal)).toBeUndefined();
    expect(capture.take()).toEqual([]);
    await shell.close();
  });
});

describe('tail -f', () => {
  it('shows every line once until it is stopped, and the session goes on', async () => {
    const { shell, node, capture } = await mockShell();
    await shell.run('attach queen');
    await shell.run('spawn heartbeat ticks=1000');
    capture.take();
    const stop = new AbortController();
    const following = shell.run('tail -f --poll-ms 250 /worker/worker-1/telemetry', stop.signal);
    const lines: string[] = [];
    for (let beat = 0; beat < 3; beat++) {
      await node.advance(3000);
      await new Promise((done) => setTimeout(done, 300));
      lines.push(...capture.take());
    }
    stop.abort();
    expect(await following).toEqual({ ok: true, exit: false });
    const beats = lines.filter((line) => line.startsWith('{"tick":'));
    expect(beats.length).toBeGreaterThanOrEqual(6);
    expect(beats.map((line) => (JSON.parse(line) as { tick: number }).tick)).toEqual(
      beats.map((_, index) => index + 1),
    );
    expect((await shell.run('ping')).ok).toBe(true);
    await shell.close();
  });

  it('misses nothing of a burst that is longer than a tail', async () => {
    const { shell, capture } = await mockShell();
    await shell.run('attach queen');
    const stop = new AbortController();
    const following = shell.run('tail -f --poll-ms 250 /log/queen.log', stop.signal);
    await new Promise((done) => setTimeout(done, 100));
    for (let i = 1; i <= 150; i++) await shell.transport.echo('/log/queen.log', `burst ${i}`);
    await new Promise((done) => setTimeout(done, 700));
    stop.abort();
    expect((await following).ok).toBe(true);
    const seen = capture.take().filter((line) => line.startsWith('burst'));
    expect(seen).toEqual(Array.from({ length: 150 }, (_, index) => `burst ${index + 1}`));
    await shell.close();
  });

  it('says when lines may be missing', async () => {
    const windows = [
      ['a', 'b'],
      ['b', 'c'],
      ['x', 'y'],
    ];
    const stop = new AbortController();
    const tail = (): Promise<Answer> => {
      const lines = windows.shift();
      if (lines === undefined) stop.abort();
      return Promise.resolve(okAnswer('TAIL', [['path', '/a']], lines ?? []));
    };
    const { shell, capture } = shellOn({ tail });
    await shell.attach('queen');
    capture.take();
    await shell.run('tail -f --poll-ms 250 /a', stop.signal);
    expect(capture.take()).toEqual([
      '[console] OK TAIL path=/a',
      'a',
      'b',
      'c',
      '[cohsh] lines of /a may be missing here',
      'x',
      'y',
    ]);
  });

  it('ends when the node refuses', async () => {
    const answers = [
      okAnswer('TAIL'),
      errAnswer('TAIL', [
        ['reason', 'quota'],
        ['error', 'ELIMIT'],
      ]),
    ];
    const { shell, capture } = shellOn({ tail: () => Promise.resolve(answers.shift() ?? okAnswer('TAIL')) });
    await shell.attach('queen');
    expect(await shell.run('tail -f --poll-ms 250 /a')).toMatchObject({ ok: false });
    expect(capture.take().at(-1)).toBe(
      "Error: TAIL failed: reason=quota error=ELIMIT (the ticket's rate or quota is used up)",
    );
  });
});
