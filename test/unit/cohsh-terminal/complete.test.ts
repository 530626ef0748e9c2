// SPDX-License-Identifier: Apache-2.0
/** What Tab offers, with a made-up tree. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Completion } from '../../../host/cohsh/terminal/complete.ts';
import type { CompletableCommand } from '../../../host/cohsh/terminal/index.ts';

const COMMANDS: readonly CompletableCommand[] = [
  { name: 'attach', arguments: [['queen', 'worker-bus', 'worker-gpu'], 'text'] },
  { name: 'cat', arguments: ['path'] },
  { name: 'tail', arguments: ['path'], options: ['-f'] },
  { name: 'echo', arguments: ['redirect'], rest: true },
  { name: 'kill', arguments: [{ in: '/worker' }] },
  { name: 'lifecycle', arguments: [['cordon', 'drain']] },
  { name: 'ping' },
  {
    name: 'pool bench',
    options: ['path=', 'ops=', 'kind='],
    values: { 'path=': 'path', 'kind=': ['control', 'telemetry'] },
  },
  {
    name: 'telemetry push',
    arguments: ['file'],
    options: ['--device'],
    values: { '--device': { in: '/queen/telemetry' } },
  },
  { name: 'test', options: ['--mode', '--json'], values: { '--mode': ['quick', 'full'] } },
];

const TREE: Readonly<Record<string, readonly string[]>> = {
  '/': ['log', 'proc', 'queen', 'worker', 'with blank', 'evil\x1b[2J', ''],
  '/proc': ['9p', 'boot', 'lifecycle'],
  '/proc/lifecycle': ['state'],
  '/worker': ['worker-1', 'worker-2', 'with blank'],
  '/queen/telemetry': ['device-1'],
};

const asked: string[] = [];
const names = (path: string): Promise<readonly string[] | undefined> => {
  asked.push(path);
  return Promise.resolve(TREE[path]);
};
const offer = async (line: string): Promise<string[]> => (await new Completion(COMMANDS, { names }).offer(line))[0];

describe('verbs and words', () => {
  it.each([
    ['', ['attach', 'cat', 'echo', 'kill', 'lifecycle', 'ping', 'pool', 'tail', 'telemetry', 'test']],
    ['t', ['tail', 'telemetry', 'test']],
    ['  pi', ['ping ']],
    ['nothing', []],
    ['nothing /', []],
    ['pool ', ['bench ']],
    ['POOL b', ['bench ']],
    ['telemetry p', ['push ']],
    ['attach ', ['queen', 'worker-bus', 'worker-gpu']],
    ['ATTACH q', ['queen ']],
    ['attach queen ', []],
    ['ping ', []],
    ['lifecycle c', ['cordon ']],
    ['lifecycle cordon ', []],
  ])('%j', async (line, offered) => expect(await offer(line)).toEqual(offered));
});

describe('options', () => {
  it.each([
    ['test --', ['--mode', '--json']],
    ['test ', ['--mode', '--json']],
    ['test --json ', ['--mode ']],
    ['test --mode ', ['quick', 'full']],
    ['test --mode q', ['quick ']],
    ['pool bench ', ['path=', 'ops=', 'kind=']],
    ['pool bench ops=4 ', ['path=', 'kind=']],
    ['pool bench kind=t', ['kind=telemetry ']],
    ['pool bench ops=', []],
    ['pool bench path=/pr', ['path=/proc/']],
    ['tail -', ['-f ']],
    ['tail -f /lo', ['/log']],
    ['telemetry push a.txt --device d', ['device-1 ']],
  ])('%j', async (line, offered) => expect(await offer(line)).toEqual(offered));
});

describe('live paths', () => {
  it.each([
    ['cat ', ['/']],
    ['cat pr', []],
    ['cat /', ['/log', '/proc', '/queen', '/worker']],
    ['cat /p', ['/proc/']],
    ['cat /proc/b', ['/proc/boot']],
    ['cat /proc/l', ['/proc/lifecycle/']],
    ['cat /proc', ['/proc/']],
    ['cat /proc/', ['/proc/9p', '/proc/boot', '/proc/lifecycle']],
    ['cat /proc/boot', ['/proc/boot ']],
    ['cat /nowhere/', []],
    ['cat /proc/boot ', []],
    ['kill ', ['worker-1', 'worker-2']],
    ['echo hello', []],
    ['echo hello > /lo', ['/log']],
    ['echo hello >/lo', ['/log']],
  ])('%j', async (line, offered) => expect((await offer(line)).map((one) => one.replace(/^>/, ''))).toEqual(offered));

  it('asks for the directory, and whether the one name in it is one', async () => {
    asked.length = 0;
    await offer('cat /proc/li');
    await offer('cat /w');
    expect(asked).toEqual(['/proc', '/proc/lifecycle', '/', '/worker']);
  });

  it('replaces the word before the cursor', async () => {
    const completion = new Completion(COMMANDS, { names });
    expect(await completion.offer('cat /proc/b')).toEqual([['/proc/boot'], '/proc/b']);
    expect(await completion.offer('echo hello >/lo')).toEqual([['>/log'], '>/lo']);
  });
});

describe('files of this machine', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'cohsh-complete-'));
    writeFileSync(join(folder, 'report.txt'), '');
    writeFileSync(join(folder, '.hidden'), '');
    mkdirSync(join(folder, 'reports'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('are offered with the folder that was typed', async () => {
    expect(await offer(`telemetry push ${folder}/`)).toEqual([`${folder}/report.txt`, `${folder}/reports/`]);
    expect(await offer(`telemetry push ${folder}/report.`)).toEqual([`${folder}/report.txt `]);
    expect(await offer(`telemetry push ${folder}/.h`)).toEqual([`${folder}/.hidden `]);
    expect(await offer(`telemetry push ${folder}/none/`)).toEqual([]);
  });
});
