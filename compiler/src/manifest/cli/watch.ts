/** Watch mode: does something now, and again whenever a file has changed. */
import { watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** Editors write a file in several steps; what is read this long after the first one is the whole. */
const SETTLE_MS = 50;

/** Runs until `signal` aborts. The directory is watched, because many editors replace a file by a new one. */
export async function watchFile(path: string, task: () => Promise<unknown>, signal?: AbortSignal): Promise<void> {
  let wake = (): void => undefined;
  let isPending = false;
  const notify = (): void => {
    isPending = true;
    wake();
  };
  const watcher = watch(dirname(path), (_, name) => {
    if (name === null || name === basename(path)) notify();
  });
  signal?.addEventListener('abort', notify);
  try {
    let last: string | undefined;
    for (let isFirst = true; signal?.aborted !== true; isFirst = false) {
      const content = await readFile(path, 'latin1').catch(() => undefined);
      if (isFirst || content !== last) await task();
      last = content;
      if (!isPending) await new Promise<void>((resolve) => (wake = resolve));
      await pause(SETTLE_MS);
      isPending = false;
    }
  } finally {
    watcher.close();
  }
}
