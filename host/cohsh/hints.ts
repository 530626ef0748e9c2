// SPDX-License-Identifier: Apache-2.0
/** What an operator can do about a refusal, by what its acknowledgement says. */
import type { Ack } from '../client/index.ts';

const BY_DETAIL: Readonly<Record<string, string>> = {
  'invalid-role': 'roles are queen, worker-heartbeat, worker-gpu, worker-bus, worker-lora',
  'invalid-claims': 'the ticket claims more than the node allows; mint a smaller one',
  expired: 'mint a new ticket and attach again',
  exhausted: 'the budget is used up; mint a new ticket and attach again',
  closed: 'attach again',
  unauthenticated: 'attach as a role that may do this',
  'not-found': 'ls shows what there is',
  'buffer-full': 'it does not fit; send less, or wait until there is room',
  'ninedoor-unavailable': 'the server is being started again; try in a moment',
  'root-unreachable': 'attach as queen, which brings the root back in reach',
  'lifecycle-denied': 'the node lets no workers in; see /proc/lifecycle/state',
  'sessions-full': 'close another session first',
};

/** What a path was not. */
const BY_VERB: Readonly<Record<string, string>> = {
  LS: 'there is no such directory',
  CAT: 'there is no such file; ls shows what there is',
  TAIL: 'tail shows /log/queen.log, /proc/ingest/watch and telemetry of workers; cat shows other files',
  ECHO: 'there is no such file; ls shows what there is',
};

export function fixFor(ack: Ack): string | undefined {
  const delay_ms = ack.fields.get('delay_ms');
  if (delay_ms !== undefined) return `wait ${delay_ms} ms before the next attempt`;
  const error = ack.fields.get('error');
  if (error === 'ELIMIT') return "the ticket's rate or quota is used up";
  const detail = ack.fields.get('detail') ?? '';
  if (ack.verb === 'ATTACH' && detail === 'denied') {
    return 'the ticket must be signed with the secret of the role, for a worker that runs';
  }
  if (error === 'EPERM') return 'the role, the ticket or the life cycle does not permit it';
  if (detail === 'invalid-path') return BY_VERB[ack.verb];
  if (ack.fields.get('reason') === 'busy') return BY_DETAIL[detail] ?? 'try again in a moment';
  return BY_DETAIL[detail];
}

/** `TAIL failed: …`, as the older clients spell it. */
export function refusalText(ack: Ack): string {
  const what = ack.verb === 'ATTACH' ? 'remote attach' : ack.verb === 'ECHO' ? 'echo' : ack.verb;
  return `${what} failed: ${ack.detail}`;
}
