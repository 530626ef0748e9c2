// SPDX-License-Identifier: Apache-2.0
/** GPUs: registered by the host, leased by spawn, released with their worker. */
import { beforeAll, describe, expect, it } from 'vitest';
import { nineDoorModule } from './build.ts';
import { Client, eventsOf } from './client.ts';
import { Machine } from './machine.ts';
import { KEYS, mint } from './tickets.ts';

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await nineDoorModule();
});

const GPU = 2;
// Codes of ninedoor/wire/errors.ts.
const BUSY = 7;
const INVALID = 9;
const TOO_BIG = 12;
const INFO = '{\n    "id": "GPU-0"\n}';
const spawn = (id = 'GPU-0', rest = ''): string =>
  `{"spawn":"gpu","lease":{"gpu_id":"${id}","mem_mb":4096,"streams":2,"ttl_s":120,"priority":3}${rest}}`;

function withGpus(): Client {
  const machine = new Machine(module, { keys: KEYS });
  expect(machine.seedGpu('GPU-1', 8192)).toBe(0);
  expect(machine.seedGpu('GPU-0', 24576, 4, INFO)).toBe(0);
  return new Client(machine).attach();
}
const refusal = (client: Client, line: string): string => client.refusal((c) => c.write('/queen/ctl', line));
const lines = (client: Client, path: string): string[] => client.read(path).split('\n').slice(0, -1);
const lastEvent = (client: Client): string | undefined => eventsOf(client.read('/log/queen.log')).at(-1);
const lease = (state: string, worker: string): string =>
  `{"schema":"gpu-lease/v1","state":"${state}","gpu_id":"GPU-0","worker_id":"${worker}","mem_mb":4096,"streams":2,"ttl_s":120,"priority":3}`;

describe('the tree', () => {
  it('has no /gpu before there is a GPU', () => {
    const client = new Client(new Machine(module)).attach();
    expect(client.list('/')).not.toContain('gpu');
    expect(client.refusal((c) => c.walk('/gpu'))).toBe('NotFound path /gpu not found');
    client.machine.seedGpu('GPU-0', 1);
    expect(client.list('/')).toContain('gpu');
  });

  it.each(['compact', 'linux', 'classic'] as const)('%s: lists GPUs in byte order, and their files', (dialect) => {
    const { machine } = withGpus();
    const client = new Client(machine, dialect).attach();
    if (dialect !== 'classic') {
      expect(client.list('/gpu')).toEqual(['GPU-0', 'GPU-1']);
      expect(client.list('/gpu/GPU-0')).toEqual(['ctl', 'info', 'lease', 'status']);
    }
    expect(client.read('/gpu/GPU-0/info')).toBe(INFO);
    expect(client.read('/gpu/GPU-1/info')).toBe('');
    expect(client.read('/gpu/GPU-0/ctl')).toBe('LEASE GPU-0\n');
  });

  it('takes a known GPU anew with its lease, and refuses what is none', () => {
    const client = withGpus();
    client.write('/queen/ctl', spawn());
    expect(client.machine.seedGpu('GPU-0', 100, 1, 'new')).toBe(0);
    expect(client.read('/gpu/GPU-0/info')).toBe('new');
    expect(client.read('/gpu/GPU-0/ctl')).toBe('LEASE GPU-0\nLEASE worker-1 mem=4096 streams=2 priority=3\n');
    expect(refusal(client, spawn())).toBe('Busy gpu GPU-0 already leased');
    const bad = ['', '.', '..', 'a/b', 'a\nb', 'x'.repeat(65)];
    expect(bad.map((name) => client.machine.seedGpu(name, 1))).toEqual(bad.map(() => INVALID));
    expect(client.machine.seedGpu('GPU-2', 1, 0, 'x'.repeat(1025))).toBe(TOO_BIG);
    for (let i = 2; i < 16; i++) expect(client.machine.seedGpu(`gpu ${i}`, 1)).toBe(0);
    expect(client.machine.seedGpu('one too many', 1)).toBe(BUSY);
    expect(client.list('/gpu')).toHaveLength(16);
  });

  it('takes lines that the queen appends, all of a write or none', () => {
    const client = withGpus();
    const append = (file: string, text: string): string => client.refusal((c) => c.write(`/gpu/GPU-1/${file}`, text));
    expect(append('ctl', 'PRIORITY 1\n')).toBe('no refusal');
    expect(append('status', '{"job":"j","state":"QUEUED"}\n{"a":[1]}\n')).toBe('no refusal');
    expect(append('status', '{"ok":1}\nnope')).toBe('Invalid invalid gpu status entry: expected an object at byte 0');
    expect(append('status', '{"ok":1}x')).toBe(
      'Invalid invalid gpu status entry: unexpected text after the value at byte 8',
    );
    expect(append('lease', '[]')).toBe('Invalid invalid gpu lease entry: expected an object at byte 0');
    expect(append('ctl', 'one\ntwo\x1b')).toBe('Invalid gpu ctl line must be UTF-8 text');
    expect(append('ctl', 'x'.repeat(1024))).toBe('TooBig gpu line exceeds 1023 bytes');
    expect(append('info', 'x')).toBe('Permission access to /gpu/GPU-1/info denied');
    expect(lines(client, '/gpu/GPU-1/ctl')).toEqual(['LEASE GPU-1', 'PRIORITY 1']);
    expect(lines(client, '/gpu/GPU-1/status')).toEqual(['{"job":"j","state":"QUEUED"}', '{"a":[1]}']);
  });

  it('keeps the newest lines', () => {
    const client = withGpus();
    for (let i = 0; i < 300; i++) client.write('/gpu/GPU-1/ctl', `PRIORITY ${i}`);
    const kept = lines(client, '/gpu/GPU-1/ctl');
    expect(kept.at(-1)).toBe('PRIORITY 299');
    expect(kept.join('\n').length).toBeLessThan(1024);
    expect(kept).toEqual(kept.map((_, i) => `PRIORITY ${300 - kept.length + i}`));
  });
});

describe('spawn gpu', () => {
  it('leases, with the lease’s own budget', () => {
    const client = withGpus();
    client.write('/queen/ctl', spawn());
    expect(client.machine.spawned).toEqual([
      {
        ...{ number: 1, role: GPU, ticks: (1n << 64n) - 1n, ops: 16n, ttl_s: 120n },
        ...{ mem_mb: 4096, streams: 2, priority: 3, gpu: 'GPU-0' },
      },
    ]);
    expect(lastEvent(client)).toBe('spawned worker-1 gpu=GPU-0 ttl=120 streams=2');
    expect(lines(client, '/gpu/GPU-0/ctl')).toEqual(['LEASE GPU-0', 'LEASE worker-1 mem=4096 streams=2 priority=3']);
    expect(lines(client, '/gpu/GPU-0/lease')).toEqual([lease('ACTIVE', 'worker-1')]);
    expect(client.read('/gpu/GPU-0/status')).toBe('');
    expect(client.list('/worker')).toEqual(['worker-1']);
  });

  const refused: [string, string, string][] = [
    ['a GPU that is not there', spawn('GPU-7'), 'NotFound gpu GPU-7 not registered'],
    [
      'no streams',
      spawn().replace('"streams":2', '"streams":0'),
      'Invalid invalid gpu lease: streams must be at least 1',
    ],
    [
      'too many streams',
      spawn().replace('"streams":2', '"streams":5'),
      'Invalid invalid gpu lease: streams 5 exceeds 4',
    ],
    ['too much memory', spawn().replace('4096', '24577'), 'Invalid invalid gpu lease: mem_mb 24577 exceeds 24576'],
    ['a lease twice', `${spawn()}\n${spawn()}`, 'Busy gpu GPU-0 already leased'],
    ['ticks', spawn('GPU-0', ',"ticks":1'), 'Invalid invalid queen command: gpu spawn takes no ticks'],
  ];
  it.each(refused)('refuses %s, and nothing is left of it', (_name, text, message) => {
    const client = withGpus();
    expect(refusal(client, text)).toBe(message);
    expect(client.list('/worker')).toEqual([]);
    expect(client.machine.spawned).toEqual([]);
    expect(client.read('/gpu/GPU-0/lease')).toBe('');
    expect(refusal(client, spawn())).toBe('no refusal');
    expect(client.list('/worker'), 'no number was used').toEqual(['worker-1']);
  });

  it('leaves nothing behind when the root task refuses', () => {
    const client = withGpus();
    client.machine.refuseSpawn = 7;
    expect(refusal(client, spawn())).toBe('Busy root task refused the worker');
    client.machine.refuseSpawn = 0;
    expect(client.read('/gpu/GPU-0/lease')).toBe('');
    expect(refusal(client, spawn())).toBe('no refusal');
  });

  it('two GPUs, and one again after a kill in the same write', () => {
    const client = withGpus();
    client.write('/queen/ctl', `${spawn()}\n${spawn('GPU-1')}`);
    client.write('/queen/ctl', `{"kill":"worker-1"}\n${spawn()}`);
    expect(client.list('/worker')).toEqual(['worker-2', 'worker-3']);
    expect(lines(client, '/gpu/GPU-0/lease')).toEqual([
      lease('ACTIVE', 'worker-1'),
      lease('RELEASED', 'worker-1'),
      lease('ACTIVE', 'worker-3'),
    ]);
  });

  it('a budget of its own replaces operations; the lease still bounds the time', () => {
    const client = withGpus();
    client.write('/queen/ctl', spawn('GPU-0', ',"budget":{"ops":500}'));
    client.write('/queen/ctl', spawn('GPU-1', ',"budget":{"ttl_s":5}'));
    expect(client.machine.spawned.map(({ ops, ttl_s }) => [ops, ttl_s])).toEqual([
      [500n, 120n],
      [(1n << 64n) - 1n, 5n],
    ]);
  });
});

describe('a lease ends', () => {
  const released = (client: Client, reason: string): void => {
    expect(lines(client, '/gpu/GPU-0/ctl').at(-1)).toBe(`RELEASE worker-1 ${reason}`);
    expect(lines(client, '/gpu/GPU-0/lease').at(-1)).toBe(lease('RELEASED', 'worker-1'));
    expect(lines(client, '/gpu/GPU-0/status')).toEqual([
      `{"job":"worker-1","state":"LEASE-ENDED","detail":"${reason}"}`,
    ]);
    expect(client.list('/worker')).toEqual([]);
    expect(refusal(client, spawn())).toBe('no refusal');
    expect(client.list('/worker')).toEqual(['worker-2']);
  };
  const leased = (): Client => {
    const client = withGpus();
    client.write('/queen/ctl', spawn());
    return client;
  };
  const worker = (client: Client): Client =>
    new Client(client.machine).attach('worker-gpu', mint({ role: GPU, subject: 'worker-1' }));

  it('with a kill', () => {
    const client = leased();
    client.write('/queen/ctl', '{"kill":"worker-1"}');
    expect(lastEvent(client)).toBe('killed worker-1');
    released(client, 'killed by queen');
  });

  it('with its time', () => {
    const client = leased();
    client.machine.advance(119_999n);
    expect(client.list('/worker')).toEqual(['worker-1']);
    client.machine.advance(1n);
    expect(lastEvent(client)).toBe('revoked worker-1: ticket ttl expired');
    released(client, 'ticket ttl expired');
  });

  it('with its operations', () => {
    const client = leased();
    const own = worker(client);
    for (let i = 0; i < 16; i++) own.walk('/gpu');
    expect(own.refusal((c) => c.walk('/gpu'))).toBe('Closed operation budget exhausted');
    expect(lastEvent(client)).toBe('revoked worker-1: operation budget exhausted');
    released(client, 'operation budget exhausted');
  });

  it('with its domain', () => {
    const client = leased();
    client.machine.exports.workerGone(1);
    expect(lastEvent(client)).toBe('revoked worker-1: worker stopped');
    released(client, 'worker stopped');
  });
});

describe('the view of a worker that leases a GPU', () => {
  const leased = (): Client => {
    const boss = withGpus();
    boss.write('/queen/ctl', `${spawn('GPU-0', ',"budget":{}')}\n{"spawn":"heartbeat","ticks":1}`);
    return boss;
  };
  const attach = (boss: Client): Client =>
    new Client(boss.machine).attach('worker-gpu:worker-1', mint({ role: GPU, subject: 'worker-1' }));

  it('is its GPU, its telemetry and what all workers see', () => {
    const client = attach(leased());
    expect(client.list('/')).toEqual(['gpu', 'log', 'proc', 'shard', 'worker']);
    expect(client.list('/gpu')).toEqual(['GPU-0']);
    expect(client.list('/gpu/GPU-0')).toEqual(['ctl', 'info', 'status']);
    expect(client.read('/gpu/GPU-0/info')).toBe(INFO);
    expect(client.read('/gpu/GPU-0/ctl')).toContain('LEASE worker-1');
    client.write('/worker/worker-1/telemetry', 'x');
    for (const path of ['/gpu/GPU-1', '/gpu/GPU-0/lease', '/queen']) {
      expect(client.refusal((c) => c.walk(path))).toBe(`Permission access to ${path} denied`);
    }
    for (const file of ['ctl', 'status']) {
      const path = `/gpu/GPU-0/${file}`;
      expect(client.refusal((c) => c.write(path, '{}'))).toBe(`Permission access to ${path} denied`);
    }
  });

  it('is not that of other workers', () => {
    const boss = leased();
    const other = new Client(boss.machine).attach('worker-heartbeat', mint({ role: 1, subject: 'worker-2' }));
    expect(other.list('/')).toEqual(['log', 'proc', 'shard', 'worker']);
    expect(other.refusal((c) => c.walk('/gpu/GPU-0'))).toBe('Permission access to /gpu/GPU-0 denied');
    const wrong = new Client(boss.machine);
    expect(wrong.refusal((c) => c.attach('worker-heartbeat:worker-1', mint({ role: 1, subject: 'worker-1' })))).toBe(
      'Invalid worker-heartbeat role does not match GPU worker',
    );
  });
});
