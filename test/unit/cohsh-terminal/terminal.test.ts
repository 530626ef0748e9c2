// SPDX-License-Identifier: Apache-2.0
/** The interactive shell in a real terminal (tmux), with a made-up shell behind it: every key and every way to leave. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import { Window, type WindowOptions } from './tmux.ts';

const PROGRAM = ['node', '--import', 'tsx', join(import.meta.dirname, 'stand-in.ts')];
const LIMIT_MS = 60_000;

let open: Window[] = [];
afterEach(() => {
  for (const window of open) window.close();
  open = [];
});

async function start(options: WindowOptions = {}, ...flags: readonly string[]): Promise<Window> {
  const window = new Window([...PROGRAM, ...flags], options);
  open.push(window);
  await window.lastRow('coh>');
  return window;
}

/** The shell, not the program around it. */
function pidOf(window: Window): number {
  const tree = execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' });
  const folder = `XDG_STATE_HOME=${window.folder}`;
  const found = tree
    .split('\n')
    .flatMap((row) => (row.includes('stand-in.ts') ? [Number(row.trim().split(' ')[0])] : []))
    .filter(
      (pid) => existsSync(`/proc/${pid}/environ`) && readFileSync(`/proc/${pid}/environ`, 'utf8').includes(folder),
    );
  expect(found).toHaveLength(1);
  return found[0] ?? 0;
}

describe('Ctrl-C and another key in one read', () => {
  it(
    'gives up the line, and the other key counts for the next one',
    async () => {
      const window = await start();
      window.type('ls /pr');
      window.press('C-c', 'x');
      await window.lastRow('coh> x');
      expect(window.screen()).toContain('coh> ls /pr^C\n');
      window.press('C-c', 'C-d');
      await window.until((screen) => screen.includes('closing session'));
      expect(window.screen({ history: true })).not.toContain('Generator');
    },
    LIMIT_MS,
  );
});

describe('editing', () => {
  it(
    'moves, erases, kills and yanks',
    async () => {
      const window = await start();
      window.type('ls /prcx');
      window.press('BSpace', 'Left');
      window.type('o');
      await window.lastRow('coh> ls /proc');
      window.press('C-a', 'M-f', 'Right');
      window.type('//');
      window.press('Left', 'DC', 'C-e');
      await window.lastRow('coh> ls //proc');
      window.press('C-w');
      await window.lastRow('coh> ls //');
      window.press('C-u');
      await window.lastRow('coh>');
      window.press('C-y');
      await window.lastRow('coh> ls //');
      window.press('C-u');
      await window.lastRow('coh>');
      window.type('grün 漢字');
      window.press('Left', 'BSpace', 'Enter');
      await window.until('ran "grün 字"');
    },
    LIMIT_MS,
  );

  it(
    'wraps lines that are longer than the terminal, and follows its size',
    async () => {
      const window = await start({ columns: 40, rows: 12 });
      // tmux keeps what is cleared from the first row on, and shows it again: below the first row, then.
      window.press('Enter');
      await window.until(/^coh>\ncoh>$/);
      const text = `echo ${'abcdefghi '.repeat(7)}> /log/queen.log`;
      const wrapped = (line: string, columns: number): string =>
        (line.match(new RegExp(`.{1,${columns}}`, 'g')) ?? []).map((row) => row.trimEnd()).join('\n');
      window.type(text);
      await window.until((screen) => screen === `coh>\n${wrapped(`coh> ${text}`, 40)}`);
      window.resize(60, 12);
      await window.until((screen) => screen === `coh>\n${wrapped(`coh> ${text}`, 60)}`);
      window.resize(30, 12);
      // There are more rows now, and the first one has left the screen.
      await window.until((screen) => screen === wrapped(`coh> ${text}`, 30));
      window.press('C-a');
      window.type('XY');
      await window.until((screen) => screen === wrapped(`coh> XY${text}`, 30));
      expect(window.cursor().column).toBe(7);
      window.press('Enter');
      await window.until(`ran ${JSON.stringify(`XY${text}`).slice(0, 20)}`);
    },
    LIMIT_MS,
  );

  it(
    'keeps what is typed while a command runs for the next prompts',
    async () => {
      const window = await start();
      window.type('push x');
      window.press('Enter');
      await window.until('50 %');
      window.type('ls /one');
      window.press('Enter');
      window.type('ls /two');
      expect(window.screen()).not.toContain('ls /one');
      const screen = await window.lastRow('coh> ls /two');
      expect(screen).toBe(['coh> push x', 'pushed', 'coh> ls /one', 'ran "ls /one"', 'coh> ls /two'].join('\n'));
    },
    LIMIT_MS,
  );
});

describe('text that comes by itself', () => {
  it(
    'stands above the line being edited, with the cursor where it was',
    async () => {
      const window = await start({ columns: 30 });
      window.type('later 900');
      window.press('Enter');
      await window.lastRow('coh>');
      window.type('a line that takes more than one row of it');
      window.press('C-a', 'Right', 'Right');
      const screen = await window.until('it came later');
      expect(screen).toBe(
        [
          'coh> later 900',
          'ran "later 900"',
          'it came later',
          'coh> a line that takes more th',
          'an one row of it',
        ].join('\n'),
      );
      expect(window.cursor()).toEqual({ column: 7, row: 3 });
      window.type('!');
      window.press('Enter');
      await window.until('ran "a !line that takes');
    },
    LIMIT_MS,
  );

  it(
    'has no power over the terminal',
    async () => {
      const window = await start();
      window.type('evil');
      window.press('Enter');
      await window.until('ran "evil"');
      expect(window.screen()).toBe('coh> evil\n\\x1b]0;title\\x07\\x1b[2Jafter\nran "evil"\ncoh>');
    },
    LIMIT_MS,
  );

  it(
    'is a sign of life now and then, at the prompt only',
    async () => {
      const window = await start({ env: { KEEP_ALIVE_MS: '200' } });
      await window.until(/sign of life\n(.*\n)*sign of life/);
      window.type('follow');
      window.press('Enter');
      await window.until('followed 12');
      expect(window.screen().split('followed 1\n')[1]).not.toContain('sign of life');
    },
    LIMIT_MS,
  );

  it(
    'is a bar while something long goes on, and gone after it',
    async () => {
      const window = await start();
      window.type('push x');
      window.press('Enter');
      await window.until(/^pushing \[█+ +\] {2}50 % {2}2 KiB of 4 KiB$/m);
      expect(await window.until((screen) => screen.endsWith('coh>'))).toBe('coh> push x\npushed\ncoh>');
      window.type('push quiet');
      window.press('Enter');
      await window.until(/50 %/);
      await window.until((screen) => screen === 'coh> push x\npushed\ncoh> push quiet\ncoh>');
    },
    LIMIT_MS,
  );
});

describe('history and completion', () => {
  it(
    'brings back lines, also of earlier sessions, but no tickets',
    async () => {
      const window = await start();
      for (const line of ['ls /proc', 'attach queen secret']) {
        window.type(line);
        window.press('Enter');
        await window.until(`ran "${line}"`);
      }
      window.press('Up');
      await window.lastRow('coh> attach queen secret');
      window.press('Up');
      await window.lastRow('coh> ls /proc');
      window.press('Down', 'Down');
      await window.lastRow('coh>');
      const file = join(window.folder, 'cohsh/history');
      expect(readFileSync(file, 'utf8')).toBe('ls /proc\n');
      expect(statSync(file).mode & 0o777).toBe(0o600);
      const state = { env: { XDG_STATE_HOME: window.folder } };
      const second = await start(state);
      second.press('Up');
      await second.lastRow('coh> ls /proc');
    },
    LIMIT_MS,
  );

  it(
    'says when it cannot be kept',
    async () => {
      const window = new Window(PROGRAM, { env: { XDG_STATE_HOME: '/dev/null' } });
      open.push(window);
      await window.until(/^\[cohsh\] history is not kept: /);
      await window.lastRow('coh>');
    },
    LIMIT_MS,
  );

  it(
    'completes verbs, options and paths, and lists what there is',
    async () => {
      const window = await start();
      window.type('ca');
      window.press('Tab');
      window.type('/pro');
      window.press('Tab', 'Tab');
      await window.lastRow('coh> cat /proc/');
      window.press('Tab', 'Tab');
      await window.until(/\/proc\/boot +\/proc\/ingest +\/proc\/lifecycle/);
      window.type('l');
      window.press('Tab');
      await window.lastRow('coh> cat /proc/lifecycle');
      window.press('C-u');
      window.type('po');
      window.press('Tab');
      window.press('Tab');
      window.type('pa');
      window.press('Tab');
      await window.lastRow('coh> pool bench path=');
    },
    LIMIT_MS,
  );
});

describe('Ctrl-C', () => {
  it(
    'gives up the line, and twice says how to leave',
    async () => {
      const window = await start();
      window.type('half a line');
      window.press('C-c');
      await window.lastRow('coh>');
      window.press('C-c');
      await window.until("Ctrl-D or 'quit' leaves.");
      window.type('ls /');
      window.press('Enter');
      await window.until('ran "ls /"');
      expect(window.screen()).toContain('coh> half a line^C\ncoh> ^C\n');
      expect(window.screen()).not.toContain('ran "half');
    },
    LIMIT_MS,
  );

  it(
    'ends a running command, not the shell',
    async () => {
      const window = await start();
      window.type('follow');
      window.press('Enter');
      await window.until('followed 3');
      window.type('thrown away');
      window.press('C-c');
      await window.until('no longer followed');
      await window.lastRow('coh>');
      window.press('C-d');
      expect(await window.ended()).toBe(0);
    },
    LIMIT_MS,
  );

  it(
    'leaves a command that does not end',
    async () => {
      const window = await start();
      window.type('stuck');
      window.press('Enter');
      await window.until('stuck');
      window.press('C-c');
      window.press('C-c');
      await window.until('Ctrl-C once more leaves at once');
      window.press('C-c');
      expect(await window.ended()).toBe(130);
      expect(window.restored()).toBe(true);
    },
    LIMIT_MS,
  );
});

describe('leaving', () => {
  it(
    'by Ctrl-D, on an empty line only',
    async () => {
      const window = await start();
      window.type('x');
      window.press('C-a', 'C-d', 'C-d');
      expect(await window.ended()).toBe(0);
      expect(window.screen()).toContain('coh>\nclosing session\n');
      expect(window.restored()).toBe(true);
    },
    LIMIT_MS,
  );

  it(
    'by quit',
    async () => {
      const window = await start();
      window.type('quit');
      window.press('Enter');
      expect(await window.ended()).toBe(0);
      expect(window.restored()).toBe(true);
    },
    LIMIT_MS,
  );

  it.each(['C-d', 'quit'])(
    'by %s, also when the node does not say goodbye',
    async (way) => {
      const window = await start({}, '--silent-node');
      if (way === 'quit') window.type(way);
      window.press(way === 'quit' ? 'Enter' : way);
      expect(await window.ended()).toBe(1);
      expect(window.restored()).toBe(true);
    },
    LIMIT_MS,
  );

  it.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
    ['SIGINT', 130],
  ] as const)(
    'by %s, with the terminal as it was',
    async (signal, code) => {
      const window = await start();
      window.type('half a line');
      await window.lastRow('coh> half a line');
      process.kill(pidOf(window), signal);
      expect(await window.ended()).toBe(code);
      expect(window.screen()).toContain('closing session');
      expect(window.restored()).toBe(true);
    },
    LIMIT_MS,
  );

  it(
    'by a bug, with the terminal as it was',
    async () => {
      const window = await start();
      window.type('crash');
      window.press('Enter');
      expect(await window.ended()).not.toBe(0);
      expect(window.screen()).toContain('Error: a bug');
      expect(window.restored()).toBe(true);
    },
    LIMIT_MS,
  );

  it(
    'for a while, by Ctrl-Z',
    async () => {
      const jobs = 'set -m; "$@"; echo "[stopped]"; read answer; echo "answered $answer"; fg %1';
      const window = new Window(['sh', '-c', jobs, 'sh', ...PROGRAM]);
      open.push(window);
      await window.lastRow('coh>');
      window.type('ls');
      await window.lastRow('coh> ls');
      window.press('C-z');
      await window.until(/^coh> ls\^Z\n\[stopped\]$/m);
      window.type('in cooked mode');
      window.press('Enter');
      await window.until('answered in cooked mode');
      await window.lastRow('coh> ls');
      // Keys are keys again, not lines.
      window.type(' /pr');
      window.press('Tab');
      await window.lastRow('coh> ls /proc/');
      window.press('Enter');
      await window.until('ran "ls /proc/"');
      window.press('C-d');
      expect(await window.ended()).toBe(0);
      expect(window.restored()).toBe(true);
    },
    LIMIT_MS,
  );
});

describe('without a terminal', () => {
  const run = (input: string, ...flags: readonly string[]): { out: string; code: number } => {
    const [program = '', ...words] = [...PROGRAM, '--pipe', ...flags];
    try {
      return { out: execFileSync(program, words, { input, encoding: 'utf8', timeout: LIMIT_MS }), code: 0 };
    } catch (error) {
      const { stdout, status } = error as { stdout: string; status: number };
      return { out: stdout, code: status };
    }
  };

  it(
    'runs the lines of a pipe, in plain text',
    () => {
      expect(run('ls /\r\n\n  ping\nfollowed')).toEqual({
        out: 'ran "ls /"\nran "  ping"\nran "followed"\nclosing session\n',
        code: 0,
      });
    },
    LIMIT_MS,
  );

  it(
    'ends with quit, and with 1 if a line failed',
    () => {
      expect(run('fail\nls /\nquit\nls /never\n')).toEqual({ out: 'ran "ls /"\nclosing session\n', code: 1 });
    },
    LIMIT_MS,
  );
});

it(
  'shows no colours when it is told so',
  async () => {
    const coloured = await start();
    expect(coloured.screen({ colours: true })).toContain('\x1b[1mcoh>');
    for (const window of [await start({}, '--no-color'), await start({ env: { NO_COLOR: '1' } })]) {
      expect(window.screen({ colours: true })).toBe('coh>');
    }
  },
  LIMIT_MS,
);
