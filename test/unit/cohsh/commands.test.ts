// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { COMMANDS, findCommand } from '../../../host/cohsh/commands/index.ts';
import { spawnLine } from '../../../host/cohsh/commands/control.ts';
import { expandOverflow, parseEcho } from '../../../host/cohsh/commands/files.ts';
import { helpLine } from '../../../host/cohsh/commands/help.ts';
import { parseTail } from '../../../host/cohsh/commands/tail.ts';
import { splitQuoted } from '../../../host/cohsh/telemetry-push/arguments.ts';
import { renameWorker } from '../../../host/cohsh/worker-names.ts';
import { shardLabel } from '../../conformance/cohsh/scripts.ts';

// Words that cannot be refused are in test/conformance/cohsh/transcripts.
describe('spawn', () => {
  it.each([
    ['heartbeat ticks=100', '{"spawn":"heartbeat","ticks":100}'],
    ['worker ticks=1 ttl_s=2', '{"spawn":"heartbeat","ticks":1,"budget":{"ttl_s":2}}'],
    ['Worker-Heartbeat ops=3 ticks=1', '{"spawn":"heartbeat","ticks":1,"budget":{"ops":3}}'],
    ['heartbeat ticks=18446744073709551615', '{"spawn":"heartbeat","ticks":18446744073709551615}'],
    [
      'gpu gpu_id=GPU-0 mem_mb=4096 streams=2 ttl_s=120',
      '{"spawn":"gpu","lease":{"gpu_id":"GPU-0","mem_mb":4096,"streams":2,"ttl_s":120}}',
    ],
    [
      'worker-gpu ttl_s=1 streams=1 mem_mb=1 gpu_id=é priority=0 budget_ttl_s=5 budget_ops=6',
      '{"spawn":"gpu","lease":{"gpu_id":"é","mem_mb":1,"streams":1,"ttl_s":1,"priority":0},"budget":{"ttl_s":5,"ops":6}}',
    ],
  ])('%s', (words, line) => expect(spawnLine(words)).toBe(line));
});

describe('echo', () => {
  it.each([
    ['a > /b', 'a', '/b'],
    ['  two words  >/b', 'two words', '/b'],
    ['"quoted > not" > /b', '"quoted', 'not" > /b'],
    ['"a" > /b', 'a', '/b'],
    ["' a ' > /b", ' a ', '/b'],
    ['"a\' > /b', '"a\'', '/b'],
    ['" > /b', '"', '/b'],
    ['{"kill":"worker-1"} > /queen/ctl', '{"kill":"worker-1"}', '/queen/ctl'],
  ])('%s', (rest, text, path) => expect(parseEcho(rest)).toEqual({ text, path }));

  it('grows the hook of tests to 8256 bytes of a spawn', () => {
    const text = expandOverflow('{{msize_overflow}}');
    expect(Buffer.byteLength(text)).toBe(8256);
    expect(JSON.parse(text)).toMatchObject({ spawn: 'gpu' });
  });
});

describe('tail', () => {
  const policy = { poll_ms_default: 1000, poll_ms_min: 250, poll_ms_max: 10_000 };
  it.each([
    ['/a', { path: '/a', follow: false, poll_ms: 1000 }],
    ['-f /a', { path: '/a', follow: true, poll_ms: 1000 }],
    ['/a --follow --poll-ms 250', { path: '/a', follow: true, poll_ms: 250 }],
  ])('%s', (rest, parsed) => expect(parseTail(rest, policy)).toEqual(parsed));
});

describe('quoted words', () => {
  it.each([
    ['a "b c" d', ['a', 'b c', 'd']],
    ["'x y' ''", ['x y', '']],
    ['', []],
    ['"open end', ['"open', 'end']],
  ])('%s', (rest, expected) => expect(splitQuoted(rest)).toEqual(expected));
});

describe('the worker of a self-test', () => {
  it.each([
    ['kill worker-1', 'kill worker-7'],
    ['kill worker-10', 'kill worker-10'],
    ['tail /shard/13/worker/worker-1/telemetry', `tail /shard/${shardLabel('worker-7')}/worker/worker-7/telemetry`],
    ['cat /worker/worker-1/telemetry', 'cat /worker/worker-7/telemetry'],
    ['echo hello > /log/queen.log', 'echo hello > /log/queen.log'],
  ])('%s', (line, renamed) => expect(renameWorker(line, 'worker-1', 'worker-7')).toBe(renamed));
});

describe('the table', () => {
  it('has every verb once, in lower case', () => {
    const verbs = COMMANDS.map(({ verb }) => verb);
    expect(new Set(verbs).size).toBe(verbs.length);
    for (const verb of verbs) expect(verb).toMatch(/^[a-z-]+$/);
    expect(findCommand('LiFeCyClE')?.verb).toBe('lifecycle');
    expect(findCommand('')).toBeUndefined();
  });

  it('shows usage and summary in columns', () => {
    expect(helpLine({ usage: 'ls <path>', summary: 'x' })).toBe('  ls <path>                    - x');
    expect(helpLine({ usage: 'a'.repeat(40), summary: 'x' })).toBe(`  ${'a'.repeat(40)} - x`);
  });
});
