// SPDX-License-Identifier: Apache-2.0
/** Watch mode: does something now, and again whenever one of some files has changed. */
import { type FSWatcher, watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** Editors write a file in several steps; what is read this long after the first one is the whole. */
const SETTLE_MS = 50;

/**
 * Runs until `signal` aborts. `task` returns what else it read, to be watched from then on. Directories are watched,
 * because many editors replace a file by a new one; whether it has changed, its content tells.
 */
export async function watchFiles(
  path: string,
  task: () => Promise<readonly string[]>,
  signal?: AbortSignal,
): Promise<void> {
  let wake = (): void => undefined;
  let isPending = false;
  const notify = (): void => {
    isPending = true;
    wake();
  };
  const files = new Set([path]);
  const watchers = new Map<string, FSWatcher>();
  const contents = (): Promise<string> => readAll([...files]);
  signal?.addEventListener('abort', notify);
  try {
    let last: string | undefined;
    while (signal?.aborted !== true) {
      for (const directory of new Set([...files].map(dirname))) {
        if (!watchers.has(directory)) watchers.set(directory, watch(directory, notify));
      }
      const content = await contents();
      if (content !== last) {
        const before = files.size;
        for (const file of await task()) files.add(file);
        last = content;
        // What came in now was read by the task just now.
        if (files.size > before) {
          last = await contents();
          continue;
        }
      }
      if (!isPending) await new Promise<void>((resolve) => (wake = resolve));
      await pause(SETTLE_MS);
      isPending = false;
    }
  } finally {
    for (const watcher of watchers.values()) watcher.close();
  }
}

async function readAll(paths: readonly string[]): Promise<string> {
  const texts = await Promise.all(paths.map((path) => readFile(path, 'latin1').catch(() => 'none')));
  return texts.map((text) => `${text.length}\n${text}`).join('');
}
