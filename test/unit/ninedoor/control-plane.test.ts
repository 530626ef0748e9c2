// SPDX-License-Identifier: Apache-2.0
/** The queen's control planes: schedule, leases, export windows, and what /proc shows of them. */
import { beforeAll, describe, expect, it } from 'vitest';
import { nineDoorModule } from './build.ts';
import { Client, eventsOf } from './client.ts';
import { Machine } from './machine.ts';
import { KEYS, mint } from './tickets.ts';

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await nineDoorModule();
});

const ENTRIES = 64;
const queen = (): Client => new Client(new Machine(module, { keys: KEYS })).attach();
const ctl = (plane: string): string => `/queen/${plane}/ctl`;
const line = (fields: object): string => `${JSON.stringify(fields)}\n`;
const refusal = (client: Client, plane: string, text: string): string =>
  client.refusal((c) => c.write(ctl(plane), text));
const limits = (client: Client): string[] => client.read('/proc/limits').split('\n');
const lastEvent = (client: Client): string | undefined => eventsOf(client.read('/log/queen.log')).at(-1);

const entry = (id: string, priority = 1, more: object = {}): string =>
  line({ id, role: 'worker-gpu', priority, ticks: 2, budget_ms: 30, ...more });
const dequeue = (id: string): string => line({ op: 'dequeue', id });
const grant = (id: string, more: object = {}): string =>
  line({ op: 'grant', id, subject: 'queen', resource: 'gpu0', ttl_s: 300, priority: 5, ...more });
const preempt = (id: string, reason = 'timeout'): string => line({ op: 'preempt', id, reason });
const quota = (more: object = {}): string =>
  line({ op: 'quota', subject: 'queen', resource: 'gpu0', max_active: 1, max_preemptions: 1, ...more });
const open = (id: string, ttl_s = 900): string => line({ op: 'open', id, ttl_s });

const longest = (bytes: number): string => 'x'.repeat(bytes);
const token = (label: string): string => `Invalid ${label} must be alphanumeric, '-' or '_'`;
const extended = (label: string): string => `Invalid ${label} must be alphanumeric, '-', '_', '.', or ':'`;

describe('refusals change nothing', () => {
  it.each([
    ['schedule', 'x', 'Invalid invalid schedule control entry: expected an object at byte 0'],
    ['schedule', entry('a', 1, { more: 1 }), "Invalid invalid schedule control entry: unknown field 'more' at byte 75"],
    ['schedule', line({ id: 'a' }), "Invalid invalid schedule control entry: missing field 'role'"],
    ['schedule', entry('', 1), 'Invalid schedule id must not be empty'],
    ['schedule', entry(longest(65)), 'Invalid schedule id exceeds max length 64'],
    ['schedule', entry('a.b'), token('schedule id')],
    ['schedule', entry('a', 1, { role: '' }), 'Invalid schedule role must not be empty'],
    ['schedule', entry('a', 1, { role: longest(17) }), 'Invalid schedule role exceeds max length 16'],
    ['schedule', entry('a', 1, { role: 'é' }), token('schedule role')],
    ['schedule', entry('a', 1, { ticks: 0 }), 'Invalid schedule ticks and budget_ms must be > 0'],
    ['schedule', entry('a', 1, { budget_ms: 0 }), 'Invalid schedule ticks and budget_ms must be > 0'],
    ['schedule', `${entry('a')}${entry('a')}`, 'Invalid schedule id already exists'],
    ['schedule', dequeue('a'), 'Invalid schedule id not found'],
    ['schedule', `${entry('a', 1)}${entry('b', 2)}${dequeue('a')}`, 'Invalid schedule id is not the head of the queue'],
    [
      'schedule',
      line({ op: 'dequeu', id: 'a' }),
      "Invalid invalid schedule control entry: unknown word 'op' at byte 14",
    ],
    ['schedule', entry('a', 1, { op: 'dequeue' }), "Invalid invalid schedule control entry: unknown field 'role'"],
    ['lease', '[]', 'Invalid invalid lease control entry: expected an object at byte 0'],
    ['lease', line({ op: 'take', id: 'a' }), "Invalid invalid lease control entry: unknown word 'op' at byte 12"],
    ['lease', line({ op: 'preempt', id: 'a' }), "Invalid invalid lease control entry: missing field 'reason'"],
    [
      'lease',
      line({ op: 'renew', id: 'a', ttl_s: 1 }),
      "Invalid invalid lease control entry: missing field 'priority'",
    ],
    ['lease', grant('a', { reason: 'b' }), "Invalid invalid lease control entry: unknown field 'reason'"],
    ['lease', grant(longest(33)), 'Invalid lease id exceeds max length 32'],
    ['lease', grant('a', { subject: longest(33) }), 'Invalid lease subject exceeds max length 32'],
    ['lease', grant('a', { subject: 'a:b' }), token('lease subject')],
    ['lease', grant('a', { resource: longest(49) }), 'Invalid lease resource exceeds max length 48'],
    ['lease', grant('a', { resource: 'a/b' }), extended('lease resource')],
    ['lease', grant('a', { resource: '..' }), "Invalid lease resource must not be '.' or '..'"],
    ['lease', grant('a', { ttl_s: 0 }), 'Invalid lease ttl_s must be > 0'],
    ['lease', `${grant('a')}${grant('a')}`, 'Invalid lease id already exists'],
    ['lease', line({ op: 'renew', id: 'a', ttl_s: 1, priority: 0 }), 'Invalid lease id not found'],
    ['lease', preempt('a'), 'Invalid lease id not found'],
    ['lease', `${grant('a')}${preempt('a', longest(25))}`, 'Invalid lease reason exceeds max length 24'],
    ['lease', quota({ max_active: 0 }), 'Invalid lease quota values must be > 0'],
    ['lease', `${quota()}${grant('a')}${grant('b')}`, 'Busy lease quota exceeded'],
    ['lease', `${grant('a')}${grant('b')}${quota()}${preempt('a')}${preempt('b')}`, 'Busy lease quota exceeded'],
    ['export', '', 'no refusal'],
    ['export', open('a', 0), 'Invalid export ttl_s must be > 0'],
    ['export', open('a.b'), token('export id')],
    ['export', open(longest(65)), 'Invalid export id exceeds max length 64'],
    ['export', line({ op: 'close', id: 'a', reason: 'done' }), 'Invalid export id not found'],
    ['export', `${open('a')}${line({ op: 'close', id: 'a', reason: '' })}`, 'Invalid export reason must not be empty'],
    ['export', line({ op: 'open', id: 'a' }), "Invalid invalid export control entry: missing field 'ttl_s'"],
    ['export', line({ op: 'close', id: 'a' }), "Invalid invalid export control entry: missing field 'reason'"],
    ['export', ' '.repeat(2049), 'TooBig export control exceeds max bytes 2048'],
  ])('%s %#', (plane, text, expected) => {
    const client = queen();
    const files = [ctl(plane), '/proc/schedule/summary', '/proc/lease/summary', '/proc/lease/active'];
    const before = files.map((file) => client.read(file));
    expect(refusal(client, plane, text)).toBe(expected);
    expect(files.map((file) => client.read(file))).toEqual(before);
  });

  it.each(['schedule', 'lease', 'export'])('%s is the queen’s', (plane) => {
    const client = queen();
    client.write('/queen/ctl', '{"spawn":"heartbeat","ticks":1}');
    const worker = new Client(client.machine).attach('worker-heartbeat', mint({ role: 1, subject: 'worker-1' }));
    expect(refusal(worker, plane, 'x')).toMatch(/^Permission access to \/queen/);
  });
});

it('what the manifest switches off is not there; a view without room for one line says so', async () => {
  const constants = {
    CONTROL_PLANE_SCHEDULE_ENABLE: 'false',
    CONTROL_PLANE_EXPORT_ENABLE: 'false',
    CONTROL_PLANE_LEASE_ACTIVE_BYTES: 64,
    CONTROL_PLANE_LEASE_PREEMPTIONS_BYTES: 64,
  };
  const client = new Client(new Machine(await nineDoorModule({ constants }))).attach();
  expect(client.list('/queen')).toEqual(['ctl', 'lease', 'lifecycle', 'telemetry']);
  expect(client.list('/proc')).not.toContain('schedule');
  expect(refusal(client, 'schedule', entry('a'))).toBe('NotFound path /queen/schedule/ctl not found');
  expect(limits(client).filter((text) => /^(schedule|export-windows) /.test(text))).toEqual([]);
  client.write(ctl('lease'), grant(longest(32)) + grant('b') + preempt('b', longest(24)));
  const tooBig = (view: string): string => `TooBig proc/lease/${view} exceeds max bytes 64`;
  for (const view of ['active', 'preemptions']) {
    expect(client.refusal((c) => c.read(`/proc/lease/${view}`))).toBe(tooBig(view));
  }
});

describe('schedule', () => {
  it('is taken by priority, then in order', () => {
    const client = queen();
    client.write(ctl('schedule'), entry('a', 1) + entry('b', 9) + entry('c', 9) + entry('d', 0));
    const shown = (): string[] => client.read('/proc/schedule/queue').split('\n').slice(0, -1);
    expect(shown()).toEqual([
      'id=b role=worker-gpu priority=9 ticks=2 budget_ms=30 seq=2',
      'id=c role=worker-gpu priority=9 ticks=2 budget_ms=30 seq=3',
      'id=a role=worker-gpu priority=1 ticks=2 budget_ms=30 seq=1',
      'id=d role=worker-gpu priority=0 ticks=2 budget_ms=30 seq=4',
    ]);
    client.write(ctl('schedule'), dequeue('b') + dequeue('c') + entry('e', 5));
    expect(shown().map((text) => text.split(' ')[0])).toEqual(['id=e', 'id=a', 'id=d']);
    expect(client.read('/proc/schedule/summary')).toBe('queue=3 dequeued=2 dropped=0 max_entries=64\n');
    expect(client.read(ctl('schedule')).split('\n')).toHaveLength(8);
  });

  it('is bounded, and shows whole entries only', () => {
    const client = queen();
    for (let i = 0; i < ENTRIES; i++)
      client.write(ctl('schedule'), entry(`${longest(61)}-${i % 10}${i < 10 ? '' : i}`.slice(-64)));
    expect(refusal(client, 'schedule', entry('more'))).toBe('TooBig schedule queue full');
    expect(refusal(client, 'schedule', dequeue('none'))).toBe('Invalid schedule id not found');
    expect(client.read('/proc/schedule/summary')).toBe('queue=64 dequeued=0 dropped=1 max_entries=64\n');
    expect(limits(client)).toContain('schedule used=64 max=64 refused=1');
    const shown = client.read('/proc/schedule/queue');
    expect(shown.endsWith('\n')).toBe(true);
    expect(shown.split('\n').slice(0, -1)).toHaveLength(Math.floor(256 / shown.indexOf('\n')));
    expect(client.read(ctl('schedule')).length).toBeLessThanOrEqual(8192);
  });
});

describe('lease', () => {
  it('is granted, renewed and preempted', () => {
    const client = queen();
    client.write(ctl('lease'), grant('a') + grant('b', { resource: 'gpu:1.x' }));
    client.write(ctl('lease'), line({ op: 'renew', id: 'a', ttl_s: 600, priority: 6 }));
    expect(client.read('/proc/lease/active')).toBe(
      'id=a subject=queen resource=gpu0 ttl_s=600 priority=6 state=ACTIVE seq=3\n' +
        'id=b subject=queen resource=gpu:1.x ttl_s=300 priority=5 state=ACTIVE seq=2\n',
    );
    client.write(ctl('lease'), preempt('a'));
    expect(client.read('/proc/lease/preemptions')).toBe('id=a subject=queen resource=gpu0 reason=timeout seq=4\n');
    expect(client.read('/proc/lease/summary')).toBe(
      'active=1 preemptions=1 quotas=0 max_active=64 max_preemptions=64\n',
    );
  });

  it('ends with its time, and says so', () => {
    const client = queen();
    client.write(ctl('lease'), grant('a', { ttl_s: 10 }) + grant('b', { ttl_s: 4_294_967_295 }));
    client.machine.advance(9_999n);
    expect(client.read('/proc/lease/summary')).toMatch(/^active=2 /);
    client.machine.advance(1n);
    expect(lastEvent(client)).toBe('lease expired id=a subject=queen resource=gpu0');
    expect(client.read('/proc/lease/summary')).toMatch(/^active=1 /);
    expect(client.read('/proc/lease/active')).toMatch(/^id=b /);
  });

  it('is bounded by quotas of its subject and resource, which can be changed', () => {
    const client = queen();
    client.write(ctl('lease'), quota({ max_active: 2, max_preemptions: 1 }));
    client.write(ctl('lease'), grant('a') + grant('b') + grant('other', { resource: 'gpu1' }));
    expect(refusal(client, 'lease', grant('c'))).toBe('Busy lease quota exceeded');
    client.write(ctl('lease'), preempt('a') + grant('c'));
    expect(refusal(client, 'lease', preempt('b'))).toBe('Busy lease quota exceeded');
    client.write(ctl('lease'), preempt('other') + quota({ max_active: 3, max_preemptions: 2 }) + preempt('b'));
    expect(client.read('/proc/lease/summary')).toBe(
      'active=1 preemptions=3 quotas=1 max_active=64 max_preemptions=64\n',
    );
  });

  it('tables are bounded; of preemptions the oldest go', () => {
    const client = queen();
    for (let i = 0; i < ENTRIES; i++) client.write(ctl('lease'), grant(`l${i}`) + quota({ resource: `r${i}` }));
    expect(refusal(client, 'lease', grant('more'))).toBe('TooBig lease active list full');
    expect(refusal(client, 'lease', quota({ resource: 'more' }))).toBe('TooBig lease quota list full');
    expect(limits(client)).toContain('leases used=64 max=64 refused=1');
    expect(limits(client)).toContain('lease-quotas used=64 max=64 refused=1');
    client.write(ctl('lease'), quota({ resource: 'r0', max_active: 9 }));
    for (let i = 0; i < ENTRIES; i++) client.write(ctl('lease'), preempt(`l${i}`));
    client.write(ctl('lease'), grant('x') + preempt('x', 'last'));
    expect(client.read('/proc/lease/summary')).toBe(
      `active=0 preemptions=65 quotas=64 max_active=64 max_preemptions=64\n`,
    );
    const shown = client.read('/proc/lease/preemptions');
    expect(shown.endsWith('id=x subject=queen resource=gpu0 reason=last seq=130\n')).toBe(true);
    expect(shown.length).toBeLessThanOrEqual(256);
    expect(client.read('/proc/lease/active')).toBe('');
  });
});

describe('export', () => {
  it('windows open, stay open when they are opened again, close, and end', () => {
    const client = queen();
    client.write(ctl('export'), open('w', 10));
    client.machine.advance(5_000n);
    client.write(ctl('export'), open('w', 10) + open('v', 100));
    client.machine.advance(5_000n);
    client.write(ctl('export'), line({ op: 'close', id: 'v', reason: 'window-complete' }));
    client.machine.advance(5_000n);
    expect(lastEvent(client)).toBe('export window expired id=w');
    expect(refusal(client, 'export', line({ op: 'close', id: 'w', reason: 'late' }))).toBe(
      'Invalid export id not found',
    );
  });

  it('a write as long as what is kept is read back, with or without a newline at its end', () => {
    const client = queen();
    const text = open('w').trimEnd();
    const inner = (bytes: number): string => text.replace(':"open"', `:${' '.repeat(bytes - text.length)}"open"`);
    for (const full of [`${inner(2047)}\n`, inner(2047)]) {
      expect(refusal(client, 'export', full)).toBe('no refusal');
      expect(client.read(ctl('export'))).toBe(`${full.trimEnd()}\n`);
    }
    expect(refusal(client, 'export', inner(2048))).toBe('TooBig export control exceeds max bytes 2048');
    expect(client.read(ctl('export'))).toBe(`${inner(2047)}\n`);
  });

  it('windows are bounded', () => {
    const client = queen();
    for (let i = 0; i < ENTRIES; i++) client.write(ctl('export'), open(`w${i}`));
    expect(refusal(client, 'export', open('more'))).toBe('TooBig export window list full');
    expect(limits(client)).toContain('export-windows used=64 max=64 refused=1');
    client.write(ctl('export'), open('w63', 1));
    const kept = client.read(ctl('export'));
    expect(kept.length).toBeLessThanOrEqual(2048);
    expect(kept.endsWith(open('w63', 1))).toBe(true);
  });
});
