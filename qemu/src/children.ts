// SPDX-License-Identifier: Apache-2.0
// Sees to it that no emulator outlives us. Three nets, for each has a hole: a kill on `exit` (misses signals), signal
// handlers that turn signals into an exit (miss SIGKILL and crashes), and the kernel's parent-death signal through
// `setpriv` (only where installed). Only processes started here are ever signalled, by the handle of the child and so
// never by a reused id.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';

const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

const alive = new Set<ChildProcess>();
let setprivFound: boolean | undefined;
let handlersInstalled = false;

/**
 * Starts `command` in a process group of its own (Ctrl-C on the terminal reaches us, and we decide) with pipes on
 * descriptors 0 to 2 and a control socket on 3.
 */
export function startChild(command: string, args: readonly string[]): ChildProcess {
  installHandlers();
  setprivFound ??= spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true']).status === 0;
  const [program, programArgs] = setprivFound
    ? ['setpriv', ['--pdeathsig', 'KILL', '--', command, ...args]]
    : [command, [...args]];
  const child = spawn(program, programArgs, { detached: true, stdio: ['pipe', 'pipe', 'pipe', 'pipe'] });
  alive.add(child);
  const forget = (): void => void alive.delete(child);
  child.once('exit', forget).once('error', forget);
  return child;
}

function installHandlers(): void {
  if (handlersInstalled) return;
  handlersInstalled = true;
  process.on('exit', killAll);
  for (const [signal, number] of Object.entries(SIGNALS)) {
    process.on(signal, () => {
      // When someone else handles the signal too, ending the process is theirs to decide. Ending it runs `killAll`.
      if (process.listenerCount(signal) === 1) process.exit(128 + number);
    });
  }
}

function killAll(): void {
  for (const child of alive) child.kill('SIGKILL');
}
