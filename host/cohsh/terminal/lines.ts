// SPDX-License-Identifier: Apache-2.0
/** Owns shells whose lines come from a pipe or a file: no prompt, no editing, one line after the other. */
import { createInterface } from 'node:readline';
import type { LineRunner } from './contract.ts';

/**
 * Runs the lines of `input` until one of them ends the shell or there are no more. Returns the exit code: 0 if every line was
 * done. An aborted `signal` ends the running line and leaves the rest.
 */
export async function runLines(shell: LineRunner, input: NodeJS.ReadableStream, signal?: AbortSignal): Promise<number> {
  const lines = createInterface({ input, crlfDelay: Infinity });
  const stop = (): void => lines.close();
  signal?.addEventListener('abort', stop, { once: true });
  let code = 0;
  try {
    for await (const line of lines) {
      if (signal?.aborted === true) break;
      if (line.trim() === '') continue;
      const { ok, exit } = await shell.run(line, signal);
      if (!ok) code = 1;
      if (exit === true) return code;
    }
    // The end of the input is a `quit` that was not written down.
    if (signal?.aborted !== true) await shell.run('quit');
    return signal?.aborted === true ? 1 : code;
  } finally {
    signal?.removeEventListener('abort', stop);
    lines.close();
  }
}
