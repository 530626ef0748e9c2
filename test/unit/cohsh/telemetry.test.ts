// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errAnswer, okAnswer, type Answer, type Transport } from '../../../host/client/index.ts';
import { Shell } from '../../../host/cohsh/shell.ts';
import { encodeRecords, inlineSource } from '../../../host/cohsh/telemetry-push/inline.ts';
import { referenceRecord, referenceSource } from '../../../host/cohsh/telemetry-push/reference.ts';
import { Capture, shellSettings } from '../../conformance/cohsh/harness.ts';

let dir: string;
beforeAll(() => (dir = mkdtempSync(join(tmpdir(), 'cohsh-telemetry-'))));
afterAll(() => rmSync(dir, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(dir, name);
  writeFileSync(path, content);
  return path;
}

interface Inline {
  schema: string;
  seq: number;
  mime: string;
  payload: string;
}

describe('records of a text', () => {
  it('carry all of it, in order, within their limit, in whole characters', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 400 });
    fc.assert(
      fc.property(text, fc.integer({ min: 100, max: 4095 }), (source, limit) => {
        const records = encodeRecords(source, 'text/plain', limit);
        const parsed = records.map((record) => JSON.parse(record) as Inline);
        expect(parsed.map(({ payload }) => payload).join('')).toBe(source);
        expect(parsed.map(({ seq }) => seq)).toEqual(records.map((_, index) => index + 1));
        for (const record of records) expect(Buffer.byteLength(record)).toBeLessThanOrEqual(limit);
        expect(records.join('')).not.toContain('\n');
      }),
    );
  });

  it('are these bytes', () => {
    expect(encodeRecords('a "b"\n', 'text/plain', 4095)).toEqual([
      '{"schema":"cohsh-telemetry-push/v1","seq":1,"mime":"text/plain","payload":"a \\"b\\"\\n"}',
    ]);
  });

  it('do not fit any line', () => {
    expect(() => encodeRecords('a', 'text/plain', 70)).toThrow(
      'this transport carries lines of 70 bytes, too few for a record',
    );
  });

  it('of a segment have 32768 bytes at most: a file of that size has more', () => {
    const fits = file('fits.txt', 'x'.repeat(31_900));
    expect(inlineSource(fits, Infinity).records).toHaveLength(8);
    const path = file('full.txt', 'x'.repeat(32_768));
    expect(() => inlineSource(path, Infinity)).toThrow(
      'telemetry push source exceeds max_bytes_per_segment 32768 bytes',
    );
  });

  it('fill a segment to its last byte, newlines counted', () => {
    const bytes = (length: number): number => {
      const records = encodeRecords('y'.repeat(length), 'text/plain', 128);
      return Buffer.byteLength(records.map((record) => `${record}\n`).join(''));
    };
    let [fits, tooMany] = [1, 32_768];
    while (tooMany - fits > 1) {
      const middle = (fits + tooMany) >> 1;
      if (bytes(middle) <= 32_768) fits = middle;
      else tooMany = middle;
    }
    expect(inlineSource(file('fits.txt', 'y'.repeat(fits)), 128).records.length).toBeGreaterThan(200);
    expect(() => inlineSource(file('tooMany.txt', 'y'.repeat(tooMany)), 128)).toThrow('max_bytes_per_segment');
  });

  it('over a console are shorter and more, and say so when they are too many', () => {
    const path = file('console.txt', 'y'.repeat(10_000));
    const { records } = inlineSource(path, 128);
    for (const record of records) expect(record.length).toBeLessThanOrEqual(128);
    expect(records.length).toBeGreaterThan(190);
    const larger = file('larger.txt', 'y'.repeat(20_000));
    expect(() => inlineSource(larger, 128)).toThrow('max_bytes_per_segment');
    try {
      inlineSource(larger, 128);
    } catch (error) {
      expect((error as { fix?: string }).fix).toContain('--transport 9p');
    }
  });
});

describe('references', () => {
  it('name the parts of a file and their digests, without a gap', async () => {
    const content = Buffer.alloc(2500, 'cohesix');
    const path = file('artifact.bin', content);
    const seen: number[] = [];
    const { mime, records } = await referenceSource(path, { chunkBytes: 1000, onProgress: (done) => seen.push(done) });
    expect(mime).toBe('application/octet-stream');
    const parts = [0, 1000, 2000].map((off) => content.subarray(off, off + 1000));
    const expected = parts.map((part, index) => ({
      schema: 'coh-ref-c/v1',
      seq: index + 1,
      off: index * 1000,
      len: part.length,
      sha256: createHash('sha256').update(part).digest('base64url'),
    }));
    expect(records.map((record) => JSON.parse(record) as unknown)).toEqual(expected);
    expect(seen).toEqual([1000, 2000, 2500]);
  });

  it('of the largest file fit the line of a console', () => {
    const digest = createHash('sha256').digest('base64url');
    expect(referenceRecord(1024, 1 << 30, 1 << 30, digest).length).toBeLessThanOrEqual(128);
  });

  it('are refused beyond 1 GiB, and for no bytes', async () => {
    const path = file('huge.bin', '');
    await expect(referenceSource(path)).rejects.toThrow('telemetry push source is empty');
    truncateSync(path, (1 << 30) + 1);
    await expect(referenceSource(path)).rejects.toThrow(
      'telemetry push source exceeds max_reference_bytes 1073741824 bytes',
    );
  });

  it('stop when the operator does', async () => {
    const stop = new AbortController();
    const path = file('stopped.bin', Buffer.alloc(5000));
    const pending = referenceSource(path, { signal: stop.signal, chunkBytes: 1000, onProgress: () => stop.abort() });
    await expect(pending).rejects.toMatchObject({ interrupted: true });
  });
});

/** A node that takes `good` appends. */
function failing(good: number, then: () => Promise<Answer>): { transport: Transport; echoed: string[] } {
  const echoed: string[] = [];
  const ok = (verb: string) => () => Promise.resolve(okAnswer(verb));
  const transport = {
    kind: 'mock',
    endpoint: 'mock',
    role: 'queen',
    limits: { write_bytes: Infinity, text_only: false, path_bytes: 2048 },
    connect: () => Promise.resolve(),
    attach: ok('ATTACH'),
    quit: ok('QUIT'),
    close: () => Promise.resolve(),
    on: () => () => undefined,
    echo: (path: string, text: string) => {
      if (path.endsWith('/ctl')) return Promise.resolve(okAnswer('ECHO', [['seg_id', 'seg-000007']]));
      if (echoed.length === good) return then();
      echoed.push(text);
      return Promise.resolve(okAnswer('ECHO'));
    },
  } as unknown as Transport;
  return { transport, echoed };
}

describe('a push that stops half-way', () => {
  it.each([
    [
      'is refused',
      () =>
        Promise.resolve(
          errAnswer('ECHO', [
            ['reason', 'quota'],
            ['detail', 'buffer-full'],
          ]),
        ),
      'echo failed: reason=quota detail=buffer-full',
    ],
    ['loses its node', () => Promise.reject(new Error('connection lost')), 'connection lost'],
  ])('because it %s says how far it came', async (_why, then, text) => {
    const path = file('long.txt', 'z'.repeat(9000));
    const { transport, echoed } = failing(2, then);
    const capture = new Capture();
    const shell = new Shell(
      transport,
      capture,
      shellSettings(() => Promise.reject(new Error('no pool'))),
    );
    await shell.attach('queen');
    capture.take();
    const outcome = await shell.run(`telemetry push ${path} --device d`);
    expect(outcome.ok).toBe(false);
    expect(echoed).toHaveLength(2);
    const [ack = '', error = ''] = capture.take();
    expect(ack).toContain(
      `ERR TELEMETRY action=push device=d reason=telemetry push stopped after 2 of 3 records of seg-000007: ${text}`,
    );
    expect(error).toContain('push the file again: it gets a segment of its own');
  });

  it('because of Ctrl-C is interrupted', async () => {
    const path = file('stop.txt', 'z'.repeat(9000));
    const stop = new AbortController();
    const { transport } = failing(1, () => {
      stop.abort();
      return Promise.reject(new Error('aborted'));
    });
    const shell = new Shell(
      transport,
      new Capture(),
      shellSettings(() => Promise.reject(new Error('no pool'))),
    );
    await shell.attach('queen');
    const outcome = await shell.run(`telemetry push ${path} --device d`, stop.signal);
    expect(outcome.error).toMatchObject({ interrupted: true });
    expect(String(outcome.error)).toContain('stopped after 1 of 3 records of seg-000007: interrupted');
  });
});
