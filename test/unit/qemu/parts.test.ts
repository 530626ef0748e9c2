// SPDX-License-Identifier: Apache-2.0
// The small parts: keys of the terminal, arithmetic of the measurements, transcripts, rendering of errors.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyReader } from '../../../qemu/src/console-terminal.ts';
import { MachineError, renderError } from '../../../qemu/src/errors.ts';
import { logDirectory } from '../../../qemu/src/harness.ts';
import { cpuTimeMs, median, ticksToInstructions } from '../../../qemu/src/measure.ts';
import { timedPath, Transcript } from '../../../qemu/src/transcript.ts';

interface Pressed {
  sent: string;
  helps: number;
  left: boolean;
}

function pressed(...keys: string[]): Pressed {
  const seen = { sent: '', helps: 0, left: false };
  const read = keyReader({
    send: (text) => (seen.sent += text),
    leave: () => (seen.left = true),
    help: () => seen.helps++,
  });
  for (const key of keys) read(key);
  return seen;
}

describe('keys', () => {
  it.each<[string[], Partial<Pressed>]>([
    [['ping\r'], { sent: 'ping\r' }],
    [['\x01', 'x'], { left: true }],
    [['\x01X'], { left: true }],
    [['x'], { sent: 'x' }],
    [['\x01h', '\x01H', '\x01?'], { helps: 3 }],
    [['\x01a', '\x01\x01'], { sent: '\x01\x01' }],
    [['a\x01zb'], { sent: 'ab' }],
    [['\x03'], { sent: '\x03' }],
  ])('%j', (keys, expected) => {
    expect(pressed(...keys)).toEqual({ sent: '', helps: 0, left: false, ...expected });
  });

  it('do not depend on how they are cut', () => {
    const keys = fc.array(fc.constantFrom('\x01', 'a', 'h', 'q', '\r'), { maxLength: 12 });
    fc.assert(
      fc.property(keys, (each) => {
        expect(pressed(...each)).toEqual(pressed(each.join('')));
      }),
    );
  });
});

describe('measurements', () => {
  it('adds user and system time, whatever the command is called', () => {
    const stat = '4242 (qemu ) 1 (x) S 1 4242 4242 0 -1 4194560 9000 0 0 0 250 50 7 9 20 0 3 0 100 1 1';
    expect(cpuTimeMs(stat)).toBe(3000);
  });

  it.each([
    [4, 4000, 4000],
    [0, 250, 4000],
    [1, 250, 2000],
  ])('turns ticks into instructions at shift %i', (shift, ticks, instructions) => {
    expect(ticksToInstructions(ticks, shift)).toBe(instructions);
  });

  it('takes the median', () => {
    expect([median([3]), median([9, 1, 2]), median([4, 1, 2, 3])]).toEqual([3, 2, 2.5]);
    expect(() => median([])).toThrow(RangeError);
  });
});

describe('transcript', () => {
  it('keeps bytes as they are, and times every line in a second file', () => {
    const directory = mkdtempSync(join(tmpdir(), 'transcript-'));
    try {
      const path = join(directory, 'serial.log');
      const transcript = new Transcript(path);
      const bytes = Buffer.from('é\r\nco');
      transcript.receive(bytes.subarray(0, 1));
      transcript.receive(bytes.subarray(1));
      transcript.note('sent "x"');
      transcript.receive(Buffer.from('hesix\r\n'));
      transcript.close();
      expect(transcript.text).toBe('é\r\ncohesix\r\n');
      expect(readFileSync(path, 'utf8')).toBe('é\r\ncohesix\r\n');
      const timed = readFileSync(timedPath(path), 'utf8').replace(/^\[ *\d+\.\d{6}\]/gm, '[t]');
      expect(timed).toBe('[t] é\n[t] co\n[t] -- sent "x"\n[t] hesix\n');
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('shows the last lines with control characters made visible', () => {
    const transcript = new Transcript();
    transcript.receive(Buffer.from('one\r\ntwo\x1b[0m\x07\r\nthree\r\n\r\n'));
    expect(transcript.tail(2)).toEqual(['two\\x1b[0m\\x07', 'three']);
  });

  it('can keep only the end in memory', () => {
    const transcript = new Transcript();
    transcript.keepTailOnly();
    for (let i = 0; i < 300; i++) transcript.receive(Buffer.from(`${'x'.repeat(1022)}\r\n`));
    transcript.receive(Buffer.from('last\r\n'));
    expect(transcript.text.length).toBeLessThanOrEqual(128 * 1024);
    expect(transcript.tail(1)).toEqual(['last']);
  });

  it.each([
    ['out/a/serial.log', 'out/a/serial.timed.log'],
    ['out.d/serial', 'out.d/serial.timed.log'],
  ])('%s is timed in %s', (path, expected) => {
    expect(timedPath(path)).toBe(expected);
  });
});

describe('errors', () => {
  it('renders cause, fix and the last lines', () => {
    const position = { file: 'a.expect', line: 3, column: 1 };
    const error = new MachineError({ code: 'COH0808', message: 'expect "x": nothing', fix: 'do y', position }, [
      'boot',
    ]);
    expect(renderError(error)).toBe(
      'a.expect:3:1: error[COH0808]: expect "x": nothing\n  fix: do y\n  last 1 line of the guest:\n  | boot\n',
    );
  });

  it('makes a directory of any name', () => {
    expect(logDirectory('boots at EL2 / GICv3 ("x")')).toBe('out/test/boots-at-EL2-GICv3-x');
    expect(logDirectory('../..')).toBe('out/test/unnamed');
  });
});
