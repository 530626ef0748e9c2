// SPDX-License-Identifier: Apache-2.0
// Conversations with a guest that needs no emulator: what matches, what fails, and the exact words of the failure.
import { describe, expect, it } from 'vitest';
import { Conversation } from '../../../qemu/src/expect.ts';
import { FakeGuest } from './fake-guest.ts';

/** The message of the failure, without the guest's lines. */
async function failureOf(run: () => Promise<unknown>): Promise<string> {
  const error = await run().then(
    () => new Error('it did not fail'),
    (e: unknown) => e as Error,
  );
  return error.message;
}

describe('expect', () => {
  it('finds text that arrives in pieces, and never matches the same text twice', async () => {
    const guest = new FakeGuest('coh');
    const waiting = new Conversation(guest).expect('cohesix> ');
    guest.print('esix');
    guest.print('> ');
    expect((await waiting).index).toBe(0);

    const conversation = new Conversation(new FakeGuest('one one'));
    await conversation.expect('one');
    await conversation.expect('one');
    expect(await failureOf(() => conversation.expect('one', 1))).toContain('expect "one": nothing in 1 ms');
  });

  it('takes text literally, and ^ and $ of an expression as ends of lines', async () => {
    await new Conversation(new FakeGuest('a.c [x] (y)* $1')).expect('.c [x] (y)* $1');
    await new Conversation(new FakeGuest('a\r\nb\r\nc')).expect(/^b$/);
    expect(await failureOf(() => new Conversation(new FakeGuest('abc')).expect('a.c', 1))).toContain('nothing in');
  });

  it('returns the groups of a match', async () => {
    expect((await new Conversation(new FakeGuest('ticks=42\n')).expect(/ticks=(\d+)\n/))[1]).toBe('42');
  });

  it('says what was awaited, why it failed and what the guest printed last', async () => {
    const guest = new FakeGuest('boot\r\nhalted\r\n');
    const message = await failureOf(() => new Conversation(guest).expect(/prompt/, 5));
    expect(message).toBe('expect /prompt/: nothing in 5 ms\n  last 2 lines of the guest:\n  | boot\n  | halted');
  });

  it('fails at once when the guest dies, and still sees what it printed before', async () => {
    const guest = new FakeGuest();
    const waiting = failureOf(() => new Conversation(guest).expect('prompt', 60_000));
    guest.die('QEMU ended with exit code 3');
    expect(await waiting).toBe('expect "prompt": QEMU ended with exit code 3\n  (the guest printed nothing)');

    const dead = new FakeGuest('last words');
    dead.die('gone');
    await new Conversation(dead).expect('last words');
    expect(() => new Conversation(dead).send('x')).toThrow('send: gone');
  });

  it('says each step before doing it', async () => {
    const log: string[] = [];
    const guest = new FakeGuest('a');
    const conversation = new Conversation(guest, (line) => log.push(`${line} [sent ${guest.written.length}]`));
    await conversation.expect('a', 7);
    conversation.send('x\r');
    conversation.refuse(/panic/);
    await conversation.quit();
    expect(log).toEqual([
      'expect "a" within 7 ms [sent 0]',
      'send "x\\r" [sent 0]',
      'refuse /panic/ from here on [sent 1]',
      'quit [sent 1]',
    ]);
  });
});

describe('reset', () => {
  it('separates the text before from the text after', async () => {
    const guest = new FakeGuest('prompt ');
    guest.reset();
    guest.print('boot prompt');
    const conversation = new Conversation(guest);
    await conversation.reset();
    await conversation.expect('boot prompt');
  });

  it('fails an expect when nobody asked for it, even though the text comes afterwards', async () => {
    const guest = new FakeGuest('boot ');
    guest.reset();
    guest.print('prompt');
    expect(await failureOf(() => new Conversation(guest).expect('prompt', 60_000))).toContain(
      'expect "prompt": the guest reset itself',
    );
  });

  it('wants the guest to come back', async () => {
    const guest = new FakeGuest('x');
    expect(await failureOf(() => new Conversation(guest).reset(1))).toContain('expect a reset: nothing in 1 ms');
    guest.reset();
    expect(await failureOf(() => new Conversation(guest).reset(1))).toContain('expect a reset: nothing in 1 ms');
  });
});

describe('refuse', () => {
  it.each([
    ['before the match of an expect', 'panic\nprompt', 'prompt'],
    ['where the expect finds nothing', 'panic\n', 'nothing'],
    ['in an open line when time is up', 'a panic', 'nothing'],
  ])('sees the text %s', async (_name, text, awaited) => {
    const conversation = new Conversation(new FakeGuest(text));
    conversation.refuse(/pan\w+/);
    expect(await failureOf(() => conversation.expect(awaited, 1))).toContain(
      'refuse /pan\\w+/: the guest printed "panic"',
    );
  });

  it('sees what comes before the end, but not what was matched earlier', async () => {
    const conversation = new Conversation(new FakeGuest('panic, a test of; panic'));
    await conversation.expect('panic, a test of');
    conversation.refuse('panic');
    expect(await failureOf(() => conversation.quit())).toContain('refuse "panic": the guest printed "panic"');

    const calm = new Conversation(new FakeGuest('panic, a test'));
    await calm.expect('panic');
    calm.refuse('panic');
    await calm.quit();
  });

  it('understands $ as the end of a whole line, not of what has arrived', async () => {
    const guest = new FakeGuest('err');
    const conversation = new Conversation(guest);
    conversation.refuse(/^err$/);
    const waiting = conversation.expect('prompt');
    guest.print('or count 0\nprompt');
    await waiting;
  });
});
