// SPDX-License-Identifier: Apache-2.0
/** The small parts: keys that are kept, directories that are remembered, colours, progress, signs of life. */
import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { KeepAlive } from '../../../host/cohsh/terminal/keep-alive.ts';
import { Keyboard, TYPEAHEAD_LIMIT, type RawInput } from '../../../host/cohsh/terminal/keyboard.ts';
import { FRESH_MS, LivePaths } from '../../../host/cohsh/terminal/paths.ts';
import { progressLine, size } from '../../../host/cohsh/terminal/progress.ts';
import { paintLine, style, wantsColour } from '../../../host/cohsh/terminal/style.ts';

class Input extends EventEmitter implements RawInput {
  setRawMode(): void {}
  resume(): void {}
  pause(): void {}
}

describe('the keyboard', () => {
  let input: Input;
  let keyboard: Keyboard;
  let passed: string[];
  beforeEach(() => {
    input = new Input();
    keyboard = new Keyboard(input);
    passed = [];
    keyboard.on('data', (bytes) => passed.push(bytes.toString()));
    keyboard.on('paste', (text) => passed.push(`+${text}`));
  });
  const type = (text: string): boolean => input.emit('data', Buffer.from(text));

  it.each(['\x03\x04', '\x03x', '\r\r', '\r\x03\x04'])('%j in one read: one key after the other', (keys) => {
    let busy = false;
    const seen: string[] = [];
    keyboard.on('data', (bytes) => {
      // As node:readline, which is a generator: it cannot be entered again.
      if (busy) throw new TypeError('Generator is already running');
      busy = true;
      seen.push(bytes.toString());
      keyboard.release();
      busy = false;
    });
    type(keys);
    expect(seen.join('')).toBe(keys);
  });

  it.each([
    ['one\rt\two', ['+one', '\r', 't', '\t', '+wo']],
    ['x\x1b[1;5Cyz', ['x', '\x1b', '[', '1', ';', '5', 'C', '+yz']],
    ['\x1bfab', ['\x1b', 'f', '+ab']],
    ['\x1bOPab', ['\x1b', 'O', 'P', '+ab']],
    ['\x01\x03\x04', ['\x01', '\x03', '\x04']],
    ['漢\x7f漢字', ['漢', '\x7f', '+漢字']],
    ['😀', ['😀']],
    ['a\r\n\nb', ['a', '\r', '\n', 'b']],
  ])('passes text in runs, keys alone, and CR LF as one end of a line: %j', (text, pieces) => {
    type(text);
    expect(passed).toEqual(pieces);
  });

  it('puts together what comes in pieces', () => {
    for (const byte of Buffer.from('\r\n\x1b[Cü')) input.emit('data', Buffer.from([byte]));
    expect(passed).toEqual(['\r', '\x1b', '[', 'C', 'ü']);
  });

  it('keeps what is typed while it is held', () => {
    keyboard.on('data', (bytes) => void (bytes.includes(13) && keyboard.hold()));
    type('one\rtwo\rthr');
    type('ee');
    expect(passed).toEqual(['+one', '\r']);
    keyboard.release();
    expect(passed).toEqual(['+one', '\r', '+two', '\r']);
    keyboard.release();
    expect(passed.slice(4)).toEqual(['+three']);
  });

  it('lets Ctrl-C through at once, which takes away what was kept before it', () => {
    let interrupts = 0;
    keyboard.onInterrupt = () => (interrupts += 1);
    type('\x03');
    expect([interrupts, passed]).toEqual([0, ['\x03']]);
    keyboard.hold();
    type('lost');
    type('lost\x03kept');
    expect(interrupts).toBe(1);
    keyboard.release();
    expect(passed).toEqual(['\x03', '+kept']);
  });

  it('keeps what is typed while completions are awaited until they are in the line', async () => {
    keyboard.pause();
    type('ab');
    keyboard.resume();
    passed.push('completed');
    await Promise.resolve();
    expect(passed).toEqual(['completed', '+ab']);
  });

  it('keeps no more than its limit', () => {
    let refused = 0;
    keyboard.onOverflow = () => (refused += 1);
    keyboard.hold();
    type('x'.repeat(TYPEAHEAD_LIMIT));
    type('y');
    expect(refused).toBe(1);
    keyboard.release();
    expect(passed.join('')).toBe(`+${'x'.repeat(TYPEAHEAD_LIMIT)}`);
  });

  it('says that the terminal has gone, after what was typed', () => {
    let ended = 0;
    keyboard.on('end', () => (ended += 1));
    keyboard.hold();
    type('quit\r');
    input.emit('end');
    input.emit('close');
    expect(ended).toBe(0);
    keyboard.release();
    expect([passed, ended]).toEqual([['+quit', '\r'], 1]);
  });
});

describe('directories', () => {
  it('are asked for once in a while', async () => {
    let now = 0;
    const asked: string[] = [];
    const lister = (path: string): Promise<string[]> => Promise.resolve([`${asked.push(path)}`]);
    const paths = new LivePaths(lister, { now: () => now });
    expect(await paths.names('/')).toEqual(['1']);
    expect(await paths.names('/')).toEqual(['1']);
    now = FRESH_MS + 1;
    expect(await paths.names('/')).toEqual(['2']);
    paths.forget();
    expect(await paths.names('/')).toEqual(['3']);
    expect(asked).toEqual(['/', '/', '/']);
  });

  it('do not keep the operator waiting: what comes late is there the next time', async () => {
    let answer: (names: string[]) => void = () => undefined;
    const paths = new LivePaths(() => new Promise((resolve) => (answer = resolve)), { wait_ms: 1 });
    expect(await paths.names('/')).toBeUndefined();
    expect(await paths.names('/')).toBeUndefined();
    answer(['late']);
    expect(await paths.names('/')).toEqual(['late']);
  });

  it('that cannot be listed are nothing to complain about', async () => {
    const paths = new LivePaths(() => Promise.reject(new Error('no session')));
    expect(await paths.names('/')).toBeUndefined();
  });
});

describe('colours', () => {
  it.each([
    [{ isTTY: true, env: {} }, true],
    [{ isTTY: false, env: {} }, false],
    [{ isTTY: undefined, env: {} }, false],
    [{ isTTY: true, refused: true, env: {} }, false],
    [{ isTTY: true, env: { NO_COLOR: '1' } }, false],
    [{ isTTY: true, env: { NO_COLOR: '' } }, true],
    [{ isTTY: true, env: { TERM: 'dumb' } }, false],
  ])('%j: %s', (question, wanted) => expect(wantsColour(question)).toBe(wanted));

  it('mark what an answer says, and only that', () => {
    const paint = (line: string): string => paintLine(line, style(true));
    expect(paint('[console] OK PING reply=pong')).toBe('\x1b[2m[console] \x1b[0m\x1b[32mOK\x1b[0m PING reply=pong');
    expect(paint('[console] ERR LS')).toBe('\x1b[2m[console] \x1b[0m\x1b[31mERR\x1b[0m LS');
    expect(paint('OKAY')).toBe('OKAY');
    expect(paintLine('[console] OK PING', style(false))).toBe('[console] OK PING');
  });
});

describe('progress', () => {
  const push = { label: 'push', done: 1536, total: 4096, unit: 'bytes' };
  it.each([
    [push, 40, 'push [###.....]  37 %  1.5 KiB of 4 KiB'],
    [push, 30, 'push  37 %  1.5 KiB of 4 KiB'],
    [push, 10, 'push  37 '],
    [{ ...push, done: 9999 }, 40, 'push [########] 100 %  9.8 KiB of 4 KiB'],
    [{ ...push, total: 0, done: 0 }, 40, 'push [##############] 100 %  0 B of 0 B'],
    [{ label: 'x', done: 3, total: 8, unit: 'records' }, 40, 'x [####.........]  37 %  3 of 8 records'],
  ])('%j in %i columns', (progress, columns, line) => {
    const text = progressLine(progress, columns, false);
    expect(text).toBe(line);
    expect(text.length).toBeLessThan(columns);
  });

  it('moves by eighths of a character', () => {
    const bars = [0, 1, 2, 511, 512].map((done) => progressLine({ label: '', done, total: 512, unit: 'B' }, 200));
    expect(bars.map((line) => /\[(.*)\]/.exec(line)?.[1]?.length)).toEqual([40, 40, 40, 40, 40]);
    expect(new Set(bars).size).toBe(5);
  });

  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1 KiB'],
    [1024 * 1024 * 1.5, '1.5 MiB'],
    [1024 ** 4, '1024 GiB'],
  ])('%i bytes are %s', (bytes, text) => expect(size(bytes)).toBe(text));
});

describe('signs of life', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('come at the prompt only, one after the other', async () => {
    let pings = 0;
    let answer: () => void = () => undefined;
    const beat = new KeepAlive(() => new Promise((resolve) => ((answer = resolve), (pings += 1))), 1000);
    beat.start();
    await vi.advanceTimersByTimeAsync(999);
    expect(pings).toBe(0);
    await vi.advanceTimersByTimeAsync(5001);
    expect(pings).toBe(1);
    answer();
    await vi.advanceTimersByTimeAsync(1000);
    expect(pings).toBe(2);
    beat.stop();
    answer();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(pings).toBe(2);
    beat.start();
    await vi.advanceTimersByTimeAsync(1000);
    expect(pings).toBe(3);
    beat.stop();
  });

  it('go on after one that failed', async () => {
    let pings = 0;
    const beat = new KeepAlive(() => Promise.reject(new Error(`${(pings += 1)}`)), 1000);
    beat.start();
    await vi.advanceTimersByTimeAsync(3500);
    expect(pings).toBe(3);
    beat.stop();
  });
});
