// SPDX-License-Identifier: Apache-2.0
/**
 * Owns how a refusal of NineDoor becomes an ERR line, for transports without a console. The table is that of the image's
 * console (domains/console/failure.ts, attach.ts).
 *
 *   NineDoor                     reason   detail            error
 *   NotFound, Invalid in a walk  policy   invalid-path      invalid path
 *   NotFound                     policy   not-found         what NineDoor says
 *   Invalid                      policy   invalid-payload   invalid payload: what NineDoor says
 *   Permission                   policy   denied            EPERM
 *   Permission, by a ticket      policy                     EPERM
 *   TooBig                       quota    buffer-full       buffer full
 *   TooBig, by a ticket          quota                      ELIMIT
 *   Busy                         busy     busy              what NineDoor says
 *   RateLimited                  quota    rate-limited      what NineDoor says
 *   Closed: time is over         quota    expired           what NineDoor says
 *   Closed: budget is used up    quota    exhausted         what NineDoor says
 *   Closed otherwise             policy   closed            what NineDoor says
 */
import { errAnswer, type Answer } from '../answer.ts';
import type { P9Refusal } from '../p9/refusal.ts';
import type { Role } from '../ticket.ts';

type Fields = readonly (readonly [string, string])[];

function fields(reason: string, detail: string, path: string | undefined, error: string): Fields {
  return [
    ['reason', reason],
    ...(detail === '' ? [] : [['detail', detail] as const]),
    ...(path === undefined ? [] : [['path', path] as const]),
    ['error', error],
  ];
}

export function invalidPath(verb: string, path: string | undefined): Answer {
  return errAnswer(verb, fields('policy', 'invalid-path', path, 'invalid path'));
}

/** The older mock's form: `ERR CAT path=/p reason=<words>`. */
export function plainRefusal(verb: string, path: string | undefined, reason: string): Answer {
  return errAnswer(verb, [...(path === undefined ? [] : [['path', path] as const]), ['reason', reason]]);
}

export function unauthenticated(verb: string): Answer {
  return errAnswer(verb, [
    ['reason', 'policy'],
    ['detail', 'unauthenticated'],
  ]);
}

export interface Refused {
  verb: string;
  /** Left out of the answer if undefined. */
  path: string | undefined;
  /** It was the path that was refused, not what was done with it. */
  walking: boolean;
  hasTicket: boolean;
}

function closedDetail(text: string): readonly [string, string] {
  if (text.endsWith('expired')) return ['quota', 'expired'];
  return text.endsWith('exhausted') ? ['quota', 'exhausted'] : ['policy', 'closed'];
}

export function refusedAnswer({ code, text }: P9Refusal, { verb, path, walking, hasTicket }: Refused): Answer {
  const byTicket = hasTicket && (text === 'EPERM' || text === 'ELIMIT');
  const answer = (reason: string, detail: string, error: string): Answer =>
    errAnswer(verb, fields(reason, detail, path, error));
  switch (code) {
    case 'Permission':
      return answer('policy', byTicket ? '' : 'denied', 'EPERM');
    case 'TooBig':
      return byTicket ? answer('quota', '', 'ELIMIT') : answer('quota', 'buffer-full', 'buffer full');
    case 'Busy':
      return answer('busy', 'busy', text);
    case 'RateLimited':
      return answer('quota', 'rate-limited', text);
    case 'Closed':
      return answer(...closedDetail(text), text);
    case 'NotFound':
      return walking ? invalidPath(verb, path) : answer('policy', 'not-found', text);
    case 'Invalid':
      return walking ? invalidPath(verb, path) : answer('policy', 'invalid-payload', `invalid payload: ${text}`);
  }
}

const INVALID_TICKET = 'ticket invalid: ';
/** Claims that are more than the manifest allows. */
const OVER_LIMITS = /^(scope count \d|scope path|scope rate|bandwidth|cursor)/;

/** `state`: of the node's life cycle, where it can be known. */
export function attachRefused({ code, text }: P9Refusal, role: Role, state?: string): Answer {
  const answer = (reason: string, detail: string): Answer =>
    errAnswer('ATTACH', [
      ['reason', reason],
      ['detail', detail],
    ]);
  if (code === 'Busy') return answer('busy', 'busy');
  if (code === 'RateLimited') return answer('quota', 'rate-limited');
  if (role !== 'queen' && text === 'EPERM') {
    return errAnswer('ATTACH', [
      ['reason', 'policy'],
      ['detail', 'lifecycle-denied'],
      ...(state === undefined ? [] : [['state', state] as const]),
    ]);
  }
  if (text === 'ticket expired') return answer('quota', 'expired');
  if (text.startsWith(INVALID_TICKET)) {
    const why = text.slice(INVALID_TICKET.length);
    if (!why.startsWith('ticket ')) return answer(OVER_LIMITS.test(why) ? 'quota' : 'policy', 'invalid-claims');
  }
  return answer('policy', 'denied');
}
