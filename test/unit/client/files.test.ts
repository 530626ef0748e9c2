// SPDX-License-Identifier: Apache-2.0
/** How files become a console's payload, and refusals its ERR lines. */
import { describe, expect, it } from 'vitest';
import { payloadLines, summary } from '../../../host/client/files/content.ts';
import { attachRefused, refusedAnswer } from '../../../host/client/files/refusals.ts';
import { P9Refusal, pathMistake, pathNames, type P9Code, type Role } from '../../../host/client/index.ts';

describe('summary', () => {
  it.each([
    ['an empty file', '', ''],
    ['a line', 'one\n', 'one'],
    ['lines', 'one\ntwo\nthree', 'one|two|three'],
    ['the newest that fit', `${'a'.repeat(60)}\n${'b'.repeat(60)}\nlast\n`, `${'b'.repeat(60)}|last`],
    ['no line of more than 64 bytes', `short\n${'x'.repeat(65)}\n`, 'short'],
    ["none of the system's own", '[net] up\nmine\n[net] down\n', 'mine'],
    ["the system's own if there is nothing else", '[net] up\n[net] down\n', '[net] up|[net] down'],
    ['the start of a line that is too long', 'y'.repeat(200), 'y'.repeat(115)],
    ['whole characters', `${'é'.repeat(100)}`, 'é'.repeat(57)],
    ['no empty lines', 'a\n\n\nb\n', 'a|b'],
  ])('has %s', (_name, text, expected) => {
    expect(summary('/x', Buffer.from(text))).toBe(expected);
  });

  it('passes over console commands in the log only', () => {
    const text = Buffer.from('hello\nconsole: ls /\n');
    expect(summary('/log/queen.log', text, true)).toBe('hello');
    expect(summary('/x', text)).toBe('hello|console: ls /');
  });

  it('is base64 where there is no text', () => {
    expect(summary('/x', Buffer.from([0, 1, 2]))).toBe('b64:AAEC');
    expect(summary('/x', Buffer.alloc(500))).toBe(`b64:${'A'.repeat(108)}`);
  });
});

describe('payload', () => {
  it.each([
    ['text', Buffer.from('a\nb'), ['a', 'b']],
    ['CR', Buffer.from('a\r\nb\r\n'), ['a', 'b']],
    ['nothing', Buffer.alloc(0), []],
    ['a NUL', Buffer.from([0x61, 0]), ['b64:YQA=']],
    ['half a character', Buffer.from([0x61, 0xc3]), ['b64:YcM=']],
    ['many bytes', Buffer.alloc(169, 255), [`b64:${Buffer.alloc(168, 255).toString('base64')}`, '/w==']],
  ])('of %s', (_name, bytes, lines) => {
    expect(payloadLines(bytes)).toEqual(lines);
  });

  it('of a log is text, whatever is in it', () => {
    expect(payloadLines(Buffer.from('a\u0007b\nc\n'), { asText: true })).toEqual(['a?b', 'c']);
    expect(payloadLines(Buffer.from('a\nb\nc\n'), { last: 2 })).toEqual(['b', 'c']);
  });
});

describe('refusals', () => {
  const row = (code: P9Code, text: string, more: { walking?: boolean; hasTicket?: boolean } = {}): string => {
    const where = { verb: 'ECHO', path: '/p', walking: more.walking ?? false, hasTicket: more.hasTicket ?? false };
    return refusedAnswer(new P9Refusal(code, text), where).ack.line;
  };

  it.each([
    [row('NotFound', 'x', { walking: true }), 'ERR ECHO reason=policy detail=invalid-path path=/p error=invalid path'],
    [row('Invalid', 'x', { walking: true }), 'ERR ECHO reason=policy detail=invalid-path path=/p error=invalid path'],
    [row('NotFound', 'no worker'), 'ERR ECHO reason=policy detail=not-found path=/p error=no worker'],
    [row('Invalid', 'why'), 'ERR ECHO reason=policy detail=invalid-payload path=/p error=invalid payload: why'],
    [row('Permission', 'access denied'), 'ERR ECHO reason=policy detail=denied path=/p error=EPERM'],
    [row('Permission', 'EPERM'), 'ERR ECHO reason=policy detail=denied path=/p error=EPERM'],
    [row('Permission', 'EPERM', { hasTicket: true }), 'ERR ECHO reason=policy path=/p error=EPERM'],
    [row('TooBig', 'record of 9 bytes'), 'ERR ECHO reason=quota detail=buffer-full path=/p error=buffer full'],
    [row('TooBig', 'ELIMIT', { hasTicket: true }), 'ERR ECHO reason=quota path=/p error=ELIMIT'],
    [row('Busy', 'tag window exceeded'), 'ERR ECHO reason=busy detail=busy path=/p error=tag window exceeded'],
    [row('RateLimited', 'wait'), 'ERR ECHO reason=quota detail=rate-limited path=/p error=wait'],
    [row('Closed', 'ticket ttl expired'), 'ERR ECHO reason=quota detail=expired path=/p error=ticket ttl expired'],
    [
      row('Closed', 'tick budget exhausted'),
      'ERR ECHO reason=quota detail=exhausted path=/p error=tick budget exhausted',
    ],
    [row('Closed', 'killed by queen'), 'ERR ECHO reason=policy detail=closed path=/p error=killed by queen'],
  ])('%s', (got, expected) => {
    expect(got).toBe(expected);
  });

  const attach = (code: P9Code, text: string, role: Role = 'queen', state?: string): string =>
    attachRefused(new P9Refusal(code, text), role, state).ack.line;

  it.each([
    [attach('Permission', 'ticket rejected'), 'reason=policy detail=denied'],
    [attach('Permission', 'EPERM', 'worker-gpu', 'DRAINING'), 'reason=policy detail=lifecycle-denied state=DRAINING'],
    [attach('Permission', 'EPERM', 'worker-gpu'), 'reason=policy detail=lifecycle-denied'],
    [attach('Permission', 'ticket expired'), 'reason=quota detail=expired'],
    [attach('Permission', 'ticket invalid: scope count 9 exceeds 8'), 'reason=quota detail=invalid-claims'],
    [attach('Permission', 'ticket invalid: claims payload truncated'), 'reason=policy detail=invalid-claims'],
    [attach('Permission', 'ticket invalid: ticket malformed'), 'reason=policy detail=denied'],
    [attach('NotFound', 'worker worker-9 not found'), 'reason=policy detail=denied'],
    [attach('Busy', 'sessions full'), 'reason=busy detail=busy'],
    [attach('RateLimited', 'wait'), 'reason=quota detail=rate-limited'],
  ])('ATTACH %s', (got, expected) => {
    expect(got).toBe(`ERR ATTACH ${expected}`);
  });
});

describe('paths', () => {
  it.each([
    ['/', []],
    ['/a/b', ['a', 'b']],
    ['/a/', ['a']],
    ['/1/2/3/4/5/6/7/8', ['1', '2', '3', '4', '5', '6', '7', '8']],
    ['/1/2/3/4/5/6/7/8/9', undefined],
    ['', undefined],
    ['a', undefined],
    ['//', undefined],
    ['/a//b', undefined],
    ['/./a', undefined],
    ['/a/..', undefined],
    ['/a\0', undefined],
    [`/${'x'.repeat(255)}`, ['x'.repeat(255)]],
    [`/${'x'.repeat(256)}`, undefined],
  ])('%j', (path, names) => {
    expect(pathNames(path)).toEqual(names);
  });

  it.each([
    ['/a', undefined],
    ['a', 'paths must be absolute'],
    ['/a/../b', "path component '..' is not permitted"],
    ['/1/2/3/4/5/6/7/8/9', 'path exceeds maximum depth of 8 components'],
  ])('mistake in %j', (path, mistake) => {
    expect(pathMistake(path)).toBe(mistake);
  });
});
