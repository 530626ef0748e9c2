// SPDX-License-Identifier: Apache-2.0
/** The grammar of acknowledgements: what is one, and what its fields are. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAck, renderAck } from '../../../host/client/index.ts';

const fieldsOf = (line: string): Record<string, string> => Object.fromEntries(parseAck(line)?.fields ?? []);

describe('parseAck', () => {
  it.each([
    ['OK PING reply=pong', true, 'PING', 'reply=pong'],
    ['OK QUIT', true, 'QUIT', ''],
    ['  ERR   LS   reason=policy   detail=denied  ', false, 'LS', 'reason=policy   detail=denied'],
    ['ERR ECHO reason=policy ', false, 'ECHO', 'reason=policy'],
    ['OK\tCAT\tpath=/x', true, 'CAT', 'path=/x'],
  ])('%j', (line, ok, verb, detail) => {
    expect(parseAck(line)).toMatchObject({ ok, verb, detail });
  });

  it.each(['', 'OK', 'ERR', 'ok PING', 'OKAY PING', 'ERR: NineDoor unavailable', 'END', 'heartbeat 1', ' '])(
    '%j is another line',
    (line) => {
      expect(parseAck(line)).toBeUndefined();
    },
  );

  it.each([
    ['OK LS path=/ entries=7', { path: '/', entries: '7' }],
    ['OK CAT path=/p data=a b|c=d', { path: '/p', data: 'a b|c=d' }],
    ['OK CAT path=/p data=', { path: '/p', data: '' }],
    ['OK SPAWN payload={"a": "b=c"}', { payload: '{"a": "b=c"}' }],
    [
      'ERR ECHO reason=policy detail=invalid-payload path=/q error=invalid payload: a=b',
      { reason: 'policy', detail: 'invalid-payload', path: '/q', error: 'invalid payload: a=b' },
    ],
    [
      'ERR PARSE reason=policy detail=unsupported console command',
      { reason: 'policy', detail: 'unsupported console command' },
    ],
    [
      'ERR ATTACH reason=quota detail=throttled delay_ms=250',
      { reason: 'quota', detail: 'throttled', delay_ms: '250' },
    ],
    ['OK X a=1 a=2 =3 word', { a: '1' }],
  ])('fields of %j', (line, fields) => {
    expect(fieldsOf(line)).toEqual(fields);
  });

  it('never fails, whatever the line', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string({ unit: 'binary' }).map((text) => `ERR X ${text}`),
        ),
        (line) => {
          const ack = parseAck(line);
          if (ack !== undefined) expect(line.trim()).toBe(ack.line);
        },
      ),
    );
  });

  it('reads what renderAck writes', () => {
    const word = fc.stringMatching(/^[a-z_]{1,8}$/);
    const value = fc.stringMatching(/^[!-<>-~]{0,12}$/);
    fc.assert(
      fc.property(
        fc.boolean(),
        fc.uniqueArray(word, { maxLength: 5 }),
        fc.array(value, { minLength: 5, maxLength: 5 }),
        (ok, keys, values) => {
          const fields = keys.map((key, index) => [key, values[index] ?? ''] as const);
          const ack = renderAck(ok, 'VERB', fields);
          expect(parseAck(ack.line)).toEqual(ack);
        },
      ),
    );
  });

  it('renders one line, whatever is in it', () => {
    expect(renderAck(false, 'CAT', [['path', '/a\nOK CAT\r\u001b[2J']]).line).toBe('ERR CAT path=/a?OK CAT??[2J');
  });
});
