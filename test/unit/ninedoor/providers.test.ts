// SPDX-License-Identifier: Apache-2.0
/** The core files: what they say, what they do, how they refuse. */
import { beforeAll, describe, expect, it } from 'vitest';
import { nineDoorModule } from './build.ts';
import { Client, eventsOf, type Dialect } from './client.ts';
import { APPEND_OFFSET } from './frames.ts';
import { BOOT_LINES, Machine } from './machine.ts';

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await nineDoorModule();
});

const queen = (machine = new Machine(module), dialect: Dialect = 'compact'): Client =>
  new Client(machine, dialect).attach();
const refusal = (client: Client, path: string, data: string | Uint8Array): string =>
  client.refusal((c) => c.write(path, data));
const logOf = (client: Client): string[] => eventsOf(client.read('/log/queen.log'));
const SPAWN = '{"spawn":"heartbeat","ticks":100}';

describe('/proc/boot and /log/queen.log', () => {
  it('the boot report opens the log', () => {
    const client = queen();
    expect(client.read('/proc/boot')).toBe(BOOT_LINES.map((line) => `${line}\n`).join(''));
    expect(logOf(client).slice(0, 3)).toEqual([
      ...BOOT_LINES,
      'lifecycle transition old=BOOTING new=ONLINE reason=boot-complete',
    ]);
  });

  it('takes what the queen appends, whole lines always', () => {
    const client = queen();
    client.write('/log/queen.log', 'one\ntwo');
    client.write('/log/queen.log', 'three\n');
    expect(logOf(client).slice(-3)).toEqual(['one', 'two', 'three']);
  });

  it('keeps the newest lines; a slow reader goes on at the oldest that is left', () => {
    const client = queen();
    const fid = client.open('/log/queen.log');
    const first = client.readAt(fid, 0n, 10);
    expect(first.toString()).toBe('Cohesix bo');
    for (let i = 0; i < 2100; i++) client.write('/log/queen.log', `line ${i}`);
    const lines = logOf(client);
    expect(lines).toHaveLength(2048);
    expect(lines.at(-1)).toBe('line 2099');
    expect(client.readAt(fid, 10n, 100).toString().split('\n')[0]).toBe('line 52');
    expect(client.readAt(fid, 110n, 8).toString().length).toBe(8);
  });

  it('a follower gets what comes later', () => {
    const client = queen();
    const fid = client.open('/log/queen.log');
    const end = BigInt(client.readAt(fid, 0n).length);
    expect(client.readAt(fid, end)).toHaveLength(0);
    client.write('/log/queen.log', 'news');
    expect(client.readAt(fid, end).toString()).toBe('news\n');
  });
});

describe('/proc/lifecycle and its control file', () => {
  const CTL = '/queen/lifecycle/ctl';
  const state = (client: Client): string =>
    `${client.read('/proc/lifecycle/state')} ${client.read('/proc/lifecycle/reason')}`;

  it('walks through its states', () => {
    const client = queen();
    const walk: [string, string][] = [
      ['cordon', 'state=DRAINING reason=cordon'],
      ['drain', 'state=QUIESCED reason=drain'],
      [' RESUME ', 'state=ONLINE reason=resume'],
      ['quiesce', 'state=QUIESCED reason=quiesce'],
      ['reset', 'state=BOOTING reason=reset'],
      ['resume', 'state=ONLINE reason=resume'],
    ];
    expect(state(client)).toBe('state=ONLINE reason=boot-complete');
    for (const [command, expected] of walk) {
      client.write(CTL, `${command}\n`);
      expect(state(client)).toBe(expected);
    }
    expect(client.read(CTL)).toBe('cordon\ndrain\nRESUME\nquiesce\nreset\nresume\n');
    client.machine.advance(1234n);
    expect(client.read('/proc/lifecycle/since')).toBe('since_ms=1234');
  });

  const allowed: Record<string, string[]> = {
    ONLINE: ['cordon', 'quiesce', 'reset'],
    DRAINING: ['drain', 'quiesce', 'resume', 'reset'],
    QUIESCED: ['resume', 'reset'],
    BOOTING: ['resume'],
  };
  const reach: Record<string, string[]> = {
    ONLINE: [],
    DRAINING: ['cordon'],
    QUIESCED: ['quiesce'],
    BOOTING: ['reset'],
  };
  for (const [from, commands] of Object.entries(allowed)) {
    it.each(['cordon', 'drain', 'quiesce', 'resume', 'reset'])(`from ${from}: %s`, (command) => {
      const client = queen();
      for (const step of reach[from] ?? []) client.write(CTL, step);
      const before = state(client);
      const answer = refusal(client, CTL, command);
      if (commands.includes(command)) expect(answer).toBe('no refusal');
      else {
        expect(answer).toBe('Invalid invalid lifecycle transition');
        expect(state(client)).toBe(before);
        expect(logOf(client).at(-1)).toBe(`lifecycle denied action=${command} state=${from} reason=invalid-transition`);
      }
    });
  }

  const mixed: [string, string, string][] = [
    ['cordon\nbogus\ndrain\n', 'invalid lifecycle command', 'action=bogus state=DRAINING reason=invalid-command'],
    ['cordon\ncordon', 'invalid lifecycle transition', 'action=cordon state=DRAINING reason=invalid-transition'],
  ];
  it.each(mixed)('of lines of which one is refused does none: %j', (text, message, denied) => {
    const client = queen();
    const before = logOf(client).length;
    expect(refusal(client, CTL, text)).toBe(`Invalid ${message}`);
    expect(state(client)).toBe('state=ONLINE reason=boot-complete');
    expect(client.read(CTL)).toBe('');
    expect(logOf(client).slice(before)).toEqual([`lifecycle denied ${denied}`]);
  });

  it('does several lines, each in the state that the one before leads to', () => {
    const client = queen();
    client.write(CTL, 'cordon\n\ndrain\nresume\n');
    expect(state(client)).toBe('state=ONLINE reason=resume');
    expect(client.read(CTL)).toBe('cordon\ndrain\nresume\n');
  });

  it('will not leave workers behind', () => {
    const client = queen();
    client.write('/queen/ctl', SPAWN);
    for (const command of ['quiesce', 'reset']) {
      expect(refusal(client, CTL, command)).toBe('Busy lifecycle outstanding leases 1');
    }
    client.write(CTL, 'cordon');
    expect(refusal(client, CTL, 'drain')).toBe('Busy lifecycle outstanding leases 1');
    expect(logOf(client).at(-1)).toBe(
      'lifecycle denied action=drain state=DRAINING reason=outstanding-leases leases=1',
    );
    client.write('/queen/ctl', '{"kill":"worker-1"}');
    expect(refusal(client, CTL, 'drain')).toBe('no refusal');
  });

  it('closes gates', () => {
    const client = queen();
    client.write('/queen/ctl', SPAWN);
    const gated: [string, string, string, string][] = [
      ['new-work', '/queen/ctl', SPAWN, 'cordon'],
      ['new-work', '/queen/ctl', '{"bind":{"from":"/log","to":"/x"}}', 'cordon'],
    ];
    client.write(CTL, 'cordon');
    for (const [gate, path, line] of gated) {
      expect(refusal(client, path, line)).toBe('Permission EPERM');
      expect(logOf(client).at(-1)).toBe(`lifecycle denied action=${gate} state=DRAINING reason=gate-denied`);
    }
    expect(refusal(client, '/worker/worker-1/telemetry', 'tick 1\n')).toBe('no refusal');
    expect(refusal(client, '/queen/telemetry/d/ctl', '{"new":"segment"}')).toBe('no refusal');
    client.write('/queen/ctl', '{"kill":"worker-1"}');
    client.write(CTL, 'drain');
    expect(refusal(client, '/queen/telemetry/d/ctl', '{"new":"segment"}')).toBe('Permission EPERM');
    expect(logOf(client).at(-1)).toBe('lifecycle denied action=telemetry-ingest state=QUIESCED reason=gate-denied');
  });
});

describe('/queen/ctl', () => {
  const ctl = (line: string): string => refusal(queen(), '/queen/ctl', line);
  const bad = (text: string): string => `Invalid invalid queen command: ${text}`;
  const table: [string, string][] = [
    ['x', bad('expected an object at byte 0')],
    ['{', bad('expected a string at byte 1')],
    ['{}', bad('not one command at byte 2')],
    ['{"spawn":"heartbeat","ticks":1}x', bad('unexpected text after the value at byte 31')],
    ['{"spawn":"heartbeat","ticks":1,}', bad('expected a string at byte 31')],
    ['{"spawn":"heartbeat","ticks":01}', bad('leading zero at byte 31')],
    ['{"spawn":"heartbeat","ticks":-1}', bad('expected a whole number at byte 29')],
    ['{"spawn":"heartbeat","ticks":1.5}', bad('expected a whole number at byte 30')],
    ['{"spawn":"heartbeat","ticks":18446744073709551616}', bad('number out of range at byte 48')],
    ['{"spawn":"heartbeat","ticks":1,"ticks":2}', bad('duplicate field at byte 39')],
    ['{"spawn":"heartbeat","ticks":1,"more":2}', bad('unknown field at byte 38')],
    ['{"spawn":"heartbeat","ticks":1,"kill":"worker-1"}', bad('not one command at byte 49')],
    ['{"spawn":"nope"}', bad('unknown worker kind at byte 15')],
    ['{"spawn":"heartbeat"}', 'Invalid heartbeat spawn requires ticks'],
    ['{"spawn":"gpu"}', 'Invalid gpu spawn requires lease'],
    ['{"spawn":"gpu","lease":{"gpu_id":"GPU-0"}}', bad('missing field in lease at byte 41')],
    [
      '{"spawn":"gpu","lease":{"gpu_id":"GPU-0","mem_mb":1,"streams":0,"ttl_s":1,"priority":0}}',
      'Invalid invalid gpu lease: streams must be at least 1',
    ],
    [
      '{"spawn":"gpu","lease":{"gpu_id":"GPU-0","mem_mb":4096,"streams":2,"ttl_s":120}}',
      'Busy gpu GPU-0 not available: none is published yet',
    ],
    [
      '{"spawn":"gpu","lease":{"gpu_id":"G","mem_mb":1,"streams":256,"ttl_s":1}}',
      bad('number out of range at byte 61'),
    ],
    ['{"kill":"worker-7"}', 'NotFound worker worker-7 not found'],
    ['{"kill":"queen"}', 'NotFound worker queen not found'],
    ['{"kill":"a\\u0000b"}', 'NotFound worker a\0b not found'],
    ['{"kill":"\\ud800"}', bad('lone surrogate at byte 15')],
    ['{"kill":"\\x"}', bad('bad escape at byte 11')],
    ['{"kill":"a\tb"}', bad('control character in a string at byte 11')],
    ['{"kill":"a', bad('unterminated string at byte 10')],
    ['{"budget":{"ttl_s":1,"x":1}}', bad('unknown field at byte 25')],
    ['{"bind":{"from":"/log"}}', bad('missing field at byte 23')],
  ];
  it.each(table)('%s', (line, text) => {
    expect(ctl(line)).toBe(text);
  });

  it('a long refusal is cut between characters', () => {
    const text = ctl(`{"kill":"${'é'.repeat(2000)}"}`);
    expect(text.startsWith('NotFound worker éé')).toBe(true);
    expect(text).not.toContain('\ufffd');
    expect(text.length).toBeGreaterThan(1200);
  });

  it('refuses bytes that are not UTF-8', () => {
    const line = Buffer.from([0x7b, 0xff, 0x7d]);
    expect(refusal(queen(), '/queen/ctl', line)).toBe('Invalid queen command must be UTF-8: invalid utf-8 sequence');
  });

  it('spawns through the root task, with budgets', () => {
    const client = queen();
    client.write('/queen/ctl', '{"spawn":"heartbeat","ticks":100,"budget":{"ttl_s":120,"ops":500}}');
    client.write('/queen/ctl', `\n${SPAWN}\n\n{"budget":{"ttl_s":60}}\n${SPAWN}\n`);
    const unlimited = (1n << 64n) - 1n;
    expect(
      client.machine.spawned.map(({ number, role, ticks, ttl_s, ops }) => [number, role, ticks, ttl_s, ops]),
    ).toEqual([
      [1, 1, 100n, 120n, 500n],
      [2, 1, 100n, unlimited, unlimited],
      [3, 1, 100n, 60n, unlimited],
    ]);
    expect(logOf(client).slice(-4)).toEqual([
      'spawned worker-1 ticks=100 ttl=120 ops=500',
      'spawned worker-2 ticks=100 ttl=∞ ops=∞',
      'updated default budget ttl=60 ops=∞ ticks=∞',
      'spawned worker-3 ticks=100 ttl=60 ops=∞',
    ]);
    expect(client.list('/worker')).toEqual(['worker-1', 'worker-2', 'worker-3']);
    expect(client.list('/shard/13/worker')).toEqual(['worker-1']);
    expect(client.list('/shard/1c/worker')).toEqual(['worker-2']);
  });

  it('reports what the root task refuses, and no number is lost', () => {
    const client = queen();
    client.machine.refuseSpawn = 7;
    expect(refusal(client, '/queen/ctl', SPAWN)).toBe('Busy root task refused the worker');
    client.machine.refuseSpawn = 0;
    client.write('/queen/ctl', SPAWN);
    expect(client.list('/worker')).toEqual(['worker-1']);
    client.machine.refuseKill = 7;
    expect(refusal(client, '/queen/ctl', '{"kill":"worker-1"}')).toBe('Busy root task could not stop the worker');
    expect(client.list('/worker')).toEqual(['worker-1']);
  });

  it('kills what an earlier line spawned', () => {
    const client = queen();
    client.write('/queen/ctl', `${SPAWN}\n{"kill":"worker-1"}\n${SPAWN}`);
    expect(client.machine.killed).toEqual([1]);
    expect(client.list('/worker')).toEqual(['worker-2']);
    expect(client.read('/queen/ctl')).toBe(`${SPAWN}\n{"kill":"worker-1"}\n${SPAWN}\n`);
  });

  const BIND = '{"bind":{"from":"/log","to":"/x"}}';
  const BUDGET = '{"budget":{"ttl_s":1}}';
  const KILL = '{"kill":"worker-1"}';
  const partly: [string, string, string][] = [
    ['a line that is none', `${SPAWN}\n${BUDGET}\n${BIND}\n${KILL}\nnope`, bad('expected an object at byte 0')],
    ['a worker killed twice', `${KILL}\n${KILL}`, 'NotFound worker worker-1 not found'],
    ['a worker that no line spawns', `${SPAWN}\n{"kill":"worker-3"}`, 'NotFound worker worker-3 not found'],
    [
      'a GPU that is not there',
      `${BUDGET}\n{"spawn":"gpu","lease":{"gpu_id":"G","mem_mb":1,"streams":1,"ttl_s":1}}`,
      'Busy gpu G not available: none is published yet',
    ],
    [
      'a bind too many',
      [...'12345678'].map((n) => BIND.replace('/x', `/x${n}`)).join('\n') + `\n${BIND}`,
      'Busy session has 8 binds already',
    ],
    ['a path that is not there', `${BIND}\n{"bind":{"from":"/nope","to":"/y"}}`, 'NotFound path /nope not found'],
    [
      'a service that is not there',
      `${BIND}\n{"mount":{"service":"nope","at":"/y"}}`,
      'NotFound service nope not registered',
    ],
  ];
  it.each(partly)('of lines with %s does none', (_name, text, message) => {
    const client = queen();
    client.write('/queen/ctl', SPAWN);
    const [log, root] = [logOf(client), client.list('/')];
    expect(refusal(client, '/queen/ctl', text)).toBe(message);
    expect(client.machine.spawned).toHaveLength(1);
    expect(client.machine.killed).toEqual([]);
    expect(client.machine.binds).toEqual([]);
    expect(client.list('/')).toEqual(root);
    expect(client.read('/queen/ctl')).toBe(`${SPAWN}\n`);
    expect(logOf(client)).toEqual(log);
    client.write('/queen/ctl', SPAWN);
    expect(client.machine.spawned.at(-1)?.ttl_s, 'the default budget').toBe((1n << 64n) - 1n);
  });

  it('takes back what it did before the root task refused a later line', () => {
    const client = queen();
    client.write('/queen/ctl', SPAWN);
    const root = client.list('/');
    client.machine.refuseSpawnsFrom(3);
    expect(refusal(client, '/queen/ctl', `${BUDGET}\n${BIND}\n${SPAWN}\n${SPAWN}`)).toBe(
      'Busy root task refused the worker',
    );
    expect(client.list('/worker')).toEqual(['worker-1']);
    expect(client.machine.killed).toEqual([2]);
    expect(client.list('/')).toEqual(root);
    expect(logOf(client).at(-1)).toBe('revoked worker-2: killed by queen');
    expect(client.read('/queen/ctl')).toBe(`${SPAWN}\n`);
    client.machine.refuseSpawnsFrom(Infinity);
    client.write('/queen/ctl', SPAWN);
    expect(client.machine.spawned.at(-1)?.ttl_s).toBe((1n << 64n) - 1n);
  });

  it('workers end with their time, or when their domain does', () => {
    const client = queen();
    client.write('/queen/ctl', '{"spawn":"heartbeat","ticks":1,"budget":{"ttl_s":10}}');
    client.write('/queen/ctl', '{"spawn":"heartbeat","ticks":1,"budget":{"ttl_s":20}}');
    client.write('/queen/ctl', SPAWN);
    client.machine.advance(10_000n);
    expect(client.list('/worker')).toEqual(['worker-2', 'worker-3']);
    expect(logOf(client).at(-1)).toBe('revoked worker-1: ticket ttl expired');
    client.machine.advance(9_999n);
    expect(client.list('/worker')).toEqual(['worker-2', 'worker-3']);
    client.machine.exports.workerGone(3);
    client.machine.advance(1n);
    expect(client.list('/worker')).toEqual([]);
    expect(client.machine.killed).toEqual([1, 2]);
  });

  it('the table is bounded, sorted and listed whole', () => {
    const client = queen();
    const most = 256; // places of worker-heartbeat
    for (let i = 0; i < most; i += 40) client.write('/queen/ctl', `${SPAWN}\n`.repeat(Math.min(40, most - i)));
    expect(refusal(client, '/queen/ctl', SPAWN)).toBe('Busy worker table full');
    const all = Array.from({ length: most }, (_, i) => `worker-${i + 1}`).sort();
    expect(client.list('/worker')).toEqual(all);
    const shards = client.list('/shard').map((label) => client.list(`/shard/${label}/worker`));
    expect(shards.flat().sort()).toEqual(all);
    const metrics = client.read('/proc/9p/sessions').split('\n');
    expect(metrics[0]).toBe('sessions total=1 worker=0 shard_bits=8 shard_count=256');
    expect(metrics.slice(1, -1).map((line) => Number(line.split(' ')[2]))).toEqual(shards.map((names) => names.length));
    client.write('/queen/ctl', '{"kill":"worker-100"}');
    client.write('/queen/ctl', SPAWN);
    expect(client.list('/worker')).toEqual(
      [...all.filter((name) => name !== 'worker-100'), `worker-${most + 1}`].sort(),
    );
  });
});

describe('worker telemetry', () => {
  const PATH = '/worker/worker-1/telemetry';
  const SHARD = '/shard/13/worker/worker-1/telemetry';
  const spawned = (): Client => {
    const client = queen();
    client.write('/queen/ctl', SPAWN);
    return client;
  };

  it('is one file under both names', () => {
    const client = spawned();
    client.write(PATH, 'tick 1\n');
    client.write(SHARD, 'tick 2\n');
    expect(client.read(PATH)).toBe('tick 1\ntick 2\n');
    expect(client.read(SHARD)).toBe('tick 1\ntick 2\n');
    const linux = new Client(client.machine, 'linux').attach();
    expect(linux.getattr(PATH).qid).toBe(linux.getattr(SHARD).qid);
  });

  it('takes appends at the end only, up to the ring', () => {
    const client = spawned();
    const fid = client.open(PATH, 0x81);
    expect(client.refusal((c) => c.writeAt(fid, 1n, 'x'))).toBe(
      'Invalid telemetry append offset rejected: expected 0 got 1',
    );
    client.writeAt(fid, 0n, 'abc');
    client.writeAt(fid, 3n, 'def');
    client.writeAt(fid, APPEND_OFFSET, 'ghi');
    expect(client.read(PATH)).toBe('abcdefghi');
    expect(refusal(client, PATH, 'x'.repeat(1025))).toBe('TooBig telemetry frame exceeds ring quota: 1025 > 1024');
    expect(logOf(client).at(-1)).toBe('telemetry quota reject bytes=1025 quota=1024');
    expect(refusal(client, PATH, Buffer.from([0xff]))).toBe(
      'Invalid telemetry frame must be UTF-8 under legacy schema',
    );
  });

  it('wraps, and refuses readers that come too late', () => {
    const client = spawned();
    for (let i = 0; i < 12; i++) client.write(PATH, 'x'.repeat(91));
    expect(logOf(client).at(-1)).toBe('telemetry ring wrap dropped_bytes=68 new_base=68');
    const fid = client.open(PATH);
    expect(client.refusal((c) => c.readAt(fid, 0n))).toBe('Invalid telemetry cursor stale requested=0 rewind_to=68');
    expect(logOf(client).at(-1)).toBe('telemetry cursor stale requested=0 rewind_to=68 retain_on_boot=false');
    expect(client.refusal((c) => c.readAt(fid, 67n))).toBe('Invalid telemetry cursor stale requested=67 rewind_to=68');
    expect(client.readAt(fid, 68n)).toHaveLength(1024);
    expect(client.readAt(fid, 1000n)).toHaveLength(92);
    expect(logOf(client).at(-1)).toBe('telemetry cursor rewind requested=1000 last=1092 bytes=92');
    expect(client.readAt(fid, 2000n)).toHaveLength(0);
    expect(logOf(client).at(-1)).toBe('telemetry cursor clamped requested=2000 end=1092');
    const before = logOf(client).length;
    client.write(PATH, 'y');
    expect(client.readAt(fid, 1092n).toString(), 'the reader stands at the end, not beyond').toBe('y');
    expect(logOf(client).slice(before), 'one line a round').toEqual([]);
    for (let i = 0; i < 12; i++) client.write(PATH, 'x'.repeat(91));
    expect(logOf(client).slice(before)).toEqual(['telemetry ring wrap dropped_bytes=91 new_base=1070']);
  });

  it('takes heartbeats, each for an operation and a tick, until one is used up', () => {
    const [OK, NOT_FOUND, TOO_BIG, REVOKED] = [0, 4, 12, 15];
    const client = queen();
    client.write('/queen/ctl', '{"spawn":"heartbeat","ticks":2}\n{"spawn":"heartbeat","ticks":9,"budget":{"ops":1}}');
    const beat = (number: number, text = 'tick\n'): number => client.machine.beat(number, text);
    expect([beat(1, 'x'.repeat(1025)), beat(7)]).toEqual([TOO_BIG, NOT_FOUND]);
    expect([beat(1), beat(1)]).toEqual([OK, OK]);
    expect(client.read(PATH)).toBe('tick\ntick\n');
    expect([beat(1), beat(1)]).toEqual([REVOKED, NOT_FOUND]);
    expect(logOf(client).at(-1)).toBe('revoked worker-1: tick budget exhausted');
    expect([beat(2), beat(2)]).toEqual([OK, REVOKED]);
    expect(logOf(client).at(-1)).toBe('revoked worker-2: operation budget exhausted');
  });

  it('each reader has a cursor of its own', () => {
    const client = spawned();
    client.write(PATH, 'abc');
    const [one, other] = [client.open(PATH), client.open(PATH)];
    client.readAt(one, 0n);
    const before = logOf(client).length;
    expect(client.readAt(other, 0n).toString()).toBe('abc');
    expect(logOf(client)).toHaveLength(before);
  });

  it('a fid of a worker that is gone finds nothing', () => {
    const client = spawned();
    const fid = client.open(PATH);
    client.write('/queen/ctl', '{"kill":"worker-1"}');
    expect(client.refusal((c) => c.readAt(fid, 0n))).toBe('NotFound worker worker-1 not found');
  });

  it('leaves a trace', () => {
    const client = spawned();
    const events = client.read('/proc/worker-1/trace').split('\n').slice(0, -1);
    expect(events.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(['spawned']);
  });
});
