// SPDX-License-Identifier: Apache-2.0
/**
 * Owns the lock by which one client keeps others of the same user off a console. A Cohesix node serves many at once, so it
 * is only taken when COHSH_CONSOLE_LOCK asks for it: for nodes of older systems, which serve one.
 */
import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readBounded } from '../../../tools/bounded-file.ts';
import { ClientError } from '../errors.ts';

const ON = new Set(['1', 'true', 'on', 'yes']);

export function wantsLock(env: Readonly<Record<string, string | undefined>> = process.env): boolean {
  return ON.has((env['COHSH_CONSOLE_LOCK'] ?? '').toLowerCase());
}

export function lockPath(host: string, port: number): string {
  return join(tmpdir(), `cohesix-console-${host.replace(/[^A-Za-z0-9._-]/g, '_')}-${port}.lock`);
}

/** A process id. */
const MAX_LOCK_BYTES = 64;

function ownerOf(path: string): string {
  try {
    return readBounded(path, MAX_LOCK_BYTES).toString('utf8').trim().slice(0, 64) || 'unknown';
  } catch {
    return 'unknown';
  }
}

/** The process that a lock names still runs. */
function isAlive(owner: string): boolean {
  const pid = Number(/^pid=(\d{1,10})$/.exec(owner)?.[1]);
  if (!Number.isInteger(pid) || pid <= 0) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function create(path: string): void {
  const file = openSync(path, 'wx', 0o600);
  writeSync(file, `pid=${process.pid}\n`);
  closeSync(file);
}

/** Takes the lock; returns how to give it back. A lock whose owner is gone is taken over. */
export function takeLock(host: string, port: number): () => void {
  const path = lockPath(host, port);
  for (let attempt = 0; ; attempt++) {
    try {
      create(path);
      break;
    } catch (error) {
      const taken = (error as NodeJS.ErrnoException).code === 'EEXIST';
      if (!taken) throw new ClientError('busy', `cannot lock ${path}`, 'unset COHSH_CONSOLE_LOCK', { cause: error });
      const owner = ownerOf(path);
      if (attempt > 0 || isAlive(owner)) {
        const message = `console busy: lock held at ${path} (owner ${owner})`;
        throw new ClientError('busy', message, 'end the other client, or unset COHSH_CONSOLE_LOCK');
      }
      remove(path);
    }
  }
  let held = true;
  return () => {
    if (held) remove(path);
    held = false;
  };
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Gone already.
  }
}
