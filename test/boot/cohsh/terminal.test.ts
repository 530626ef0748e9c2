// SPDX-License-Identifier: Apache-2.0
/** cohsh itself in a real terminal: against the mock, and once with the image that it boots (`--transport qemu`). */
import { execFileSync } from 'node:child_process';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { Window, type WindowOptions } from '../../unit/cohsh-terminal/tmux.ts';
import { BUILD_TIMEOUT_MS, cohshImage, flagsTo, type Ports, RUN_TIMEOUT_MS, withNode } from './cohsh.ts';

const COHSH = ['node', '--import', 'tsx', 'host/cohsh/main.ts'];
const LIMIT_MS = 60_000;
/** The mock is built from the sources the first time. */
const START_MS = 45_000;

let open: Window[] = [];
afterEach(() => {
  for (const window of open) window.close();
  open = [];
});

async function start(flags: readonly string[], options: WindowOptions = {}): Promise<Window> {
  const window = new Window([...COHSH, ...flags], { columns: 100, ...options });
  open.push(window);
  await window.lastRow('coh>', START_MS);
  return window;
}

it(
  'greets, completes live paths, follows telemetry until Ctrl-C, and says goodbye',
  async () => {
    const window = await start(['--transport', 'mock', '--role', 'queen']);
    expect(window.screen()).toBe(
      [
        "Welcome to Cohesix. Type 'help' for commands.",
        '[console] OK ATTACH role=queen',
        'attached session SessionId(1) as Queen',
        'coh>',
      ].join('\n'),
    );
    window.type('sp');
    window.press('Tab');
    window.type('h');
    window.press('Tab');
    window.type('ti');
    window.press('Tab');
    window.type('100');
    await window.lastRow('coh> spawn heartbeat ticks=100');
    window.press('Enter');
    await window.until('[console] OK SPAWN payload={"spawn":"heartbeat","ticks":100}');
    window.type('tail -f /wo');
    window.press('Tab', 'Tab');
    await window.lastRow('coh> tail -f /worker/worker-1/');
    window.press('Tab', 'Enter');
    await window.until(
      /OK TAIL path=\/worker\/worker-1\/telemetry\n(.*\n)*\{"tick":2,"ts_ms":\d+\}\n\{"tick":3,"ts_ms":\d+\}/,
    );
    window.press('C-c');
    await window.lastRow('coh>');
    window.type('kill ');
    window.press('Tab');
    await window.lastRow('coh> kill worker-1');
    window.press('Enter');
    await window.until('[console] OK KILL id=worker-1');
    window.press('C-d');
    expect(await window.ended()).toBe(0);
    expect(window.screen()).toMatch(/coh>\n\[console\] OK QUIT\nclosing session\n\[the program/);
    expect(window.restored()).toBe(true);
  },
  LIMIT_MS,
);

it(
  'waits for an attach, in colour, and keeps tickets out of the history',
  async () => {
    const window = await start(['--transport', 'mock']);
    expect(window.screen()).toContain("detached shell: run 'attach <role>' to connect");
    window.type('ls /');
    window.press('Enter');
    await window.until(/^Error: attach to a session before running ls/m);
    expect(window.screen({ colours: true })).toContain('\x1b[31mError: attach');
    window.type('attach queen not-a-ticket');
    window.press('Enter');
    await window.until(/not-a-ticket\n(?:.*\n)*?Error: .*ticket/);
    window.type('att');
    window.press('Tab');
    window.type('q');
    window.press('Tab');
    window.press('Enter');
    await window.until('attached session SessionId(1) as Queen');
    expect(window.screen({ colours: true })).toContain('\x1b[32m');
    expect(readFileSync(join(window.folder, 'cohsh/history'), 'utf8')).toBe('ls /\nattach queen\n');
    window.type('quit');
    window.press('Enter');
    expect(await window.ended()).toBe(0);
  },
  LIMIT_MS,
);

it(
  'shows how far a long push is, and ends it at Ctrl-C without leaving',
  async () => {
    const window = await start(['--transport', 'mock', '--role', 'queen']);
    const file = join(window.folder, 'large.bin');
    // Without blocks on the disk.
    writeFileSync(file, '');
    truncateSync(file, 1 << 30);
    window.type(`telemetry push ${file.slice(0, -6)}`);
    window.press('Tab');
    window.type('--reference --device dev-1');
    window.press('Enter');
    await window.until(/\[█+.*\] +\d+ %/);
    window.press('C-c');
    await window.until(/^Error: interrupted/m);
    await window.lastRow('coh>');
    expect(window.screen()).not.toMatch(/█/);
    window.type('ping');
    window.press('Enter');
    await window.until('ping: attached as Queen via mock');
  },
  LIMIT_MS,
);

it(
  'speaks plainly into a pipe',
  () => {
    const [program = '', ...words] = [...COHSH, '--transport', 'mock', '--role', 'queen'];
    const options = {
      input: 'ls /log\n',
      encoding: 'utf8',
      timeout: LIMIT_MS,
      env: { ...process.env, TERM: 'xterm' },
    } as const;
    expect(execFileSync(program, words, options)).toBe(
      [
        "Welcome to Cohesix. Type 'help' for commands.",
        '[console] OK ATTACH role=queen',
        'attached session SessionId(1) as Queen',
        '[console] OK LS path=/log entries=1',
        'queen.log',
        '[console] OK QUIT',
        'closing session\n',
      ].join('\n'),
    );
  },
  LIMIT_MS,
);

it(
  'says that the node is gone above the line being typed, and attaches again when it is back',
  async () => {
    const flags = (ports: Ports): string[] => [...flagsTo('tcp', ports), '--role', 'queen'];
    let window: Window | undefined;
    let ports: Ports | undefined;
    await withNode('terminal/lost', async (node) => {
      ports = node.ports;
      window = await start(flags(ports), { rows: 50 });
      window.type('ls /pro');
      await window.lastRow('coh> ls /pro');
      await node.machine.stop();
      await window.until(/^\[cohsh\]\[tcp\] connection lost: .*\ncoh> ls \/pro$/m);
    });
    await withNode(
      'terminal/back',
      async () => {
        window?.type('c');
        window?.press('Enter');
        await window?.until('[cohsh][tcp] remote NineDoor ready as role Queen');
        await window?.until(/OK LS path=\/proc entries=\d+/);
      },
      ports,
    );
  },
  BUILD_TIMEOUT_MS + 2 * RUN_TIMEOUT_MS,
);

it(
  'boots an image, works with it, and takes the machine with it',
  async () => {
    const image = await cohshImage();
    const flags = ['--transport', 'qemu', '--qemu-out-dir', dirname(image), '--role', 'queen'];
    const window = await start(flags, { rows: 50 });
    expect(window.screen()).toMatch(/\[cohsh\]\[qemu\] machine ready: console on 127\.0\.0\.1:\d+/);
    window.type('spawn heartbeat ticks=100 ttl_s=60');
    window.press('Enter');
    await window.until('[console] OK SPAWN ');
    window.type('tail -f /worker/w');
    window.press('Tab');
    await window.lastRow('coh> tail -f /worker/worker-1/');
    window.type('t');
    window.press('Tab');
    await window.lastRow('coh> tail -f /worker/worker-1/telemetry');
    window.press('Enter');
    await window.until(/\{"tick":1,"ts_ms":\d+\}\n\{"tick":2,"ts_ms":\d+\}/);
    window.press('C-c');
    await window.lastRow('coh>');
    window.press('C-d');
    expect(await window.ended()).toBe(0);
    expect(window.restored()).toBe(true);
  },
  BUILD_TIMEOUT_MS + RUN_TIMEOUT_MS,
);
