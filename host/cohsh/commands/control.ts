// SPDX-License-Identifier: Apache-2.0
/** `spawn`, `kill`, `bind`, `mount`: commands of the queen to /queen/ctl. */
import { CommandError } from '../errors.ts';
import { checkJsonText, controlLine, type ControlValue, Options, U32_MAX, U8_MAX } from '../text.ts';
import { type Command, type Context, words } from './command.ts';

const CTL = '/queen/ctl';
const WORKERS = { in: '/worker' };

function budget(ttl_s: bigint | undefined, ops: bigint | undefined): ControlValue | undefined {
  return ttl_s === undefined && ops === undefined ? undefined : { ttl_s, ops };
}

function heartbeat(options: Options): ControlValue {
  const ticks = options.requiredInteger('ticks');
  const limit = budget(options.integer('ttl_s'), options.integer('ops'));
  options.finish();
  return { spawn: 'heartbeat', ticks, budget: limit };
}

function gpu(options: Options): ControlValue {
  const gpu_id = checkJsonText('gpu_id', options.requiredText('gpu_id'));
  const mem_mb = options.requiredInteger('mem_mb', U32_MAX);
  const streams = options.requiredInteger('streams', U8_MAX);
  const ttl_s = options.requiredInteger('ttl_s', U32_MAX);
  const priority = options.integer('priority', U8_MAX);
  const limit = budget(options.integer('budget_ttl_s'), options.integer('budget_ops'));
  options.finish();
  return { spawn: 'gpu', lease: { gpu_id, mem_mb, streams, ttl_s, priority }, budget: limit };
}

/** The control line of `spawn <role> [key=value…]`. */
export function spawnLine(rest: string): string {
  const [role, ...options] = words(rest);
  switch (role?.toLowerCase()) {
    case undefined:
      throw new CommandError('spawn requires a role', {
        fix: 'heartbeat ticks=N, or gpu gpu_id=… mem_mb=… streams=… ttl_s=…',
      });
    case 'heartbeat':
    case 'worker':
    case 'worker-heartbeat':
      return controlLine(heartbeat(new Options(options, 'spawn')));
    case 'gpu':
    case 'worker-gpu':
      return controlLine(gpu(new Options(options, 'spawn')));
    default:
      throw new CommandError(`unknown spawn role '${role}'`, { fix: 'heartbeat or gpu' });
  }
}

export const spawn: Command = {
  verb: 'spawn',
  name: 'spawn',
  usage: 'spawn <role> [opts]',
  summary: 'Queue worker spawn command',
  arguments: [['heartbeat', 'gpu']],
  options: ['ticks=', 'ttl_s=', 'ops=', 'gpu_id=', 'mem_mb=', 'streams=', 'priority=', 'budget_ttl_s=', 'budget_ops='],
  details: [
    '  spawn heartbeat ticks=N [ttl_s=N] [ops=N]',
    '  spawn gpu gpu_id=ID mem_mb=N streams=N ttl_s=N [priority=N] [budget_ttl_s=N] [budget_ops=N]',
  ],
  async run(rest, context) {
    const transport = context.queenSession('spawn');
    await context.show(transport.spawn(spawnLine(rest), { signal: context.signal }), 'SPAWN');
  },
};

/** Exactly `count` words. */
function exactly(rest: string, count: number, usage: string): string[] {
  const found = words(rest);
  if (found.length !== count) throw new CommandError(`${usage.split(' ')[0]} requires syntax: ${usage}`);
  return found;
}

export const kill: Command = {
  verb: 'kill',
  name: 'kill',
  usage: 'kill <worker_id>',
  summary: 'Queue worker termination',
  arguments: [WORKERS],
  async run(rest, context) {
    const transport = context.queenSession('kill');
    const [worker = ''] = exactly(rest, 1, kill.usage);
    await context.show(transport.kill(checkJsonText('worker id', worker), { signal: context.signal }), 'KILL');
  },
};

async function control(context: Context, verb: string, value: ControlValue): Promise<void> {
  const transport = context.queenSession(verb);
  await context.show(transport.echo(CTL, controlLine(value), { signal: context.signal }), 'ECHO', CTL);
}

export const bind: Command = {
  verb: 'bind',
  name: 'bind',
  usage: 'bind <src> <dst>',
  summary: 'Bind namespace path',
  arguments: ['path', 'path'],
  async run(rest, context) {
    context.queenSession('bind');
    const [from = '', to = ''] = exactly(rest, 2, bind.usage);
    const paths = { from: checkJsonText('bind source', from), to: checkJsonText('bind target', to) };
    await control(context, 'bind', { bind: paths });
  },
};

export const mount: Command = {
  verb: 'mount',
  name: 'mount',
  usage: 'mount <service> <path>',
  summary: 'Mount service namespace',
  arguments: ['text', 'path'],
  async run(rest, context) {
    context.queenSession('mount');
    const [service = '', at = ''] = exactly(rest, 2, mount.usage);
    const fields = { service: checkJsonText('service', service), at: checkJsonText('mount path', at) };
    await control(context, 'mount', { mount: fields });
  },
};
