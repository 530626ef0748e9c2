// SPDX-License-Identifier: Apache-2.0
/** `telemetry push`: its words. The work is in telemetry-push/. */
import { CommandError } from '../errors.ts';
import { parsePush } from '../telemetry-push/arguments.ts';
import { push } from '../telemetry-push/push.ts';
import type { Command } from './command.ts';

export const telemetry: Command = {
  verb: 'telemetry',
  name: 'telemetry push',
  usage: 'telemetry push <src> --device <id>',
  summary: 'Push bounded telemetry segment',
  arguments: ['file'],
  options: ['--device', '--reference'],
  values: { '--device': { in: '/queen/telemetry' } },
  details: [
    '  A text file (txt, log, json, ndjson, csv) of at most 32768 bytes, in records of cohsh-telemetry-push/v1.',
    '  --reference pushes the digests of its parts instead (coh-ref-c/v1): for files of any kind, up to 1 GiB.',
  ],
  async run(rest, context) {
    const match = /^push(?:\s+([^]*))?$/i.exec(rest);
    if (match === null) throw new CommandError('telemetry requires the subcommand push');
    await push(parsePush(match[1] ?? ''), context);
  },
};
