// SPDX-License-Identifier: Apache-2.0
/** `lifecycle`: asks for the state first, so that a transition which cannot be is refused without a write. */
import { renderAck } from '../../client/index.ts';
import { CommandError } from '../errors.ts';
import { type Command, type Context, words } from './command.ts';

const STATE_PATH = '/proc/lifecycle/state';
const CTL = '/queen/lifecycle/ctl';

/** From where each command leads on. What stands in its way otherwise, the node knows. */
const ALLOWED = {
  cordon: (state: string) => state === 'ONLINE' || state === 'DEGRADED',
  drain: (state: string) => state === 'DRAINING',
  resume: (state: string) => state !== 'ONLINE',
  quiesce: (state: string) => state === 'ONLINE' || state === 'DEGRADED' || state === 'DRAINING',
  reset: (state: string) => state !== 'BOOTING',
} as const;

export const LIFECYCLE_ACTIONS = Object.keys(ALLOWED);

function isAction(word: string): word is keyof typeof ALLOWED {
  return Object.hasOwn(ALLOWED, word);
}

async function stateOf(context: Context): Promise<string> {
  const transport = context.queenSession('lifecycle');
  const answer = await transport.cat(STATE_PATH, { signal: context.signal });
  if (!answer.ack.ok) await context.show(Promise.resolve(answer));
  const state = /^state=([A-Z]+)$/.exec(answer.lines[0]?.trim() ?? '')?.[1];
  if (state === undefined) throw new CommandError(`${STATE_PATH} does not say a state`);
  return state;
}

export const lifecycle: Command = {
  verb: 'lifecycle',
  name: 'lifecycle',
  usage: 'lifecycle <cmd>',
  summary: 'Control node lifecycle (cordon/drain/resume/quiesce/reset)',
  arguments: [LIFECYCLE_ACTIONS],
  async run(rest, context) {
    const transport = context.queenSession('lifecycle');
    const [action, ...more] = words(rest.toLowerCase());
    const choices = { fix: `one of ${LIFECYCLE_ACTIONS.join(', ')}` };
    if (action === undefined) throw new CommandError('lifecycle requires a command', choices);
    if (more.length > 0) throw new CommandError('lifecycle takes one command', choices);
    if (!isAction(action)) throw new CommandError(`unknown lifecycle command '${action}'`, choices);
    const state = await stateOf(context);
    if (!ALLOWED[action](state)) {
      const fields = [
        ['action', action],
        ['state', state],
        ['reason', 'invalid-transition'],
      ] as const;
      context.output.write({ kind: 'ack', ack: renderAck(false, 'LIFECYCLE', fields) });
      const possible = LIFECYCLE_ACTIONS.filter((name) => isAction(name) && ALLOWED[name](state));
      throw new CommandError(`lifecycle transition denied: state=${state} action=${action}`, {
        fix: `possible now: ${possible.join(', ')}`,
      });
    }
    await context.show(transport.echo(CTL, action, { signal: context.signal }), 'ECHO', CTL);
  },
};
