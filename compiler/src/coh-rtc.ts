#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
/** The command `coh-rtc`: see manifest/cli/run.ts for what it does. */
import { run } from './manifest/cli/run.ts';

// Whoever reads the output may stop, as `head` does: then there is nobody left to tell.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

run(process.argv.slice(2), {
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
}).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const details = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`coh-rtc: error[COH0005]: internal error, please report it with the manifest\n${details}\n`);
    process.exitCode = 1;
  },
);
