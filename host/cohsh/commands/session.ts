// SPDX-License-Identifier: Apache-2.0
/** `attach`, `login`, `detach`, `ping`, `quit`: the session of the shell. */
import { parseRole, renderAck, type Role, roleName, ROLES } from '../../client/index.ts';
import { CommandError } from '../errors.ts';
import { type Command, type Context, words } from './command.ts';

function attachArguments(rest: string): { role: Role; ticket: string | undefined } {
  const [label, ticket, ...more] = words(rest);
  if (label === undefined) throw new CommandError('attach requires a role', { fix: `one of ${ROLES.join(', ')}` });
  if (more.length > 0) throw new CommandError('attach takes at most two arguments: role and optional ticket');
  const role = parseRole(label);
  if (role === undefined) throw new CommandError(`unknown role '${label}'`, { fix: `one of ${ROLES.join(', ')}` });
  return { role, ticket };
}

async function runAttach(rest: string, context: Context): Promise<void> {
  const { role, ticket } = attachArguments(rest);
  await context.attach(role, ticket);
}

export const attach: Command = {
  verb: 'attach',
  name: 'attach',
  usage: 'attach <role> [ticket]',
  summary: 'Attach to a NineDoor session',
  arguments: [ROLES],
  details: [
    `  Roles: ${ROLES.join(', ')}; worker stands for worker-heartbeat.`,
    '  Workers need a ticket: cohsh mint --role worker-heartbeat --ticket-subject worker-1',
  ],
  run: runAttach,
};

export const login: Command = {
  verb: 'login',
  name: 'login',
  usage: 'login <role> [ticket]',
  summary: 'Alias for attach',
  arguments: [ROLES],
  run: runAttach,
};

export const detach: Command = {
  verb: 'detach',
  name: 'detach',
  usage: 'detach',
  summary: 'Close the current session',
  async run(_rest, context) {
    context.session('detach');
    await context.detach();
    context.output.write({ kind: 'ack', ack: renderAck(true, 'DETACH', []) });
  },
};

export const ping: Command = {
  verb: 'ping',
  name: 'ping',
  usage: 'ping',
  summary: 'Report attachment status for health checks',
  async run(_rest, context) {
    const { attached } = context;
    if (attached === undefined) context.output.write({ kind: 'line', text: 'ping: not attached' });
    const transport = context.session('ping');
    const { ack } = await transport.ping({ signal: context.signal });
    await context.show(Promise.resolve({ ack, lines: [] }));
    const text = `ping: attached as ${roleName(attached?.role ?? 'queen')} via ${transport.kind}`;
    context.output.write({ kind: 'line', text });
  },
};

export const quit: Command = {
  verb: 'quit',
  name: 'quit',
  usage: 'quit',
  summary: 'Close the session and exit',
  async run(_rest, context) {
    if (context.attached !== undefined) await context.detach(true);
    context.output.write({ kind: 'note', text: 'closing session' });
    return { exit: true };
  },
};
