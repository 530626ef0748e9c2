// SPDX-License-Identifier: Apache-2.0
/** Sessions, frames and tables: sizes, tags, bounds, and what /proc/9p says about them. */
import { beforeAll, describe, expect, it } from 'vitest';
import { constant, nineDoorModule } from './build.ts';
import { Client } from './client.ts';
import { frame, NO_FID, NO_TAG, parseReply, splitReplies, u16, u32, u64 } from './frames.ts';
import { Machine } from './machine.ts';

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await nineDoorModule();
});

const machine = (): Machine => new Machine(module);
const compactError = (bytes: Buffer): string => {
  const { type, body } = parseReply(bytes);
  expect(type).toBe(107);
  return `${body.text()} ${body.text()}`;
};

describe('frames', () => {
  const walk = frame(110, 5, u32(0), u32(9), u16(0));

  it('that are no frames are dropped and counted', () => {
    const client = new Client(machine()).attach();
    const { exports } = client.machine;
    const before = exports.dropCount();
    const short = Buffer.from(walk);
    short.writeUInt32LE(walk.length + 1, 0);
    const tiny = Buffer.from(walk);
    tiny.writeUInt32LE(6, 0);
    for (const bytes of [Buffer.alloc(3), Buffer.alloc(6), short, tiny]) {
      expect(client.machine.serve(client.session, bytes)).toHaveLength(0);
    }
    expect(client.machine.serve(client.session, Buffer.alloc(0))).toHaveLength(0);
    expect(exports.dropCount() - before).toBe(4n);
    expect(client.read('/proc/ingest/dropped')).toBe('dropped=4\n');
  });

  it('behind a good one are dropped, not the good one', () => {
    const client = new Client(machine()).attach();
    const replies = splitReplies(client.machine.serve(client.session, Buffer.concat([walk, Buffer.from([1, 2])])));
    expect(replies.map(({ type, tag }) => [type, tag])).toEqual([[111, 5]]);
  });

  it('more than batch_frames of them are refused, each by its tag', () => {
    const client = new Client(machine()).attach();
    const batch = Buffer.concat([walk, frame(120, 6, u32(0))]);
    const replies = splitReplies(client.machine.serve(client.session, batch));
    expect(replies.map(({ tag, body }) => [tag, body.text(), body.text()])).toEqual([
      [5, 'Busy', 'queue depth exceeded'],
      [6, 'Busy', 'queue depth exceeded'],
    ]);
    expect(client.read('/proc/ingest/backpressure')).toBe('backpressure=2\n');
    expect(client.read('/proc/pressure/busy')).toBe('busy=2\n');
  });

  it('larger than the msize are refused', () => {
    const client = new Client(machine());
    client.version(512);
    client.call(104, u32(0), u32(NO_FID), 'queen', '', u32(0));
    const big = frame(118, 7, u32(0), u64(0n), u32(600), Buffer.alloc(600));
    expect(compactError(client.machine.serve(client.session, big))).toBe('TooBig frame exceeds negotiated msize');
    const two = Buffer.concat([walk, frame(118, 8, u32(0), u64(0n), u32(480), Buffer.alloc(480))]);
    const replies = splitReplies(client.machine.serve(client.session, two));
    expect(replies.map(({ body }) => `${body.text()} ${body.text()}`)).toEqual(
      Array(2).fill('TooBig batch exceeds negotiated msize'),
    );
  });

  it('of a session that is not open are dropped', () => {
    const on = machine();
    expect(on.serve(77, walk)).toHaveLength(0);
    const id = on.open();
    on.close(id);
    on.close(id);
    expect(on.serve(id, walk)).toHaveLength(0);
  });
});

describe('msize', () => {
  it('is clamped at 8192 and refused below 256', () => {
    const client = new Client(machine());
    for (const [wanted, got] of [
      [256, 256],
      [8191, 8191],
      [8192, 8192],
      [0xffff_ffff, 8192],
    ] as const) {
      expect(client.version(wanted)).toBe(got);
    }
    expect(client.refusal((c) => c.version(255))).toBe('Invalid msize 255 is below 256');
  });

  it('bounds every reply', () => {
    const client = new Client(machine());
    client.version(256);
    client.call(104, u32(0), u32(NO_FID), 'queen', '', u32(0));
    const fid = client.open('/shard');
    expect(client.readAt(fid, 0n, 8192)).toHaveLength(256 - 11);
    const names = ['x'.repeat(100), 'y'.repeat(100)];
    const reply = client.machine.serve(client.session, frame(110, 1, u32(0), u32(50), u16(2), ...names));
    expect(reply.length).toBeLessThanOrEqual(256);
    expect(compactError(reply)).toMatch(/^NotFound path \/x{100}\/y{100}/);
  });

  it('cuts a refusal that cannot fit', () => {
    const client = new Client(machine(), 'classic');
    client.version(256);
    client.call(104, u32(0), u32(NO_FID), 'queen', '');
    const text = client.refusal((c) => c.walk(`/${'é'.repeat(110)}`));
    expect(text.startsWith('NotFound: path /éé')).toBe(true);
    expect(text).not.toContain('\ufffd');
  });
});

describe('Tversion', () => {
  it('starts the session anew', () => {
    const client = new Client(machine()).attach();
    client.walk('/proc');
    client.clunk(2);
    client.version();
    expect(client.refusal((c) => c.clunk(0))).toBe('Invalid attach required before operation');
    client.call(104, u32(2), u32(NO_FID), 'queen', '', u32(0));
    const rest = constant('SESSIONS_FIDS_PER_SESSION') - 1;
    for (let i = 0; i < rest; i++) client.call(110, u32(2), u32(100 + i), u16(0));
    client.version();
    client.call(104, u32(2), u32(NO_FID), 'queen', '', u32(0));
    for (let i = 0; i < rest; i++) client.call(110, u32(2), u32(100 + i), u16(0));
  });

  it('answers a standard client in the words of the standard', () => {
    const on = machine();
    const reply = (version: string): [number, string] => {
      const { body } = parseReply(on.serve(on.open(), frame(100, NO_TAG, u32(8192), version)));
      return [body.u32(), body.text()];
    };
    expect(reply('9P2000.u')).toEqual([8192, '9P2000']);
    expect(reply('9P2000.L.Google.7')).toEqual([8192, '9P2000.L']);
    expect(reply('9P2000.Lx')).toEqual([8192, '9P2000']);
    expect(reply('9P1999')).toEqual([8192, 'unknown']);
  });
});

describe('Twalk of a standard client', () => {
  it.each(['linux', 'classic'] as const)('%s: neither moves an open fid nor makes NOFID one', (dialect) => {
    const client = new Client(machine(), dialect).attach();
    const fid = client.open('/proc');
    const busy = dialect === 'linux' ? 'errno 16' : `Busy: fid ${fid} is open`;
    expect(client.refusal((c) => c.call(110, u32(fid), u32(fid), u16(1), 'boot'))).toBe(busy);
    expect(client.refusal((c) => c.call(110, u32(fid), u32(fid), u16(0)))).toBe(busy);
    const invalid = dialect === 'linux' ? 'errno 22' : 'Invalid: NOFID cannot be a fid';
    expect(client.refusal((c) => c.call(110, u32(0), u32(NO_FID), u16(1), 'proc'))).toBe(invalid);
    client.call(110, u32(fid), u32(900), u16(1), 'boot'); // a new fid from an open one
  });
});

describe('tables', () => {
  it('sessions', () => {
    const on = machine();
    const most = constant('SESSIONS_MAX');
    const ids = Array.from({ length: most }, () => on.open());
    expect(new Set(ids).size).toBe(most);
    expect(on.open()).toBe(0);
    on.close(ids[7] as number);
    expect(on.open()).toBe(most + 1);
  });

  it.each(['compact', 'linux'] as const)('%s: fids, found again in any order', (dialect) => {
    const client = new Client(machine(), dialect).attach();
    // All that the manifest allows, with the root's.
    const most = constant('SESSIONS_FIDS_PER_SESSION') - 1;
    const numbers = Array.from({ length: most }, (_, i) => (Math.imul(i, 0x9e37_79b1) + 5) & 0x3fff_ffff);
    for (const fid of numbers) client.call(110, u32(0), u32(fid), u16(0));
    expect(client.refusal((c) => c.call(110, u32(0), u32(3), u16(0)))).toBe(
      dialect === 'linux' ? 'errno 16' : 'Busy fid table full',
    );
    for (const fid of numbers.filter((_, i) => i % 2 === 0)) client.clunk(fid);
    for (const fid of numbers.filter((_, i) => i % 2 === 1)) client.clunk(fid);
    expect(client.refusal((c) => c.clunk(numbers[0] as number))).not.toBe('no refusal');
    for (let i = 0; i < most; i++) client.call(110, u32(0), u32(0xf000_0000 + i), u16(0));
  });

  it('retired fids are never let through, however many there are', () => {
    const client = new Client(machine()).attach();
    const retire = (fid: number): void => {
      client.call(110, u32(0), u32(fid), u16(0));
      client.clunk(fid);
    };
    const used = [
      ...Array.from({ length: 500 }, (_, i) => 10 + i),
      ...Array.from({ length: 90 }, (_, i) => 10_000 + 7 * i),
    ];
    let refusedEarly = 0;
    for (const fid of used) if (client.refusal(() => retire(fid)) !== 'no refusal') refusedEarly += 1;
    for (const fid of used) {
      expect(client.refusal((c) => c.call(110, u32(0), u32(fid), u16(0)))).toBe(`Invalid fid ${fid} was clunked`);
    }
    expect(refusedEarly).toBe(0);
    retire(0xffff_fffe);
    retire(1);
  });

  it('a further attach must be of the same role', () => {
    const client = new Client(machine(), 'linux').attach();
    client.call(104, u32(50), u32(NO_FID), 'queen', '', u32(1000));
    client.call(110, u32(50), u32(51), u16(1), 'proc');
    expect(client.refusal((c) => c.call(104, u32(50), u32(NO_FID), 'queen', '', u32(0)))).toBe('errno 16');
    expect(client.refusal((c) => c.call(104, u32(52), u32(7), 'queen', '', u32(0)))).toBe('errno 9');
  });
});

describe('/proc/9p', () => {
  it('knows the sessions', () => {
    const on = machine();
    const idle = on.open();
    const client = new Client(on).attach();
    on.now_ms += 50n;
    expect(client.list('/proc/9p/session')).toEqual([String(idle), String(client.session), 'active']);
    expect(client.read('/proc/9p/session/active')).toBe('active=1 draining=0\n');
    const of = (id: number, file: string): string => client.read(`/proc/9p/session/${id}/${file}`);
    expect([of(idle, 'state'), of(idle, 'owner')]).toEqual(['state=SETUP\n', 'owner=none\n']);
    expect([of(client.session, 'state'), of(client.session, 'owner'), of(client.session, 'since_ms')]).toEqual([
      'state=ACTIVE\n',
      'owner=queen\n',
      'since_ms=50\n',
    ]);
    client.write('/queen/lifecycle/ctl', 'cordon');
    expect(of(client.session, 'state')).toBe('state=DRAINING\n');
    expect(client.read('/proc/9p/session/active')).toBe('active=0 draining=1\n');
    const fid = client.open(`/proc/9p/session/${idle}/state`);
    on.close(idle);
    expect(client.refusal((c) => c.readAt(fid, 0n))).toBe(`NotFound session ${idle} not found`);
  });

  it('text and CBOR say the same', () => {
    const client = new Client(machine()).attach();
    client.machine.exports.shortWrite(2);
    expect(client.read('/proc/9p/outstanding')).toBe('outstanding current=1 limit=1\n');
    expect(client.read('/proc/9p/short_writes')).toBe('short_writes total=1 retries=2\n');
    const hex = (path: string): string => {
      const fid = client.open(path);
      return client.readAt(fid, 0n, 8000).toString('hex');
    };
    const text = (value: string): string => (0x60 + value.length).toString(16) + Buffer.from(value).toString('hex');
    expect(hex('/proc/9p/outstanding.cbor')).toBe(`a2${text('current')}01${text('limit')}01`);
    expect(hex('/proc/9p/short_writes.cbor')).toBe(`a2${text('total')}01${text('retries')}02`);
    expect(hex('/proc/9p/sessions.cbor')).toMatch(
      new RegExp(
        `^a5${text('total')}01${text('worker')}00${text('shard_bits')}08${text('shard_count')}190100${text('shards')}990100a2${text('label')}623030${text('count')}00`,
      ),
    );
  });
});

describe('/proc/ingest', () => {
  it('percentiles of the last 32 waiting times', () => {
    const client = new Client(machine()).attach();
    const { machine: on } = client;
    const fid = client.open('/proc/ingest/p95_ms');
    on.now_ms = 10_000n;
    for (let i = 1; i <= 31; i++) {
      on.exports.arrived(10_000n - BigInt(i * 10));
      client.readAt(fid, 0n);
    }
    on.exports.arrived(10_000n - 320n);
    expect(client.readAt(fid, 0n).toString()).toBe('p95_ms=300\n');
    expect(client.read('/proc/ingest/queued')).toBe('queued=1\n');
  });

  it('the watch ring, throttled', () => {
    const client = new Client(machine()).attach();
    const { machine: on } = client;
    on.now_ms = 1000n;
    const line = (ms: number): string =>
      `watch ts_ms=${ms} p50_ms=0 p95_ms=0 queued=1 backpressure=0 dropped=0 ui_reads=0 ui_denies=0\n`;
    expect(client.read('/proc/ingest/watch')).toBe(line(1000));
    on.now_ms += 20n;
    expect(client.read('/proc/ingest/watch')).toBe(line(1000));
    expect(client.read('/log/queen.log').split('\n').at(-2)).toBe(
      '[observe] ingest watch throttled delay_ms=30 min_interval_ms=50',
    );
    for (let i = 0; i < 20; i++) {
      on.now_ms += 50n;
      client.read('/proc/ingest/watch');
    }
    const lines = client.read('/proc/ingest/watch').split('\n').slice(0, -1);
    expect(lines).toHaveLength(16);
    expect(lines.at(-1)).toContain('ts_ms=2020 ');
    expect(client.refusal((c) => c.write('/proc/ingest/watch', 'x'))).toBe(
      'Permission access to /proc/ingest/watch denied',
    );
  });
});

describe('/proc/root and /proc/pressure', () => {
  it('reachable while a queen is attached', () => {
    const on = machine();
    on.now_ms = 5n;
    const client = new Client(on).attach();
    expect(client.read('/proc/root/reachable')).toBe('reachable=yes\n');
    expect(client.read('/proc/root/last_seen_ms')).toBe('last_seen_ms=5\n');
    expect(client.read('/proc/root/cut_reason')).toBe('cut_reason=none\n');
  });

  it('counts refusals by reason', () => {
    const client = new Client(machine()).attach();
    const counts = (): string[] =>
      ['busy', 'quota', 'cut', 'policy'].map((name) => client.read(`/proc/pressure/${name}`));
    expect(counts()).toEqual(['busy=0\n', 'quota=0\n', 'cut=0\n', 'policy=0\n']);
    client.refusal((c) => c.walk('/nope'));
    client.refusal((c) => c.call(110, u32(0), u32(0), u16(0)));
    expect(counts()).toEqual(['busy=1\n', 'quota=0\n', 'cut=0\n', 'policy=1\n']);
  });
});
