// SPDX-License-Identifier: Apache-2.0
/**
 * Owns answers in the console's grammar: one acknowledgement, then lines. All transports give the same answers to the
 * same commands; those without a console put them together here.
 *
 *   OK VERB key=value key=value …      ERR VERB reason=<policy|quota|busy|cut> …
 */
export interface Ack {
  readonly ok: boolean;
  /** In capitals. */
  readonly verb: string;
  /** What follows the verb; may be empty. */
  readonly detail: string;
  /** The detail's `key=value` tokens. The value of `data`, `payload` and `error` reaches to the end of the line. */
  readonly fields: ReadonlyMap<string, string>;
  /** The line as it came. */
  readonly line: string;
}

export interface Answer {
  readonly ack: Ack;
  /** Lines of payload, without END. */
  readonly lines: readonly string[];
}

/** Ends streamed payload. */
export const END = 'END';
/** Keys whose values may hold blanks. */
const OPEN_ENDED = new Set(['data', 'payload', 'error']);

function fieldsOf(detail: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  let rest = detail;
  while (rest !== '') {
    const [token = ''] = rest.split(/\s/, 1);
    const equals = token.indexOf('=');
    const key = equals > 0 ? token.slice(0, equals) : '';
    if (OPEN_ENDED.has(key)) {
      if (!fields.has(key)) fields.set(key, rest.slice(equals + 1));
      break;
    }
    if (key !== '' && !fields.has(key)) fields.set(key, token.slice(equals + 1));
    rest = rest.slice(token.length).trimStart();
  }
  // `detail` of a refused line may be several words, and then nothing follows it.
  const words = /^reason=\S+ detail=([^=]*)$/.exec(detail)?.[1];
  if (words !== undefined) fields.set('detail', words.trim());
  return fields;
}

/** The acknowledgement in a line, or undefined if it is another line. */
export function parseAck(line: string): Ack | undefined {
  const text = line.trim();
  const match = /^(OK|ERR)\s+(\S+)(?:\s+([^]*))?$/.exec(text);
  if (match === null) return undefined;
  const [, status, verb = '', detail = ''] = match;
  return { ok: status === 'OK', verb, detail: detail.trim(), fields: fieldsOf(detail.trim()), line: text };
}

/** Puts an acknowledgement together. Control characters of values become `?`: an acknowledgement is one line. */
export function renderAck(ok: boolean, verb: string, fields: readonly (readonly [string, string | number])[]): Ack {
  const parts = fields.map(([key, value]) => `${key}=${value}`);

  const detail = parts.join(' ').replace(/[\u0000-\u001f\u007f]/g, '?');
  const line = detail === '' ? `${ok ? 'OK' : 'ERR'} ${verb}` : `${ok ? 'OK' : 'ERR'} ${verb} ${detail}`;
  return { ok, verb, detail, fields: new Map(fields.map(([key, value]) => [key, String(value)])), line };
}

export function okAnswer(
  verb: string,
  fields: readonly (readonly [string, string | number])[] = [],
  lines: readonly string[] = [],
): Answer {
  return { ack: renderAck(true, verb, fields), lines };
}

export function errAnswer(verb: string, fields: readonly (readonly [string, string | number])[]): Answer {
  return { ack: renderAck(false, verb, fields), lines: [] };
}
