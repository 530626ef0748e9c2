// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { ClientError, parseAck, renderAck } from '../../../host/client/index.ts';
import { CommandError } from '../../../host/cohsh/errors.ts';
import { fixFor, refusalText } from '../../../host/cohsh/hints.ts';
import { JsonOutput, type OutputEvent, tee, Recorder, TextOutput } from '../../../host/cohsh/output.ts';

const ack = renderAck(false, 'CAT', [
  ['path', '/a'],
  ['reason', 'not a file'],
]);

/** Event, its text on standard output or error, its JSON. */
const EVENTS: readonly [OutputEvent, string, string, string][] = [
  [
    { kind: 'ack', ack },
    '[console] ERR CAT path=/a reason=not a file\n',
    '',
    '{"type":"ack","ok":false,"verb":"CAT","fields":{"path":"/a","reason":"not a file"},"line":"ERR CAT path=/a reason=not a file"}',
  ],
  [{ kind: 'line', text: 'a "b"' }, 'a "b"\n', '', '{"type":"line","text":"a \\"b\\""}'],
  [{ kind: 'note', text: 'closing' }, 'closing\n', '', '{"type":"note","text":"closing"}'],
  [{ kind: 'error', error: new CommandError('no') }, '', 'Error: no\n', '{"type":"error","message":"no"}'],
  [
    { kind: 'error', error: new ClientError('timeout', 'no answer', 'wait\nlonger') },
    '',
    'Error: no answer (wait; longer)\n',
    '{"type":"error","message":"no answer","fix":"wait\\nlonger"}',
  ],
  [
    {
      kind: 'error',
      error: new CommandError('unknown role cohesix-ticket-0100.aB9f', { fix: 'cohesix-ticket-01 is none' }),
    },
    '',
    'Error: unknown role cohesix-ticket-* (cohesix-ticket-* is none)\n',
    '{"type":"error","message":"unknown role cohesix-ticket-*","fix":"cohesix-ticket-* is none"}',
  ],
  [
    { kind: 'progress', label: 'seg', done: 1, total: 2, unit: 'records' },
    '',
    '',
    '{"type":"progress","label":"seg","done":1,"total":2,"unit":"records"}',
  ],
  [
    { kind: 'line', text: 'red \x1b[31m\u0085\x7f\r\ttab' },
    'red \\x1b[31m\\x85\\x7f\\x0d\ttab\n',
    '',
    '{"type":"line","text":"red \\u001b[31m\u0085\u007f\\r\\ttab"}',
  ],
];

describe('output', () => {
  it.each(EVENTS)('%j', (event, out, err, json) => {
    const text = { stdout: '', stderr: '' };
    new TextOutput({ stdout: (t) => (text.stdout += t), stderr: (t) => (text.stderr += t) }).write(event);
    expect(text).toEqual({ stdout: out, stderr: err });
    let line = '';
    new JsonOutput({ stdout: (t) => (line += t), stderr: () => expect.fail('JSON is on one stream') }).write(event);
    expect(line).toBe(`${json}\n`);
    expect(line.split('\n')).toHaveLength(2);
  });

  it('can go to several', () => {
    const [one, other] = [new Recorder(), new Recorder()];
    tee(one, other).write({ kind: 'note', text: 'x' });
    expect([one.events, other.events]).toEqual([[{ kind: 'note', text: 'x' }], [{ kind: 'note', text: 'x' }]]);
  });
});

describe('what to do about a refusal', () => {
  it.each([
    [
      'ERR ATTACH reason=quota detail=expired',
      'remote attach failed: reason=quota detail=expired',
      'mint a new ticket and attach again',
    ],
    ['ERR ATTACH reason=quota detail=throttled delay_ms=500', undefined, 'wait 500 ms before the next attempt'],
    ['ERR ATTACH reason=quota detail=rate-limited delay_ms=90000', undefined, 'wait 90000 ms before the next attempt'],
    ['ERR ATTACH reason=policy detail=denied', undefined, /signed with the secret of the role/],
    ['ERR ATTACH reason=busy detail=sessions-full', undefined, 'close another session first'],
    ['ERR ECHO reason=policy path=/a error=EPERM', 'echo failed: reason=policy path=/a error=EPERM', /does not permit/],
    [
      'ERR CAT reason=quota path=/a error=ELIMIT',
      'CAT failed: reason=quota path=/a error=ELIMIT',
      "the ticket's rate or quota is used up",
    ],
    ['ERR ECHO reason=busy detail=busy path=/a error=no', undefined, 'try again in a moment'],
    ['ERR CAT reason=policy detail=invalid-path path=/a error=invalid path', undefined, /no such file/],
    ['ERR LS reason=policy detail=invalid-path path=/a error=invalid path', undefined, 'there is no such directory'],
    ['ERR CAT reason=cut detail=root-unreachable', undefined, /attach as queen/],
    ['ERR CAT reason=policy detail=ninedoor-unavailable', undefined, /being started again/],
    ['ERR ECHO reason=policy detail=invalid-payload path=/a error=x', undefined, undefined],
  ])('%s', (line, text, fix) => {
    const parsed = parseAck(line);
    if (parsed === undefined) throw new Error('no acknowledgement');
    if (text !== undefined) expect(refusalText(parsed)).toBe(text);
    if (fix === undefined) expect(fixFor(parsed)).toBeUndefined();
    else expect(fixFor(parsed)).toMatch(fix);
  });
});
