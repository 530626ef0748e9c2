// SPDX-License-Identifier: Apache-2.0
// Finds the emulator and refuses one that is missing or too old, with the command that installs it. The answer is kept
// for the life of the process: a version does not change under a running test suite.
import { spawnSync } from 'node:child_process';
import { failure } from '../../diagnostics/diagnostic.ts';
import { QEMU_CODES } from './errors.ts';
import { QEMU_COMMAND } from './options.ts';

/** Oldest version known to have what we use: the `set-action` control command (6.0), and what Ubuntu 22.04 ships. */
export const QEMU_MINIMUM: readonly [number, number] = [6, 2];

const INSTALL = 'install it with: apt-get install qemu-system-arm';
const known = new Map<string, Tool>();

export interface Tool {
  command: string;
  version: string;
}

/** The emulator to start: `command`, or the one that `COHESIX_QEMU` names, or the one on PATH. */
export function findQemu(command = process.env.COHESIX_QEMU ?? QEMU_COMMAND): Tool {
  const cached = known.get(command);
  if (cached !== undefined) return cached;
  const run = spawnSync(command, ['--version'], { encoding: 'utf8', timeout: 20_000 });
  if (run.error !== undefined)
    throw failure(QEMU_CODES.missing, `${command} cannot be started: ${reason(run.error)}`, INSTALL);
  const tool = { command, version: checkVersion(command, run.stdout) };
  known.set(command, tool);
  return tool;
}

/** The version in the output of `--version`, or a failure that says what is wanted. */
export function checkVersion(command: string, output: string): string {
  const match = /version (\d+)\.(\d+)(?:\.\d+)?/.exec(output);
  if (match === null) throw failure(QEMU_CODES.missing, `${command} does not say which version of QEMU it is`, INSTALL);
  const [major, minor] = [Number(match[1]), Number(match[2])];
  const [needMajor, needMinor] = QEMU_MINIMUM;
  if (major < needMajor || (major === needMajor && minor < needMinor)) {
    const message = `${command} is version ${major}.${minor}, and ${needMajor}.${needMinor} or newer is needed`;
    throw failure(
      QEMU_CODES.tooOld,
      message,
      'upgrade it: apt-get install qemu-system-arm on Debian 12 or Ubuntu 22.04 and later',
    );
  }
  return match[0].slice('version '.length);
}

function reason(error: Error): string {
  return 'code' in error && error.code === 'ENOENT' ? 'not found' : error.message;
}
