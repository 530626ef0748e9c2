// SPDX-License-Identifier: Apache-2.0
/** /queen/telemetry: segments, records, quotas; and /trace. */
import { beforeAll, describe, expect, it } from 'vitest';
import { nineDoorModule } from './build.ts';
import { Client } from './client.ts';
import { Machine } from './machine.ts';
import { KEYS, mint } from './tickets.ts';

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await nineDoorModule();
});

const queen = (): Client => new Client(new Machine(module)).attach();
const DEVICE = '/queen/telemetry/device-1';
const SEGMENT = `${DEVICE}/seg/seg-000001`;
const refusal = (client: Client, path: string, data: string | Uint8Array): string =>
  client.refusal((c) => c.write(path, data));

function withSegment(): Client {
  const client = queen();
  client.write(`${DEVICE}/ctl`, '{"new":"segment","mime":"text/plain"}\n');
  return client;
}

describe('segments', () => {
  it('are made by ctl; latest names the newest', () => {
    const client = queen();
    expect(client.list('/queen/telemetry')).toEqual([]);
    expect(client.read(`${DEVICE}/latest`)).toBe('');
    expect(client.list('/queen/telemetry')).toEqual(['device-1']);
    expect(client.list(DEVICE)).toEqual(['ctl', 'latest', 'seg']);
    for (let i = 1; i <= 5; i++) {
      client.write(`${DEVICE}/ctl`, '{"new":"segment"}');
      expect(client.read(`${DEVICE}/latest`)).toBe(`seg-00000${i}\n`);
    }
    expect(client.list(`${DEVICE}/seg`)).toEqual(['seg-000002', 'seg-000003', 'seg-000004', 'seg-000005']);
    expect(client.refusal((c) => c.walk(SEGMENT))).toBe(`NotFound path ${SEGMENT} not found`);
  });

  it('take records, at the end only', () => {
    const client = withSegment();
    client.write(SEGMENT, 'one\n');
    const fid = client.open(SEGMENT, 0x81);
    expect(client.refusal((c) => c.writeAt(fid, 3n, 'x'))).toBe(
      'Invalid telemetry append offset rejected: expected 4 got 3',
    );
    client.writeAt(fid, 4n, Buffer.from([0xff, 0x00]));
    const reader = client.open(SEGMENT);
    expect(client.readAt(reader, 2n, 100).toString('hex')).toBe('650aff00');
    expect(refusal(client, SEGMENT, 'x'.repeat(4097))).toBe('TooBig telemetry record exceeds max_record_bytes 4096');
  });

  it('are bounded, each and together', () => {
    const client = withSegment();
    for (let i = 0; i < 8; i++) client.write(SEGMENT, 'x'.repeat(4096));
    expect(refusal(client, SEGMENT, 'x')).toBe('TooBig telemetry segment quota exceeded');
    for (let segment = 2; segment <= 5; segment++) {
      client.write(`${DEVICE}/ctl`, '{"new":"segment"}');
      for (let i = 0; i < 8; i++) client.write(`${DEVICE}/seg/seg-00000${segment}`, `${segment}`.repeat(4096));
    }
    expect(client.read(`${DEVICE}/seg/seg-000003`)).toBe('3'.repeat(32768));
  });

  it('an open fid of one that was evicted finds nothing', () => {
    const client = withSegment();
    const [reader, writer] = [client.open(SEGMENT), client.open(SEGMENT, 0x81)];
    for (let i = 0; i < 4; i++) client.write(`${DEVICE}/ctl`, '{"new":"segment"}');
    expect(client.refusal((c) => c.readAt(reader, 0n))).toBe('NotFound telemetry segment seg-000001 not found');
    expect(client.refusal((c) => c.writeAt(writer, 0n, 'x'))).toBe('NotFound telemetry segment seg-000001 not found');
  });

  it('devices are bounded: one without segments makes room, then the table is full', () => {
    const client = queen();
    const create = (name: string): string => refusal(client, `/queen/telemetry/${name}/ctl`, '{"new":"segment"}');
    for (const name of ['a\nb', 'a\u009bb', 'cohesix-ticket-00', 'x'.repeat(65)]) {
      expect(client.refusal((c) => c.walk(`/queen/telemetry/${name}`))).toContain('not found');
    }
    const typo = client.open('/queen/telemetry/typo/ctl', 0x81);
    const latest = client.open('/queen/telemetry/typo/latest');
    for (let i = 1; i < 16; i++) expect(create(`d${i}`)).toBe('no refusal');
    expect(client.list('/queen/telemetry')).toContain('typo');
    expect(create('d16')).toBe('no refusal');
    expect(client.list('/queen/telemetry')).toEqual(Array.from({ length: 16 }, (_, i) => `d${i + 1}`).sort());
    // Who held the one that made room does not get at the other.
    expect(client.refusal((c) => c.writeAt(typo, 0n, '{"new":"segment"}'))).toBe(
      'NotFound telemetry device made room for another',
    );
    expect(client.refusal((c) => c.readAt(latest, 0n))).toBe('NotFound telemetry device made room for another');
    expect(client.list('/queen/telemetry/d16/seg')).toEqual(['seg-000001']);
    expect(create('d17')).toBe('Busy no room for path /queen/telemetry/d17/ctl');
    expect(client.read('/proc/limits')).toMatch(/telemetry-devices used=16 max=16 refused=1\n/);
    expect(client.list('/queen/telemetry')).not.toContain('d17');
  });

  it.each([
    ['reads', [{ path: '/queen', verb: 0, rate: 0 }], []],
    [
      'writes to another device',
      [
        { path: '/queen/telemetry/a', verb: 2, rate: 0 },
        { path: '/queen', verb: 0, rate: 0 },
      ],
      [],
    ],
    ['writes to the device', [{ path: '/queen/telemetry/new', verb: 1, rate: 0 }], ['new']],
    ['writes everywhere', [{ path: '/queen', verb: 2, rate: 0 }], ['new']],
  ])('a ticket that %s creates as much', (_what, scopes, devices) => {
    const machine = new Machine(module, { keys: KEYS });
    const limited = new Client(machine).attach('queen', mint({ role: 0, scopes }));
    const walked = limited.refusal((c) => c.walk('/queen/telemetry/new'));
    expect(walked).toBe(devices.length === 0 ? 'NotFound path /queen/telemetry/new not found' : 'no refusal');
    expect(new Client(machine).attach().list('/queen/telemetry')).toEqual(devices);
  });

  it('ctl of lines of which one is refused does none', () => {
    const client = withSegment();
    expect(refusal(client, `${DEVICE}/ctl`, '{"new":"segment"}\n{"new":"file"}')).toContain('unsupported');
    expect(client.list(`${DEVICE}/seg`)).toEqual(['seg-000001']);
  });

  const invalid = (text: string): string => `Invalid invalid telemetry ctl command: ${text}`;
  const ctl: [string, string][] = [
    ['{"new":"file"}', 'Invalid unsupported telemetry ctl verb file'],
    ['{"new":"segment","mime":""}', 'Invalid telemetry ctl mime is invalid'],
    ['{"new":"segment","mime":"a\\n"}', 'Invalid telemetry ctl mime is invalid'],
    ['{"new":"segment","x":1}', invalid("unknown field 'x' at byte 21")],
    ['{"mime":"a"}', invalid("missing field 'new' at byte 12")],
    ['[]', invalid('expected an object at byte 0')],
  ];
  it.each(ctl)('ctl %s', (line, text) => {
    expect(refusal(queen(), `${DEVICE}/ctl`, line)).toBe(text);
  });

  it('ctl must be UTF-8', () => {
    expect(refusal(queen(), `${DEVICE}/ctl`, Buffer.from([0xff]))).toBe(
      'Invalid telemetry ctl must be UTF-8: invalid utf-8 sequence',
    );
  });
});

describe('records', () => {
  const push = (seq: number): string =>
    `{"schema":"cohsh-telemetry-push/v1","seq":${seq},"mime":"text/plain","payload":"p"}\n`;
  const reference = (
    seq: number,
    off: number,
    len = 10,
    digest = '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=',
  ): string => `{"schema":"coh-ref-c/v1","seq":${seq},"off":${off},"len":${len},"sha256":"${digest}"}\n`;

  it('pushed lines count up', () => {
    const client = withSegment();
    client.write(SEGMENT, push(1) + push(2));
    expect(refusal(client, SEGMENT, push(2))).toBe('Invalid telemetry record seq expected 3 got 2');
    client.write(SEGMENT, push(3));
    expect(client.read(SEGMENT)).toBe(push(1) + push(2) + push(3));
  });

  it('references are contiguous', () => {
    const client = withSegment();
    client.write(SEGMENT, reference(1, 0));
    const table: [string, string][] = [
      [reference(1, 10), 'Invalid telemetry record seq expected 2 got 1'],
      [reference(2, 11), 'Invalid reference off expected 10 got 11'],
      [reference(2, 10, 0), 'Invalid reference len must be >= 1'],
      [reference(2, 10, 2 ** 30), 'TooBig reference exceeds max_reference_bytes 1073741824'],
      [reference(2, 10, 1, ''), 'Invalid invalid telemetry record: bad digest token at byte 61'],
      [reference(2, 10, 1, 'sha256:0'), 'Invalid invalid telemetry record: bad digest token at byte 69'],
      [reference(2, 10, 1, 'a b'), 'Invalid invalid telemetry record: bad digest token at byte 64'],
      ['{"schema":"coh-ref-c/v1","seq":2}', 'Invalid invalid telemetry record: missing field at byte 33'],
      ['{"schema":"coh-ref-c/v1","seq":2,"x":1}', 'Invalid invalid telemetry record: unknown field at byte 37'],
      ['{"seq":9,"schema":"coh-ref-c/v1"}', 'Invalid invalid telemetry record: missing field at byte 33'],
      [push(2), 'Invalid inline and reference records may not be mixed in one segment'],
      ['text', 'Invalid inline and reference records may not be mixed in one segment'],
    ];
    for (const [line, text] of table) expect(refusal(client, SEGMENT, line), line).toBe(text);
    // A write of which one line is refused leaves nothing behind.
    expect(refusal(client, SEGMENT, reference(2, 10) + reference(3, 21))).toContain('off expected 20');
    client.write(SEGMENT, reference(2, 10));
    expect(client.read(SEGMENT)).toBe(reference(1, 0) + reference(2, 10));
  });

  it('references do not join inline records', () => {
    const client = withSegment();
    client.write(SEGMENT, 'text\n');
    expect(refusal(client, SEGMENT, reference(1, 0))).toBe(
      'Invalid inline and reference records may not be mixed in one segment',
    );
  });
});

describe('/trace', () => {
  const events = (client: Client, path = '/trace/events'): { seq: number; cat: string; msg: string; task?: string }[] =>
    client
      .read(path)
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as { seq: number; cat: string; msg: string; task?: string });
  const SPAWN = '{"spawn":"heartbeat","ticks":1}';

  it('records what happens', () => {
    const client = queen();
    client.write('/queen/ctl', SPAWN);
    expect(events(client)).toMatchObject([
      { seq: 0, cat: 'boot', msg: 'tracefs initialised', level: 'info', ts_ms: 0 },
      { seq: 1, cat: 'lifecycle', msg: 'state ONLINE' },
      { seq: 2, cat: 'worker', task: 'worker-1', msg: 'spawned' },
    ]);
    expect(events(client, '/kmesg')).toEqual([]);
  });

  it('records what is refused, in the category of what refuses', () => {
    const client = queen();
    client.write('/queen/ctl', SPAWN);
    refusal(client, '/queen/ctl', '{"kill":"worker-9"}');
    refusal(client, '/worker/worker-1/telemetry', 'x'.repeat(2000));
    client.refusal((c) => c.readAt(c.open('/proc/9p/outstanding'), 0n, 9000));
    for (let i = 0; i < 12; i++) client.write('/worker/worker-1/telemetry', 'x'.repeat(100));
    client.refusal((c) => c.readAt(c.open('/worker/worker-1/telemetry'), 0n));
    expect(events(client).slice(3)).toMatchObject([
      { level: 'warn', cat: 'queen', msg: 'refused /queen/ctl: NotFound' },
      { level: 'warn', cat: 'audit', task: 'worker-1', msg: 'telemetry quota reject' },
      { level: 'warn', cat: 'ui', msg: 'oversize-read proc/9p/outstanding' },
      { level: 'warn', cat: 'audit', task: 'worker-1', msg: 'telemetry cursor stale' },
    ]);
  });

  it('filters by category and level', () => {
    const client = queen();
    client.write('/trace/ctl', '{"set":{"cats":["lifecycle"]}}');
    client.write('/queen/ctl', SPAWN);
    client.write('/queen/lifecycle/ctl', 'cordon');
    expect(events(client).map(({ msg }) => msg)).toEqual(['tracefs initialised', 'state ONLINE', 'state DRAINING']);
    client.write('/trace/ctl', '{"set":{"level":"debug"}}');
    client.write('/worker/worker-1/telemetry', 'tick');
    expect(events(client).at(-1)).toMatchObject({ cat: 'telemetry', task: 'worker-1', msg: 'telemetry bytes=4' });
    client.write('/trace/ctl', '{"set":{"level":"error"}}');
    client.write('/queen/lifecycle/ctl', 'resume');
    expect(events(client)).toHaveLength(4);
    expect(client.read('/trace/ctl').split('\n')).toHaveLength(4);
  });

  it('keeps the newest 256', () => {
    const client = queen();
    for (let i = 0; i < 150; i++) client.write('/queen/lifecycle/ctl', 'cordon\nresume');
    const kept = events(client);
    expect(kept).toHaveLength(256);
    expect(kept.at(-1)?.seq).toBe(301);
  });

  it('of lines of which one is refused does none', () => {
    const client = queen();
    const text = '{"set":{"level":"error"}}\n{"set":{"level":"loud"}}';
    expect(refusal(client, '/trace/ctl', text)).toBe("Invalid unknown trace level 'loud'");
    expect(client.read('/trace/ctl')).toBe('');
    client.write('/queen/lifecycle/ctl', 'cordon');
    expect(events(client).at(-1)?.msg).toBe('state DRAINING');
    client.write('/trace/ctl', '{"set":{"level":"debug"}}\n{"set":{"cats":["queen"]}}');
    client.write('/queen/lifecycle/ctl', 'resume');
    expect(events(client).at(-1)?.msg).toBe('state DRAINING');
  });

  const invalid = (text: string): string => `Invalid invalid trace control command: ${text}`;
  const table: [string, string][] = [
    ['{"set":{"cats":[]}}', 'Invalid category filter must not be empty'],
    ['{"set":{"level":"loud"}}', "Invalid unknown trace level 'loud'"],
    ['{"set":{"x":1}}', invalid('unknown field at byte 12')],
    ['{}', invalid('missing field set at byte 2')],
    ['{"set":{"cats":["a",]}}', invalid('expected a string at byte 20')],
    ['{"set":{"cats":"a"}}', invalid('expected an array at byte 15')],
  ];
  it.each(table)('ctl %s', (line, text) => {
    expect(refusal(queen(), '/trace/ctl', line)).toBe(text);
  });
});
