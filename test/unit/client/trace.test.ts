// SPDX-License-Identifier: Apache-2.0
/** Traces: the file's format, recording, replay, and every way in which a file or a replay can be wrong. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ClientError,
  decodeTrace,
  encodeTrace,
  fixedClock,
  mockNode,
  recordTransport,
  replayTransport,
  TraceRecorder,
  TraceReplayer,
  type Answer,
  type Transport,
} from '../../../host/client/index.ts';

const FIXTURE = join(import.meta.dirname, '../../../../shared/spec/fixtures/trace_v0.trace');
const MINIMAL = encodeTrace({
  exchanges: [{ request: Buffer.from('ab'), response: Buffer.from('c') }],
  acks: ['OK X'],
});

function reason(job: () => unknown): string {
  try {
    job();
  } catch (error) {
    expect(error).toBeInstanceOf(ClientError);
    return (error as ClientError).message;
  }
  throw new Error('it was taken');
}

/** A trace with its bytes changed and its hash made right again. */
function altered(change: (body: Buffer) => Buffer | undefined): Buffer {
  const body = Buffer.from(MINIMAL.subarray(0, -32));
  const changed = change(body) ?? body;
  return Buffer.concat([changed, createHash('sha256').update(changed).digest()]);
}

describe('format', () => {
  it('has the golden bytes', () => {
    expect(MINIMAL.subarray(0, -32).toString('hex')).toBe(
      Buffer.from('COHTRACE').toString('hex') +
        '0100' +
        '01000000' +
        '01000000' +
        '020000006162' +
        '0100000063' +
        '040000004f4b2058',
    );
  });

  it('is read as it was written', () => {
    const bytes = fc.uint8Array({ maxLength: 60 }).map((data) => Buffer.from(data));
    const exchange = fc.record({ request: bytes, response: bytes });
    fc.assert(
      fc.property(
        fc.array(exchange, { maxLength: 6 }),
        fc.array(fc.string({ maxLength: 40 }), { maxLength: 6 }),
        (exchanges, acks) => {
          expect(decodeTrace(encodeTrace({ exchanges, acks }))).toEqual({ exchanges, acks });
        },
      ),
    );
  });

  it.each([
    ['another magic', altered((b) => void b.write('X', 0)), 'trace magic mismatch'],
    ['another version', altered((b) => void b.writeUInt8(2, 8)), 'unsupported trace version 2'],
    ['too many frames', altered((b) => void b.writeUInt32LE(0xffffffff, 10)), 'trace length overflow'],
    ['one frame more', altered((b) => void b.writeUInt32LE(2, 10)), 'trace length overflow'],
    ['one acknowledgement more', altered((b) => void b.writeUInt32LE(2, 14)), 'trace data truncated'],
    ['something after the end', altered((b) => Buffer.concat([b, Buffer.from('x')])), 'trace length invalid'],
    ['a cut', MINIMAL.subarray(0, 40), 'trace data truncated'],
    ['nothing', Buffer.alloc(0), 'trace data truncated'],
    [
      'another hash',
      Buffer.concat([MINIMAL.subarray(0, -1), Buffer.from([MINIMAL.at(-1) ^ 1])]),
      'trace hash mismatch',
    ],
    ['a huge frame', altered((b) => void b.writeUInt32LE(8193, 18)), 'trace frame size 8193 exceeds max 8192'],
    ['a huge acknowledgement', altered((b) => void b.writeUInt32LE(257, 29)), 'trace ack size 257 exceeds max 256'],
    ['bad UTF-8', altered((b) => void b.writeUInt8(0xff, 33)), 'trace ack line invalid UTF-8'],
    ['a huge file', Buffer.alloc((1 << 20) + 1), 'trace size 1048577 exceeds max 1048576'],
  ])('is refused with %s', (_name, bytes, message) => {
    expect(reason(() => decodeTrace(bytes))).toBe(message);
  });

  it('refuses to write what cannot be read', () => {
    const big = { request: Buffer.alloc(8193), response: Buffer.alloc(0) };
    expect(reason(() => encodeTrace({ exchanges: [big], acks: [] }))).toBe('trace frame size 8193 exceeds max 8192');
    expect(reason(() => encodeTrace({ exchanges: [], acks: ['x'.repeat(257)] }))).toBe(
      'trace ack size 257 exceeds max 256',
    );
    expect(reason(() => encodeTrace({ exchanges: [], acks: ['x'] }, 54))).toBe('trace size 55 exceeds max 54');
  });

  it('random files are refused, not believed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (tail) => {
        const bytes = Buffer.concat([Buffer.from('COHTRACE\x01\x00'), tail]);
        expect(reason(() => decodeTrace(bytes))).toMatch(/^trace /);
      }),
    );
  });
});

async function session(transport: Transport, ack: (line: string) => void): Promise<string[]> {
  const lines: string[] = [];
  const show = async (job: Promise<Answer>): Promise<void> => {
    const answer = await job;
    ack(answer.ack.line);
    lines.push(answer.ack.line, ...answer.lines);
  };
  await show(transport.attach('queen'));
  await show(transport.ls('/worker'));
  await show(transport.tail('/worker/worker-1/telemetry'));
  return lines;
}

describe('replay', () => {
  it.skipIf(!existsSync(FIXTURE))('plays the trace of an older client (skipped without ../shared)', async () => {
    const bytes = readFileSync(FIXTURE);
    const trace = decodeTrace(bytes);
    expect(encodeTrace(trace)).toEqual(bytes);
    const replayer = new TraceReplayer(trace);
    const shown = await session(replayTransport(replayer), (line) => replayer.ack(line));
    replayer.finish();
    expect(shown).toEqual([
      'OK ATTACH role=queen',
      'OK LS path=/worker',
      'worker-1',
      'OK TAIL path=/worker/worker-1/telemetry',
      'tick 1',
      'tick 2',
    ]);
  });

  async function recorded(): Promise<{ bytes: Buffer; shown: string[] }> {
    const node = await mockNode({ clock: fixedClock() });
    const recorder = new TraceRecorder();
    const transport = recordTransport(recorder, { node });
    const queen = recordTransport(new TraceRecorder(), { node });
    await queen.attach('queen');
    await queen.spawn('{"spawn":"heartbeat","ticks":9}');
    await node.advance(2000);
    const shown = await session(transport, (line) => recorder.ack(line));
    return { bytes: recorder.encode(), shown };
  }

  it('plays what was recorded', async () => {
    const { bytes, shown } = await recorded();
    const replayer = new TraceReplayer(decodeTrace(bytes));
    expect(await session(replayTransport(replayer), (line) => replayer.ack(line))).toEqual(shown);
    replayer.finish();
    expect(shown.slice(-2)).toEqual(
      [1, 2].map((tick): unknown => expect.stringMatching(`^{"tick":${tick},"ts_ms":\\d+}$`)),
    );
  });

  it('the same session gives the same trace', async () => {
    const [first, second] = [await recorded(), await recorded()];
    expect(first.bytes).toEqual(second.bytes);
  });

  it.each([
    ['another command', (t: Transport) => t.ls('/proc'), 'trace request mismatch at index 2'],
    [
      'a command more',
      async (t: Transport) => (await session(t, () => undefined), await t.ls('/')),
      'trace replay exhausted',
    ],
  ])('notices %s', async (_name, go, message) => {
    const transport = replayTransport(new TraceReplayer(decodeTrace((await recorded()).bytes)));
    if (message.includes('index')) await transport.attach('queen');
    await expect(go(transport)).rejects.toThrow(message);
  });

  it('compares acknowledgements', () => {
    const replayer = new TraceReplayer({ exchanges: [], acks: ['OK A', 'OK B'] });
    expect(reason(() => replayer.finish())).toBe('trace ack mismatch: 2 acks remaining');
    expect(reason(() => replayer.ack('OK X'))).toBe("trace ack mismatch: expected 'OK A' got 'OK X'");
    replayer.ack('OK B');
    expect(reason(() => replayer.ack('OK C'))).toBe('trace ack mismatch: missing expected ack');
  });
});
