// SPDX-License-Identifier: Apache-2.0
/** cohsh from its command line to its exit code, on the mock; as a process where that matters. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { main, type Io } from '../../../host/cohsh/main.ts';

let dir: string;
beforeAll(() => (dir = mkdtempSync(join(tmpdir(), 'cohsh-cli-'))));
afterAll(() => rmSync(dir, { recursive: true }));

function file(name: string, content: string): string {
  const path = join(dir, name);
  writeFileSync(path, content);
  return path;
}

interface Run {
  code: number;
  out: string[];
  err: string[];
}

async function cohsh(argv: readonly string[], input = '', env: Io['env'] = {}, signal?: AbortSignal): Promise<Run> {
  const text = { out: '', err: '' };
  const io: Io = {
    env,
    input: Readable.from([input]),
    stdout: (more) => (text.out += more),
    stderr: (more) => (text.err += more),
    ...(signal === undefined ? {} : { signal }),
  };
  const code = await main(argv, io);
  const lines = (all: string): string[] => (all === '' ? [] : all.replace(/\n$/, '').split('\n'));
  return { code, out: lines(text.out), err: lines(text.err) };
}

const MOCK = ['--transport', 'mock'];

describe('a shell without a terminal', () => {
  it('welcomes, runs the lines of its input, and leaves', async () => {
    expect(await cohsh(MOCK, 'attach queen\n\nls /proc/root\n')).toEqual({
      code: 0,
      out: [
        "Welcome to Cohesix. Type 'help' for commands.",
        "detached shell: run 'attach <role>' to connect",
        '[console] OK ATTACH role=queen',
        'attached session SessionId(1) as Queen',
        '[console] OK LS path=/proc/root entries=3',
        'cut_reason',
        'last_seen_ms',
        'reachable',
        '[console] OK QUIT',
        'closing session',
      ],
      err: [],
    });
  });

  it('attaches at the start', async () => {
    const { code, out, err } = await cohsh([...MOCK, '--role', 'queen'], 'ping\n');
    expect({ code, err }).toEqual({ code: 0, err: [] });
    expect(out.slice(1, 4)).toEqual([
      '[console] OK ATTACH role=queen',
      'attached session SessionId(1) as Queen',
      '[console] OK PING reply=pong',
    ]);
  });

  it('goes on detached when that fails, and its exit code tells', async () => {
    const { code, out, err } = await cohsh([...MOCK, '--role', 'queen', '--ticket', 'nonsense'], '');
    expect(code).toBe(1);
    expect(out).toContain("detached shell: run 'attach <role>' to connect");
    expect(err).toEqual([
      '[cohsh] MOCK attach failed (attempt 1): remote attach failed: reason=policy detail=denied (the ticket must be signed with the secret of the role, for a worker that runs)',
    ]);
  });

  it('goes on after a command that fails, and its exit code tells', async () => {
    const { code, out, err } = await cohsh(MOCK, 'frob\nattach queen\nquit\nping\n');
    expect(code).toBe(1);
    expect(err).toEqual(["Error: unknown command 'frob' ('help' lists the commands)"]);
    expect(out.at(-1)).toBe('closing session');
  });

  it('writes JSON', async () => {
    const { code, out, err } = await cohsh([...MOCK, '--json'], 'ls /\nattach queen\ncat /proc/root/reachable\n');
    expect({ code, err }).toEqual({ code: 1, err: [] });
    expect(out.map((line) => JSON.parse(line) as unknown)).toEqual([
      { type: 'note', text: "Welcome to Cohesix. Type 'help' for commands." },
      { type: 'note', text: "detached shell: run 'attach <role>' to connect" },
      { type: 'error', message: 'attach to a session before running ls', fix: "run 'attach <role> [ticket]'" },
      { type: 'ack', ok: true, verb: 'ATTACH', fields: { role: 'queen' }, line: 'OK ATTACH role=queen' },
      { type: 'note', text: 'attached session SessionId(1) as Queen' },
      {
        type: 'ack',
        ok: true,
        verb: 'CAT',
        fields: { path: '/proc/root/reachable', data: 'reachable=yes' },
        line: 'OK CAT path=/proc/root/reachable data=reachable=yes',
      },
      { type: 'line', text: 'reachable=yes' },
      { type: 'ack', ok: true, verb: 'QUIT', fields: {}, line: 'OK QUIT' },
      { type: 'note', text: 'closing session' },
    ]);
  });
});

describe('JSON of what fails', () => {
  it.each([
    [['--role', 'worker'], 'ticket payload is required'],
    [['--script', 'DIR/absent.coh'], 'failed to read script DIR/absent.coh'],
  ])('%j', async (argv, message) => {
    const { code, out, err } = await cohsh([...MOCK, '--json', ...argv.map((word) => word.replace('DIR', dir))]);
    expect({ code, err }).toEqual({ code: 1, err: [] });
    const errors = out.map((line) => JSON.parse(line) as { type: string }).filter(({ type }) => type === 'error');
    expect(errors).toMatchObject([{ message: message.replace('DIR', dir) }]);
  });
});

describe('scripts', () => {
  it('run, and leave with 0', async () => {
    const path = file('good.coh', 'attach queen\nEXPECT OK\nquit\n');
    const { code, out, err } = await cohsh([...MOCK, '--script', path]);
    expect({ code, err }).toEqual({ code: 0, err: [] });
    expect(out).toEqual([
      '[console] OK ATTACH role=queen',
      'attached session SessionId(1) as Queen',
      '[console] OK QUIT',
      'closing session',
    ]);
  });

  it('fail with a report and 1', async () => {
    const path = file('bad.coh', 'ls /absent\nEXPECT OK # no\n');
    const { code, err } = await cohsh([...MOCK, '--role', 'queen', '--script', path]);
    expect(code).toBe(1);
    expect(err).toEqual([
      'Error: script failure at line 2: EXPECT OK',
      'reason: EXPECT OK failed',
      'last command: ls /absent',
      'last response: ERR LS reason=policy detail=invalid-path path=/absent error=invalid path',
      'last response source: ack',
      'recent responses:',
      '  - [ack] ERR LS reason=policy detail=invalid-path path=/absent error=invalid path',
    ]);
  });

  it('do not start when a line is wrong', async () => {
    const path = file('wrong.coh', 'attach queen\nWAIT 9999\n');
    const { code, out, err } = await cohsh([...MOCK, '--script', path]);
    expect({ code, out }).toEqual({ code: 1, out: [] });
    expect(err.slice(0, 2)).toEqual([
      'Error: script failure at line 2: WAIT 9999',
      'reason: WAIT exceeds max of 2000ms',
    ]);
  });

  it('do not start when the attach of the command line fails', async () => {
    const path = file('never.coh', 'ping\n');
    const { code, err } = await cohsh([...MOCK, '--role', 'worker', '--script', path]);
    expect({ code, err }).toEqual({
      code: 1,
      err: ['Error: ticket payload is required (mint a ticket: cohsh --mint-ticket)'],
    });
  });

  it.each([
    ['absent.coh', 'Error: failed to read script DIR/absent.coh'],
    ['latin1.coh', 'Error: script is not UTF-8 text'],
    ['/dev/zero', 'Error: failed to read script /dev/zero: not a regular file'],
    ['big.coh', 'Error: failed to read script DIR/big.coh: more than 1048576 bytes'],
    ['long.coh', 'Error: script exceeds max of 256 lines'],
  ])('%s: %s', async (name, text) => {
    writeFileSync(join(dir, 'latin1.coh'), Buffer.from([0x70, 0xff]));
    file('long.coh', 'ping\n'.repeat(257));
    file('big.coh', '#'.repeat((1 << 20) + 1));
    for (const flag of ['--script', '--check']) {
      const { code, out, err } = await cohsh([...MOCK, flag, resolve(dir, name)]);
      expect({ code, out, err }).toEqual({ code: 1, out: [], err: [text.replace('DIR', dir)] });
    }
  });

  it('are checked without a node', async () => {
    const path = file('fine.coh', 'attach queen\nEXPECT OK\n');
    expect(await cohsh(['--check', path])).toEqual({ code: 0, out: [`check ok: ${path}`], err: [] });
    const wrong = file('frob.coh', 'frob\n');
    const { code, err } = await cohsh(['--check', wrong]);
    expect({ code, first: err[1] }).toEqual({ code: 1, first: "reason: command failed: unknown command 'frob'" });
  });

  it('are interrupted', async () => {
    const path = file('wait.coh', 'attach queen\nWAIT 2000\nls /\n');
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 300);
    const { code, err } = await cohsh([...MOCK, '--script', path], '', {}, stop.signal);
    expect({ code, reason: err[1] }).toEqual({ code: 130, reason: 'reason: interrupted' });
  });
});

describe('what it stands on', () => {
  it('is one clear line when the node is not there', async () => {
    const { code, err } = await cohsh(['--tcp-port', '1'], 'attach queen\nquit\n');
    expect(code).toBe(1);
    expect(err).toHaveLength(1);
    expect(err[0]).toMatch(/^Error: cannot connect to 127\.0\.0\.1:1: connection refused \(.*\)$/);
  });

  it.each([
    ['text', 'hello = 1\n', undefined, /^Error: failed to read cohsh policy \S+policy-text\.toml\.sha256 \(/],
    ['hash', 'hello = 1\n', 'a'.repeat(64), /^Error: cohsh policy hash mismatch: expected a{64} got [0-9a-f]{64} \(/],
  ])('is one clear line when the policy is wrong: %s', async (name, content, hash, text) => {
    const path = file(`policy-${name}.toml`, content);
    if (hash !== undefined) file(`policy-${name}.toml.sha256`, `${hash}  x\n`);
    const { code, err } = await cohsh([...MOCK, '--policy', path]);
    expect({ code, lines: err.length }).toEqual({ code: 1, lines: 1 });
    expect(err[0]).toMatch(text);
    expect((await cohsh(MOCK, '', { COHSH_POLICY: path })).code).toBe(1);
  });

  it('is one clear line when a number of the policy is out of bounds', async () => {
    const { code, err } = await cohsh([...MOCK, '--pool-control-sessions', '0']);
    expect(code).toBe(1);
    expect(err).toEqual([expect.stringMatching(/^Error: cohsh pool control_sessions must be >= 1 \(/)]);
  });
});

describe('traces', () => {
  const script = 'attach queen\nspawn heartbeat ticks=3\nls /worker\ntail /log/queen.log\nquit\n';

  it('of a session can be replayed, and only those commands', async () => {
    const trace = join(dir, 'session.trace');
    const recorded = await cohsh([...MOCK, '--record-trace', trace, '--script', file('trace.coh', script)]);
    expect(recorded).toMatchObject({ code: 0, err: [] });
    const replayed = await cohsh([...MOCK, '--replay-trace', trace, '--script', join(dir, 'trace.coh')]);
    expect(replayed).toEqual(recorded);

    const other = file('other.coh', script.replace('ls /worker', 'ls /log'));
    const { code, err } = await cohsh([...MOCK, '--replay-trace', trace, '--script', other]);
    expect({ code, reason: err[1] }).toMatchObject({ code: 1, reason: /trace request mismatch at index \d+/ });

    const shorter = file('shorter.coh', 'attach queen\nquit\n');
    const left = await cohsh([...MOCK, '--replay-trace', trace, '--script', shorter]);
    expect(left).toMatchObject({ code: 1, err: [/^Error: trace ack mismatch: 3 acks remaining/] });
  });

  it('that were changed are refused', async () => {
    const trace = join(dir, 'tampered.trace');
    await cohsh([...MOCK, '--record-trace', trace, '--script', file('short.coh', 'attach queen\nquit\n')]);
    const bytes = readFileSync(trace);
    bytes[40] = (bytes[40] ?? 0) ^ 1;
    writeFileSync(trace, bytes);
    const { code, err } = await cohsh([...MOCK, '--replay-trace', trace, '--script', join(dir, 'short.coh')]);
    expect({ code, err }).toMatchObject({ code: 1, err: [/^Error: trace hash mismatch/] });
    expect(await cohsh([...MOCK, '--replay-trace', join(dir, 'no.trace')])).toMatchObject({
      code: 1,
      err: [`Error: failed to read trace ${join(dir, 'no.trace')}`],
    });
  });

  const fixture = resolve(import.meta.dirname, '../../../../shared/spec/fixtures/trace_v0.trace');
  it('of the older shell can be replayed', async (context) => {
    try {
      readFileSync(fixture);
    } catch {
      context.skip('the fixture of the specification is not there');
    }
    const path = file('v0.coh', 'attach queen\nls /worker\ntail /worker/worker-1/telemetry\nquit\n');
    const { code, out, err } = await cohsh([...MOCK, '--replay-trace', fixture, '--script', path]);
    expect({ code, err }).toEqual({ code: 0, err: [] });
    expect(out).toEqual([
      '[console] OK ATTACH role=queen',
      'attached session SessionId(1) as Queen',
      '[console] OK LS path=/worker',
      'worker-1',
      '[console] OK TAIL path=/worker/worker-1/telemetry',
      'tick 1',
      'tick 2',
      '[console] OK QUIT',
      'closing session',
    ]);
  });
});

describe('the process', () => {
  const program = resolve(import.meta.dirname, '../../../host/cohsh/main.ts');

  function start(argv: readonly string[]) {
    const child = spawn('node', ['--import', 'tsx', program, ...argv], { stdio: ['pipe', 'pipe', 'pipe'] });
    let out = '';
    child.stdout.on('data', (bytes: Buffer) => (out += bytes.toString()));
    const ended = new Promise<number | null>((done) => child.once('close', done));
    return { child, ended, text: () => out };
  }

  it('ends a running command at SIGINT and leaves with 130', { timeout: 30_000 }, async () => {
    const path = file('tail.coh', 'attach queen\ntail -f /log/queen.log\n');
    const { child, ended, text } = start([...MOCK, '--script', path]);
    while (!text().includes('OK TAIL')) await new Promise((done) => setTimeout(done, 50));
    child.kill('SIGINT');
    expect(await ended).toBe(130);
  });

  it('ends quietly when nobody reads', { timeout: 30_000 }, async () => {
    const { child, ended } = start(MOCK);
    child.stdout.destroy();
    child.stdin.end('attach queen\nls /\n'.repeat(50));
    expect(await ended).toBe(0);
  });
});
