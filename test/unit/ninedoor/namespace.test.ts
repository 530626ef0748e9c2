// SPDX-License-Identifier: Apache-2.0
/** The tree as sessions see it: listings, attributes, roles, binds. */
import { beforeAll, describe, expect, it } from 'vitest';
import { nineDoorModule } from './build.ts';
import { Client, type Dialect } from './client.ts';
import { u16, u32, u64, u8 } from './frames.ts';
import { Machine } from './machine.ts';

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await nineDoorModule();
});

const queen = (dialect: Dialect = 'compact', machine = new Machine(module)): Client =>
  new Client(machine, dialect).attach();

const SPAWN = '{"spawn":"heartbeat","ticks":100}';
const ROOT_NAMES = ['kmesg', 'log', 'proc', 'queen', 'shard', 'trace', 'worker'];

describe('listings', () => {
  it.each(['compact', 'linux'] as const)('%s: the declared tree in byte order', (dialect) => {
    const client = queen(dialect);
    expect(client.list('/')).toEqual(ROOT_NAMES);
    expect(client.list('/proc/lifecycle')).toEqual(['reason', 'since', 'state']);
    expect(client.list('/worker')).toEqual([]);
    const shards = client.list('/shard');
    expect(shards).toHaveLength(256);
    expect(shards).toEqual([...shards].sort());
    expect(shards[0x13]).toBe('13');
  });

  it('text listings can be read in pieces of any size', () => {
    const client = queen();
    const whole = client.read('/shard');
    for (const count of [1, 2, 3, 7, 100]) expect(client.read('/shard', count)).toBe(whole);
    const fid = client.open('/shard');
    expect(client.readAt(fid, 100n, 20).toString()).toBe(whole.slice(100, 120));
    expect(client.readAt(fid, 9999n, 20)).toHaveLength(0);
  });

  it('go on where they were while workers come and go', () => {
    const client = queen('linux');
    for (let i = 0; i < 30; i++) client.write('/queen/ctl', SPAWN);
    const fid = client.open('/worker');
    const first = client.readdir(fid, 0n, 24 * 10 + 10 * 9);
    const seen = first.map((entry) => entry.name);
    client.write('/queen/ctl', `{"kill":"${seen.at(-1)}"}`);
    client.write('/queen/ctl', '{"kill":"worker-9"}');
    client.write('/queen/ctl', SPAWN);
    for (let cookie = first.at(-1)?.cookie ?? 0n; ;) {
      const entries = client.readdir(fid, cookie, 100);
      if (entries.length === 0) break;
      seen.push(...entries.map((entry) => entry.name));
      cookie = entries.at(-1)?.cookie ?? 0n;
    }
    const all = Array.from({ length: 31 }, (_, i) => `worker-${i + 1}`).sort();
    expect(seen).toEqual(all.filter((name) => name !== 'worker-9'));
  });

  it('cookies that were never given are refused', () => {
    const client = queen('linux');
    const fid = client.open('/proc');
    for (const cookie of [1n, 1n << 40n, (1n << 40n) | 0xffffn, 1n << 42n, (1n << 64n) - 1n]) {
      expect(client.refusal((c) => c.readdir(fid, cookie))).toBe('errno 22');
    }
    expect(client.refusal((c) => c.readdir(fid, 0n, 10))).toBe('errno 22');
  });

  it('qids are stable and agree between walk, listing and attributes', () => {
    const client = queen('linux');
    const fid = client.open('/proc');
    for (const entry of client.readdir(fid, 0n)) {
      expect(client.getattr(`/proc/${entry.name}`).qid).toBe(entry.qid);
      expect(queen('linux').getattr(`/proc/${entry.name}`).qid).toBe(entry.qid);
    }
  });
});

describe('attributes', () => {
  it('sizes are what a reader gets', () => {
    const client = queen('linux');
    client.write('/queen/ctl', SPAWN);
    client.write('/worker/worker-1/telemetry', 'tick 1\n');
    const files = ['/proc/boot', '/log/queen.log', '/proc/lifecycle/state', '/worker/worker-1/telemetry'];
    for (const path of files) {
      expect(client.getattr(path).size, path).toBe(BigInt(Buffer.byteLength(client.read(path))));
    }
    expect(client.getattr('/proc').size).toBe(0n);
  });

  it('modes are what this session may do', () => {
    const client = queen('linux');
    const mode = (path: string): string => client.getattr(path).mode.toString(8);
    expect(mode('/proc')).toBe('40555');
    expect(mode('/proc/boot')).toBe('100444');
    expect(mode('/log/queen.log')).toBe('100666');
    expect(mode('/proc/ingest/watch')).toBe('100444');
  });
});

describe('refusals of paths', () => {
  const table: [string, string][] = [
    ['/nope', 'NotFound path /nope not found'],
    ['/nope/deeper', 'NotFound path /nope/deeper not found'],
    ['/proc/boot/x', 'NotFound path /proc/boot/x not found'],
    ['/worker/worker-1', 'NotFound path /worker/worker-1 not found'],
    ['/worker/worker-01', 'NotFound path /worker/worker-01 not found'],
    ['/shard/1', 'NotFound path /shard/1 not found'],
    ['/shard/1g', 'NotFound path /shard/1g not found'],
    ['/proc/9p/session/99', 'NotFound path /proc/9p/session/99 not found'],
    ['/proc/../log', 'Invalid invalid path component'],
    ['/proc/.', 'Invalid invalid path component'],
    [`/${'x'.repeat(256)}`, 'Invalid invalid path component'],
    [`/${'x'.repeat(255)}`, `NotFound path /${'x'.repeat(255)} not found`],
    ['/a/b/c/d/e/f/g/h/i', 'Invalid invalid path component'],
    ['/nul\0', 'Invalid invalid path component'],
  ];
  it.each(table)('%j', (path, text) => {
    expect(queen().refusal((c) => c.walk(path))).toBe(text);
  });

  it('empty names and slashes in names', () => {
    const client = queen();
    for (const name of ['', 'a/b']) {
      expect(client.refusal((c) => c.call(110, u32(0), u32(9), u16(1), name))).toBe('Invalid invalid path component');
    }
    const bad = Buffer.from([2, 0, 0xff, 0xfe]);
    expect(client.refusal((c) => c.call(110, u32(0), u32(9), u16(1), bad))).toBe(
      'Invalid invalid utf8 in string field',
    );
  });

  it('standard clients get errno, and are told how far a walk came', () => {
    const client = queen('linux');
    expect(client.refusal((c) => c.walk('/nope'))).toBe('errno 2');
    expect(client.refusal((c) => c.call(110, u32(77), u32(9), u16(0)))).toBe('errno 9');
    const { body } = client.call(110, u32(0), u32(9), u16(2), 'proc', 'nope');
    expect(body.u16()).toBe(1);
    expect(client.refusal((c) => c.clunk(9))).toBe('errno 9');
  });
});

describe('opening, reading, writing', () => {
  const table: [string, (client: Client) => unknown, string][] = [
    ['a directory for writing', (c) => c.open('/proc', 0x81), 'Permission cannot write directories'],
    ['a log without the append bit', (c) => c.open('/log/queen.log', 1), 'Permission fid is not append-only'],
    ['a read-only file for appending', (c) => c.open('/proc/boot', 0x81), 'Permission access to /proc/boot denied'],
    ['an unknown mode', (c) => c.call(112, u32(0), u8(4)), 'Invalid invalid open mode 4'],
    ['remove on close', (c) => c.call(112, u32(0), u8(0x40)), 'Invalid invalid open mode 64'],
    ['an unknown fid', (c) => c.call(112, u32(5), u8(0)), 'NotFound fid 5 not found'],
    ['reading before opening', (c) => c.readAt(0, 0n), 'Invalid fid must be opened before read'],
    ['writing before opening', (c) => c.writeAt(0, 0n, 'x'), 'Invalid fid must be opened before write'],
    [
      'reading what was opened for appending only',
      (c) => c.readAt(c.open('/queen/ctl', 0x81), 0n),
      'Permission fid opened without read permission',
    ],
    [
      'writing what was opened for reading',
      (c) => c.writeAt(c.open('/queen/ctl'), 0n, 'x'),
      'Permission fid opened without write permission',
    ],
    ['clunking twice', (c) => (c.clunk(0), c.clunk(0)), 'Closed fid 0 already closed'],
    ['a fid that is in use', (c) => c.call(110, u32(0), u32(0), u16(0)), 'Busy fid 0 already in use'],
    [
      'a fid that was clunked',
      (c) => (c.clunk(c.walk('/proc')), c.call(110, u32(0), u32(2), u16(0))),
      'Invalid fid 2 was clunked',
    ],
    ['removing', (c) => c.call(122, u32(0)), 'Permission remove is disabled'],
    ['creating', (c) => c.call(114, u32(0), 'x', u32(0), u8(0)), 'Permission create is disabled'],
    ['an unknown message', (c) => c.call(200), 'Invalid unsupported message type 200'],
    [
      'an oversize read of a UI provider',
      (c) => c.readAt(c.open('/proc/9p/outstanding'), 0n, 8193),
      'TooBig ui provider proc/9p/outstanding read exceeds 8192 bytes',
    ],
  ];
  it.each(table)('refuses %s', (_name, action, text) => {
    expect(queen().refusal(action)).toBe(text);
  });

  it('a standard client may use a fid number again', () => {
    const client = queen('linux');
    client.call(110, u32(0), u32(9), u16(0));
    client.clunk(9);
    client.call(110, u32(0), u32(9), u16(1), 'proc');
    client.call(110, u32(9), u32(9), u16(1), 'boot');
    client.call(12, u32(9), u32(0));
    expect(client.readAt(9, 0n).toString()).toContain('Cohesix boot');
  });

  it('Linux mutations are refused with their errno', () => {
    const client = queen('linux');
    const errno = (type: number, ...rest: Parameters<Client['call']> extends [number, ...infer R] ? R : never) =>
      client.refusal((c) => c.call(type, ...rest));
    for (const type of [14, 16, 18, 20, 26, 70, 72, 74, 76]) expect(errno(type, u32(0))).toBe('errno 1');
    for (const type of [30, 32, 99]) expect(errno(type, u32(0))).toBe('errno 95');
    expect(errno(22, u32(0))).toBe('errno 22');
    expect(errno(116, u32(client.open('/proc')), u64(0n), u32(10))).toBe('errno 21');
    expect(errno(102, u32(1), 'queen', '', u32(0))).toBe('errno 2');
  });
});

describe('binds and mounts', () => {
  const ctl = (client: Client, line: string): string => client.refusal((c) => c.write('/queen/ctl', line));

  it('show in the issuing session only', () => {
    const machine = new Machine(module);
    const client = queen('compact', machine);
    client.write('/queen/ctl', '{"bind":{"from":"/log","to":"/shadow"}}');
    client.write('/queen/ctl', '{"mount":{"service":"logs","at":"/a/b"}}');
    expect(client.list('/')).toEqual([...ROOT_NAMES, 'shadow', 'a']);
    expect(client.list('/a')).toEqual(['b']);
    expect(client.list('/a/b')).toEqual(['queen.log']);
    expect(client.read('/shadow/queen.log')).toContain('bound /log -> /shadow');
    expect(client.read('/a/b/queen.log')).toContain('mounted logs at /a/b');
    expect(client.refusal((c) => c.walk('/shadow/nope'))).toBe('NotFound path /shadow/nope not found');
    const other = queen('linux', machine);
    expect(other.list('/')).toEqual(ROOT_NAMES);
    expect(machine.binds).toEqual(['1 /log /shadow']);
    expect(machine.mounts).toEqual(['1 logs /a/b']);
  });

  it('nest, cover what is there, and can be replaced', () => {
    const client = queen('linux');
    client.write('/queen/ctl', '{"bind":{"from":"/proc","to":"/log"}}');
    expect(client.list('/log')).toEqual(client.list('/proc'));
    client.write('/queen/ctl', '{"bind":{"from":"/proc/lifecycle","to":"/log/boot"}}');
    expect(client.list('/log/boot')).toEqual(['reason', 'since', 'state']);
    client.write('/queen/ctl', '{"bind":{"from":"/queen","to":"/log"}}');
    expect(client.list('/log')).toEqual([...client.list('/queen'), 'boot']);
  });

  const table: [string, string][] = [
    ['{"bind":{"from":"log","to":"/x"}}', "Invalid path 'log' must be absolute"],
    ['{"bind":{"from":"/log","to":"x"}}', "Invalid path 'x' must be absolute"],
    ['{"bind":{"from":"/log","to":"/x/cohesix-ticket-00ff.00"}}', 'Invalid path contains a ticket'],
    ['{"bind":{"from":"/log","to":"/x\u009b"}}', "Invalid path '/x\u009b' contains a control character"],
    ['{"bind":{"from":"/proc/../log","to":"/x"}}', "Invalid path '/proc/../log' contains traversal component"],
    ['{"bind":{"from":"/log","to":"/./x"}}', "Invalid path '/./x' contains traversal component"],
    ['{"bind":{"from":"/log/","to":"/x"}}', "Invalid path '/log/' contains empty component"],
    ['{"bind":{"from":"/log","to":"/a\\nb"}}', "Invalid path '/a\nb' contains a control character"],
    ['{"bind":{"from":"/log","to":"/"}}', 'Invalid bind target must not be root'],
    ['{"bind":{"from":"/nope","to":"/x"}}', 'NotFound path /nope not found'],
    ['{"mount":{"service":"logs","at":"/"}}', 'Invalid mount point must not be root'],
    ['{"mount":{"service":"logs","at":"x"}}', "Invalid path 'x' must be absolute"],
    ['{"mount":{"service":"nope","at":"/x"}}', 'NotFound service nope not registered'],
  ];
  it.each(table)('%s', (line, text) => {
    expect(ctl(queen(), line)).toBe(text);
  });

  it('are bounded', () => {
    const client = queen();
    for (let i = 0; i < 8; i++) client.write('/queen/ctl', `{"bind":{"from":"/log","to":"/x${i}"}}`);
    expect(ctl(client, '{"bind":{"from":"/log","to":"/x8"}}')).toBe('Busy session has 8 binds already');
    expect(ctl(client, '{"bind":{"from":"/proc","to":"/x7"}}')).toBe('no refusal');
  });
});
