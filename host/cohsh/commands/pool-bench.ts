// SPDX-License-Identifier: Apache-2.0
/** `pool bench`: its words. The work is in pool-bench.ts above. */
import { CommandError } from '../errors.ts';
import { parseBench, runBench } from '../pool-bench.ts';
import { type Command, words } from './command.ts';

export const poolBench: Command = {
  verb: 'pool',
  name: 'pool bench',
  usage: 'pool bench <opts>',
  summary: 'Run pooled throughput benchmark',
  options: [
    'path=',
    'ops=',
    'batch=',
    'payload=',
    'payload_bytes=',
    'kind=',
    'delay_ms=',
    'inject_failures=',
    'inject_bytes=',
    'exhaust=',
  ],
  values: { 'path=': 'path', 'kind=': ['control', 'telemetry'] },
  details: [
    '  path=P ops=N [batch=1] [payload=pool] [payload_bytes=N] [kind=control|telemetry] [delay_ms=0]',
    '  [inject_failures=0] [inject_bytes=8] [exhaust=0]',
  ],
  async run(rest, context) {
    const [subcommand, ...options] = words(rest);
    if (subcommand?.toLowerCase() !== 'bench') throw new CommandError('pool requires the subcommand bench');
    await runBench(parseBench(options), context);
  },
};
