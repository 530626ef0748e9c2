// SPDX-License-Identifier: Apache-2.0
/** The words after `telemetry push`. */
import { CommandError } from '../errors.ts';

export interface PushArguments {
  file: string;
  device: string;
  /** References to the file's parts instead of its text. */
  reference: boolean;
}

/** Words; one in quotes may hold blanks. */
export function splitQuoted(rest: string): string[] {
  return [...rest.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, bare]) => double ?? single ?? bare ?? '',
  );
}

export function parsePush(rest: string): PushArguments {
  const [file, ...flags] = splitQuoted(rest);
  if (file === undefined) throw new CommandError('telemetry push requires <src_file>');
  if (file.startsWith('--')) throw new CommandError('telemetry push requires <src_file> before flags');
  let device: string | undefined;
  let reference = false;
  for (let flag = flags.shift(); flag !== undefined; flag = flags.shift()) {
    if (flag === '--device') {
      device = flags.shift();
      if (device === undefined) throw new CommandError('telemetry push requires --device <id>');
    } else if (flag === '--reference') reference = true;
    else throw new CommandError(`telemetry push does not recognize '${flag}'`);
  }
  if (device === undefined) throw new CommandError('telemetry push requires --device <id>');
  return { file, device: checkDevice(device), reference };
}

function checkDevice(device: string): string {
  if (device.trim() === '') throw new CommandError('telemetry push requires a device id');
  if (device.includes('/')) throw new CommandError("telemetry device id must not contain '/'");

  if (/[\s\u0000-\u001f\u007f]/.test(device) || device === '.' || device === '..') {
    throw new CommandError('telemetry device id contains unsupported character');
  }
  return device;
}
