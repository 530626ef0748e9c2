// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newLines } from '../../../host/cohsh/follow.ts';

describe('what is new in a snapshot', () => {
  it.each([
    [[], [], [], false],
    [[], ['a'], ['a'], false],
    [['a'], [], [], false],
    [['a', 'b'], ['a', 'b'], [], false],
    [['a', 'b'], ['a', 'b', 'c'], ['c'], false],
    [['a', 'b', 'c'], ['b', 'c', 'd', 'e'], ['d', 'e'], false],
    [['a', 'b'], ['x', 'y'], ['x', 'y'], true],
    [['a', 'a'], ['a', 'a', 'a'], ['a'], false],
    [['a', 'b', 'a', 'b'], ['a', 'b', 'a', 'b', 'a'], ['a'], false],
    [['x', 'a', 'b'], ['a', 'b', 'a', 'b'], ['a', 'b'], false],
    [['line 1', 'line 2', 'line 3'], ['e 2', 'line 3', 'line 4'], ['line 4'], false],
    [['line 1', 'line 2'], ['ne 2', 'line 3'], ['line 3'], false],
    [['line 1', 'line 2'], ['ne 9', 'line 3'], ['ne 9', 'line 3'], true],
  ])('%j then %j', (previous, next, lines, gap) => {
    expect(newLines(previous, next)).toEqual({ lines, gap });
  });

  it('is every line once, whatever is appended between two looks at a window', () => {
    // Distinct lines: equal ones cannot be told apart at the edge of a window.
    const bursts = fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 30 });
    fc.assert(
      fc.property(bursts, (counts) => {
        const file: string[] = [];
        let shown: readonly string[] = [];
        const seen: string[] = [];
        for (const count of counts) {
          for (let i = 0; i < count; i++) file.push(`line ${file.length}`);
          const window = file.slice(-64);
          seen.push(...newLines(shown, window).lines);
          shown = window;
        }
        expect(seen).toEqual(file);
      }),
    );
  });

  it('is every line once when a ring of bytes cuts its oldest line', () => {
    const bursts = fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 30 });
    fc.assert(
      fc.property(bursts, (counts) => {
        let file = '';
        let written = 0;
        let shown: readonly string[] = [];
        const seen: string[] = [];
        for (const count of counts) {
          for (let i = 0; i < count; i++) file += `record number ${++written} of the ring\n`;
          const window = file.slice(-1024).split('\n').slice(0, -1);
          seen.push(...newLines(shown, window).lines);
          shown = window;
        }
        expect(seen).toEqual(file.split('\n').slice(0, -1));
      }),
    );
  });
});
