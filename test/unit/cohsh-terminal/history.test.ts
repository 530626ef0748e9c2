// SPDX-License-Identifier: Apache-2.0
/** The history file: what is in it, who may read it, and files that are not ours. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { History, HISTORY_LINES, historyPath, mayKeep } from '../../../host/cohsh/terminal/history.ts';
import { mintFor } from '../../../host/client/ticket.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cohsh-history-'));
  path = join(folder, 'cohsh/history');
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('what may be kept', () => {
  const ticket = mintFor({ role: 'queen', secret: 'made up', now_ms: 0n });
  it.each([
    ['ls /proc', true],
    ['attach queen', true],
    ['spawn heartbeat ticks=10', true],
    ['echo text > /log/queen.log', true],
    ['cat /proc/tickets', true],
    [`attach queen ${ticket}`, false],
    ['attach queen cohesix-tickt-0100', false],
    ['LOGIN worker-heartbeat x', false],
    [`echo {"t":"${ticket}"} > /queen/ctl`, false],
    ['echo {"token":"abc"} > /queen/ctl', false],
    ['echo password=abc > /log/queen.log', false],
    ['AUTH changeme', false],
    [' ls /', false],
    ['', false],
    ['ls \x1b[2J', false],
    ['x'.repeat(5000), false],
  ])('%j: %s', (line, kept) => expect(mayKeep(line)).toBe(kept));
});

it('is where the user keeps state', () => {
  expect(historyPath({ XDG_STATE_HOME: '/state' })).toBe('/state/cohsh/history');
  expect(historyPath({})).toBe(join(homedir(), '.local/state/cohsh/history'));
  expect(historyPath({ XDG_STATE_HOME: 'relative' })).toBe(join(homedir(), '.local/state/cohsh/history'));
});

it('outlives the shell, for its owner only', () => {
  const first = new History(path);
  for (const line of ['ls /', 'ls /', 'cat /proc/boot', 'attach queen secret', ' private']) first.add(line);
  expect(first.problem).toBeUndefined();
  expect(readFileSync(path, 'utf8')).toBe('ls /\ncat /proc/boot\n');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, 'cohsh')).mode & 0o777).toBe(0o700);
  expect(new History(path).lines).toEqual(['ls /', 'cat /proc/boot']);
});

it('is shared by shells that run at once', () => {
  const [one, two] = [new History(path), new History(path)];
  one.add('first');
  two.add('second');
  one.add('third');
  expect(new History(path).lines).toEqual(['first', 'second', 'third']);
});

it('closes a file that others could read, and leaves out what must not be there', () => {
  mkdirSync(join(folder, 'cohsh'));
  writeFileSync(path, 'ls /\nattach queen secret\n\x1b[2J\nping\n');
  chmodSync(path, 0o644);
  expect(new History(path).lines).toEqual(['ls /', 'ping']);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

it('stays short', () => {
  mkdirSync(join(folder, 'cohsh'));
  const all = Array.from({ length: 2 * HISTORY_LINES + 1 }, (_, i) => `ls /${i}`);
  writeFileSync(path, `${all.join('\n')}\n`, { mode: 0o600 });
  expect(new History(path).lines).toEqual(all.slice(-HISTORY_LINES));
  expect(readFileSync(path, 'utf8').split('\n').length - 1).toBe(HISTORY_LINES);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

it('does without a file that is none', () => {
  mkdirSync(join(folder, 'cohsh'));
  symlinkSync(join(folder, 'elsewhere'), path);
  const history = new History(path);
  history.add('ls /');
  expect(history.problem).toBe('it is no regular file');
  expect(() => statSync(join(folder, 'elsewhere'))).toThrow();
});

it('does without a folder that cannot be made', () => {
  writeFileSync(join(folder, 'cohsh'), '');
  const history = new History(path);
  history.add('ls /');
  expect(history.problem).toMatch(/EEXIST|ENOTDIR/);
  expect(history.lines).toEqual([]);
});
