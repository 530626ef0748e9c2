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

function pressed(...keys: string[]): string {
  const seen: string[] = [];
  const read = keyReader({
    send: (text) => seen.push(JSON.stringify(text)),
    leave: () => seen.push('leave'),
    help: () => seen.push('help'),
  });
  for (const key of keys) read(key);
  return seen.join(' ');
}

describe('keys', () => {
  it.each([
    [['ping\r'], '"ping\\r"'],
    [['\x01', 'x'], 'leave'],
    [['\x01X'], 'leave'],
    [['\x01h', '\x01H'], 'help help'],
    [['\x01a', '\x01\x01'], '"\\u0001" "\\u0001"'],
    [['a\x01zb'], '"ab"'],
    [['\x03'], '"\\u0003"'],
  ])('%j', (keys, expected) => {
    expect(pressed(...keys)).toBe(expected);
  });

  it('does not depend on how the keys are cut', () => {
    const text = fc.array(fc.constantFrom('\x01', 'a', 'h', 'q', '\r'), { maxLength: 12 });
    const sent = (calls: string): string => calls.replaceAll('" "', '');
    fc.assert(
      fc.property(
        text,
        (keys) =>
          sent(pressed(...keys))
            .replaceAll('help', '')
            .replace(/["\s]/g, '') ===
          sent(pressed(keys.join('')))
            .replaceAll('help', '')
            .replace(/["\s]/g, ''),
      ),
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
      'a.expect:3:1: error COH0808: expect "x": nothing; do y\n  last 1 line of the guest:\n  | boot',
    );
  });

  it('makes a directory of any name', () => {
    expect(logDirectory('boots at EL2 / GICv3 ("x")')).toBe('out/test/boots-at-EL2-GICv3-x');
    expect(logDirectory('../..')).toBe('out/test/unnamed');
  });
});
