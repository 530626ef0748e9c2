// SPDX-License-Identifier: Apache-2.0
/** Every table has the size that the manifest gives it, a refusal when it is full, and a line in /proc/limits. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { constant, nineDoorModule } from './build.ts';
import { Client, type Dialect } from './client.ts';
import { frame, NO_FID, parseReply, u16, u32, u64, u8 } from './frames.ts';
import { Machine } from './machine.ts';
import { KEYS, mint } from './tickets.ts';

const SMALL = {
  SESSIONS_MAX: 6,
  SESSIONS_RESERVED_FOR_QUEEN: 2,
  SESSIONS_FIDS_PER_SESSION: 16,
  SESSIONS_PER_TICKET: 5,
  SESSIONS_MAX_BINDS: 2,
  WORKERS_MAX: 4,
  WORKER_PLACES: '[0, 3, 1, 0, 0]',
};
const LARGE = {
  SESSIONS_MAX: 1024,
  NETWORK_MAX_CONNECTIONS: 1024,
  SESSIONS_PER_TICKET: 1024,
  SESSIONS_FIDS_PER_SESSION: 1024,
  SESSIONS_MAX_BINDS: 64,
};

let usual: WebAssembly.Module;
let small: WebAssembly.Module;
let large: WebAssembly.Module;
beforeAll(async () => {
  [usual, small, large] = await Promise.all([
    nineDoorModule(),
    nineDoorModule({ constants: SMALL }),
    nineDoorModule({ constants: LARGE, memory_bytes: 128 << 20 }),
  ]);
}, 600_000);

const SPAWN = '{"spawn":"heartbeat","ticks":100}';
const start = (module: WebAssembly.Module): Machine => new Machine(module, { keys: KEYS });
const limitsOf = (client: Client): string[] => client.read('/proc/limits').split('\n').slice(0, -1);
const limit = (client: Client, name: string): string | undefined =>
  limitsOf(client).find((line) => line.startsWith(`${name} `));
const attachWorker = (on: Machine, number = 1): Client =>
  new Client(on).attach('worker-heartbeat', mint({ role: 1, subject: `worker-${number}` }));

describe('/proc/limits', () => {
  it('names every table', () => {
    const client = new Client(start(usual)).attach();
    const [sessions, reserved] = [constant('SESSIONS_MAX'), constant('SESSIONS_RESERVED_FOR_QUEEN')];
    const reachable = Math.min(sessions, constant('NETWORK_MAX_CONNECTIONS'));
    expect(limitsOf(client)).toEqual([
      `sessions used=1 max=${sessions} refused=0`,
      `worker-sessions used=0 max=${reachable - reserved} refused=0`,
      `sessions-per-ticket used=0 max=${constant('SESSIONS_PER_TICKET')} refused=0`,
      `fids-per-session used=2 max=${constant('SESSIONS_FIDS_PER_SESSION')} refused=0`,
      `binds-per-session used=0 max=${constant('SESSIONS_MAX_BINDS')} refused=0`,
      `locks-per-session used=0 max=${constant('SESSIONS_LOCKS_PER_SESSION')} refused=0`,
      `locks used=0 max=${constant('SESSIONS_MAX_LOCKS')} refused=0`,
      'worker-heartbeat used=0 max=256 refused=0',
      'worker-gpu used=0 max=8 refused=0',
      'worker-bus used=0 max=8 refused=0',
      'worker-lora used=0 max=8 refused=0',
      'gpus used=0 max=16 refused=0',
      'telemetry-devices used=0 max=16 refused=0',
      'schedule used=0 max=64 refused=0',
      'leases used=0 max=64 refused=0',
      'lease-quotas used=0 max=64 refused=0',
      'export-windows used=0 max=64 refused=0',
    ]);
  });

  it('is the queen’s', () => {
    const on = start(usual);
    new Client(on).attach().write('/queen/ctl', SPAWN);
    expect(attachWorker(on).refusal((c) => c.walk('/proc/limits'))).toBe('Permission access to /proc/limits denied');
  });
});

describe('sessions', () => {
  it('are as many as the manifest says', () => {
    const on = start(small);
    const boss = new Client(on).attach();
    for (let i = 1; i < 6; i++) expect(on.open()).not.toBe(0);
    expect(on.open()).toBe(0);
    expect(on.open()).toBe(0);
    expect(limit(boss, 'sessions')).toBe('sessions used=6 max=6 refused=2');
    on.close(3);
    expect(on.open()).toBe(7);
  });

  it('that are reserved are the queen’s, in every dialect', () => {
    const on = start(small);
    const boss = new Client(on).attach();
    boss.write('/queen/ctl', SPAWN);
    const workers = Array.from({ length: 4 }, () => attachWorker(on));
    const late = new Client(on);
    const full = 'Busy the sessions that are left are for the queen';
    expect(late.refusal((c) => c.attach('worker-heartbeat', mint({ role: 1, subject: 'worker-1' })))).toBe(full);
    expect(limit(boss, 'worker-sessions')).toBe('worker-sessions used=4 max=4 refused=1');
    expect(boss.read('/log/queen.log')).toContain(`error=Busy: ${full.slice(5)}\n`);
    on.close(late.session);
    const linux = new Client(on, 'linux');
    const attach = (c: Client): Client => c.attach('worker-heartbeat', mint({ role: 1, subject: 'worker-1' }));
    expect(linux.refusal(attach)).toBe('errno 16');
    expect(
      linux.refusal((c) => c.attach()),
      'a queen, in the very session',
    ).toBe('no refusal');
    on.close(linux.session);
    on.close((workers[0] as Client).session);
    expect(new Client(on).refusal(attach)).toBe('no refusal');
  });

  it('that were revoked hold their places until they are closed', () => {
    const on = start(small);
    const boss = new Client(on).attach();
    boss.write('/queen/ctl', `${SPAWN}\n${SPAWN}`);
    const workers = Array.from({ length: 4 }, () => attachWorker(on));
    boss.write('/queen/ctl', '{"kill":"worker-1"}');
    const attach = (c: Client): Client => c.attach('worker-heartbeat', mint({ role: 1, subject: 'worker-2' }));
    const late = new Client(on);
    expect(late.refusal(attach)).toContain('Busy');
    on.close((workers[1] as Client).session);
    expect(late.refusal(attach)).toBe('no refusal');
  });

  it('are found by their ids whatever opens and closes (model)', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 99 }), { maxLength: 400 }), (choices) => {
        const on = start(small);
        const open: number[] = [];
        const isOpen = (id: number): boolean => on.serve(id, frame(100, 1, u32(8192), '9P2000.L')).length > 0;
        let last = 0;
        for (const choice of choices) {
          if (choice < 55) {
            const id = on.open();
            expect(id === 0).toBe(open.length === 6);
            if (id === 0) continue;
            expect(id).toBe(++last);
            open.push(id);
          } else if (open.length > 0) on.close(open.splice(choice % open.length, 1)[0] as number);
          for (const id of open) expect(isOpen(id)).toBe(true);
          for (let id = Math.max(0, last - 20); id <= last + 1; id++) expect(isOpen(id)).toBe(open.includes(id));
        }
      }),
      { numRuns: 40, seed: 11 },
    );
  });

  it('are found when their places in the index meet', () => {
    const on = start(small);
    const first = on.open();
    for (let i = 2; i <= 16; i++) on.close(on.open());
    // 17 has the place of 1, so it took the one of 18.
    const [second, third] = [on.open(), on.open()];
    expect([first, second, third]).toEqual([1, 17, 18]);
    const isOpen = (id: number): boolean => on.serve(id, frame(100, 1, u32(8192), '9P2000.L')).length > 0;
    for (const id of [first, second]) {
      on.close(id);
      expect([first, second, third].filter(isOpen)).toEqual([first, second, third].filter((other) => other > id));
    }
  });

  it('are listed whole, at the largest size', () => {
    const on = start(large);
    const client = new Client(on, 'linux').attach();
    const ids = [client.session, ...Array.from({ length: 1023 }, () => on.open())];
    expect(on.open()).toBe(0);
    expect(client.list('/proc/9p/session')).toEqual([...ids.map(String), 'active'].sort());
    expect(client.read('/proc/9p/sessions')).toContain('sessions total=1024 worker=0 ');
    expect(client.read(`/proc/9p/session/${ids[1000]}/state`)).toBe('state=SETUP\n');
  });

  it('are listed whole by every dialect, and say who they are', () => {
    const on = start(usual);
    const most = Math.min(constant('SESSIONS_MAX'), constant('NETWORK_MAX_CONNECTIONS'));
    const boss = new Client(on).attach();
    boss.write('/queen/ctl', `${SPAWN}\n`.repeat(10));
    const owners = new Map([[boss.session, 'queen']]);
    while (owners.size < most - constant('SESSIONS_RESERVED_FOR_QUEEN')) {
      const number = 1 + (owners.size % 10);
      owners.set(attachWorker(on, number).session, `worker-heartbeat:worker-${number}`);
    }
    const linux = new Client(on, 'linux').attach();
    owners.set(linux.session, 'queen');
    while (owners.size < most) owners.set(on.open(), 'none');
    const names = [...[...owners.keys()].map(String), 'active'].sort();
    for (const client of [boss, linux]) {
      expect(client.list('/proc/9p/session')).toEqual(names);
      expect(client.list('/proc/9p/session', 40), 'in small pieces').toEqual(names);
      for (const [id, owner] of owners) expect(client.read(`/proc/9p/session/${id}/owner`)).toBe(`owner=${owner}\n`);
    }
    expect(boss.read('/proc/9p/sessions').split('\n')[0]).toBe(
      `sessions total=${most} worker=${[...owners.values()].filter((name) => name.startsWith('worker')).length} shard_bits=8 shard_count=256`,
    );
  });
});

describe('fids', () => {
  it('are as many as the manifest says', () => {
    const client = new Client(start(small)).attach();
    for (let i = 0; i < 15; i++) client.call(110, u32(0), u32(100 + i), u16(0));
    expect(client.refusal((c) => c.call(110, u32(0), u32(999), u16(0)))).toBe('Busy fid table full');
    client.clunk(100);
    client.clunk(101);
    expect(limit(client, 'fids-per-session')).toBe('fids-per-session used=15 max=16 refused=1');
  });

  const dialects: Dialect[] = ['linux', 'classic'];
  it.each(dialects)('%s: are found whatever is opened and clunked (model)', (dialect) => {
    const client = new Client(start(large), dialect).attach();
    const boot = parseReply(client.machine.serve(client.session, frame(110, 1, u32(0), u32(1), u16(1), 'proc')));
    expect(boot.type).toBe(111);
    const numbers = fc.array(fc.nat({ max: 0xffff_fffe }), { minLength: 1, maxLength: 1500 });
    fc.assert(
      fc.property(numbers, fc.infiniteStream(fc.boolean()), (wanted, coins) => {
        const open = new Set<number>();
        for (const fid of wanted.filter((number) => number > 1)) {
          const outcome = client.refusal((c) => c.call(110, u32(0), u32(fid), u16(1), 'log'));
          if (open.has(fid)) expect(outcome).not.toBe('no refusal');
          else if (open.size < 1022) {
            expect(outcome).toBe('no refusal');
            open.add(fid);
          } else expect(outcome).not.toBe('no refusal');
          if (coins.next().value === true) continue;
          const [victim] = open;
          if (victim === undefined) continue;
          client.clunk(victim);
          open.delete(victim);
          expect(client.refusal((c) => c.clunk(victim))).not.toBe('no refusal');
        }
        for (const fid of open) client.clunk(fid);
        expect(client.read('/proc/limits')).toContain('fids-per-session used=3 max=1024');
      }),
      { numRuns: 12, seed: 5 },
    );
  });

  it('fill the whole table, and it is free again', () => {
    const client = new Client(start(large), 'linux').attach();
    for (let round = 0; round < 3; round++) {
      for (let i = 1; i < 1024; i++) client.call(110, u32(0), u32(i * 0x1_0001), u16(0));
      expect(client.refusal((c) => c.call(110, u32(0), u32(7), u16(0)))).toBe('errno 16');
      for (let i = 1; i < 1024; i++) client.clunk(i * 0x1_0001);
    }
  });
});

describe('other tables', () => {
  it('binds', () => {
    const client = new Client(start(small)).attach();
    const bind = (to: string): string =>
      client.refusal((c) => c.write('/queen/ctl', `{"bind":{"from":"/log","to":"${to}"}}`));
    expect([bind('/a'), bind('/b'), bind('/c'), bind('/a')]).toEqual([
      'no refusal',
      'no refusal',
      'Busy session has 2 binds already',
      'no refusal',
    ]);
    expect(limit(client, 'binds-per-session')).toBe('binds-per-session used=2 max=2 refused=1');
    const many = new Client(start(large)).attach();
    for (let i = 0; i < 64; i++) many.write('/queen/ctl', `{"bind":{"from":"/log","to":"/x${i}"}}`);
    expect(many.list('/')).toHaveLength(64 + many.list('/').filter((name) => !name.startsWith('x')).length);
    expect(many.list('/x63')).toEqual(['queen.log']);
  });

  it('workers', () => {
    const client = new Client(start(small)).attach();
    client.write('/queen/ctl', `${SPAWN}\n${SPAWN}\n${SPAWN}`);
    expect(client.refusal((c) => c.write('/queen/ctl', SPAWN))).toBe('Busy worker table full');
    expect(limit(client, 'worker-heartbeat')).toBe('worker-heartbeat used=3 max=3 refused=1');
    // All or nothing: the worker lives on when there is no room for the second.
    expect(client.refusal((c) => c.write('/queen/ctl', `{"kill":"worker-1"}\n${SPAWN}\n${SPAWN}`))).toBe(
      'Busy worker table full',
    );
    expect(client.list('/worker')).toEqual(['worker-1', 'worker-2', 'worker-3']);
    expect(client.machine.killed).toEqual([]);
    // A pool has room, however full the others are; and what frees a place of another does not help.
    for (const id of ['G0', 'G1']) client.machine.seedGpu(id, 100);
    const gpu = (id: string): string => `{"spawn":"gpu","lease":{"gpu_id":"${id}","mem_mb":1,"streams":1,"ttl_s":9}}`;
    client.write('/queen/ctl', gpu('G0'));
    expect(client.refusal((c) => c.write('/queen/ctl', `{"kill":"worker-3"}\n${gpu('G1')}`))).toBe(
      'Busy worker table full',
    );
    expect(limit(client, 'worker-gpu')).toBe('worker-gpu used=1 max=1 refused=1');
    client.write('/queen/ctl', `{"kill":"worker-4"}\n${gpu('G1')}`);
    client.write('/queen/ctl', '{"kill":"worker-5"}');
    client.write('/queen/ctl', `{"kill":"worker-2"}\n${SPAWN}`);
    expect(client.list('/worker')).toEqual(['worker-1', 'worker-3', 'worker-6']);
  });

  it('locks', () => {
    const on = start(usual);
    const lockers = Array.from({ length: 5 }, () => {
      const client = new Client(on, 'linux').attach();
      const fid = client.open('/log/queen.log');
      return (type: number, start: number, length = 1): string =>
        client.refusal((c) =>
          c.call(52, u32(fid), u8(type), u32(0), u64(BigInt(start)), u64(BigInt(length)), u32(1), 'me'),
        );
    });
    const lock = (by: number, at: number): string | undefined => lockers[by]?.(1, 4 * at);
    const [first] = lockers as [(type: number, start: number, length?: number) => string];
    const reader = new Client(on).attach();
    for (let by = 0; by < 4; by++) {
      for (let i = 0; i < 16; i++) expect(lock(by, 16 * by + i)).toBe('no refusal');
      if (by === 0) {
        expect(lock(0, 100)).toBe('errno 16');
        expect(limit(reader, 'locks-per-session')).toBe('locks-per-session used=16 max=16 refused=1');
      }
    }
    expect(lock(4, 100)).toBe('errno 16');
    expect(limit(reader, 'locks')).toBe('locks used=64 max=64 refused=1');
    // What is one's own can be locked again, shared, and given up, though the table is full.
    expect(first(1, 0)).toBe('no refusal');
    expect(first(0, 4)).toBe('no refusal');
    expect(first(2, 0)).toBe('no refusal');
    expect(limit(reader, 'locks')).toBe('locks used=63 max=64 refused=1');
    // A lock is split as long as there is room for its second part.
    expect(first(2, 4, 60)).toBe('no refusal');
    expect(first(1, 1000, 10)).toBe('no refusal');
    expect(first(2, 1005)).toBe('no refusal');
    expect(limit(reader, 'locks')).toBe('locks used=50 max=64 refused=1');
  });

  it('GPUs', () => {
    const client = new Client(start(usual)).attach();
    for (let i = 0; i < 17; i++) client.machine.seedGpu(`G${i}`, 1);
    expect(limit(client, 'gpus')).toBe('gpus used=16 max=16 refused=1');
  });

  it('devices', () => {
    const client = new Client(start(usual)).attach();
    for (let i = 0; i < 16; i++) client.write(`/queen/telemetry/d${i}/ctl`, '{"new":"segment"}');
    expect(client.refusal((c) => c.walk('/queen/telemetry/one-more'))).toBe(
      'Busy no room for path /queen/telemetry/one-more',
    );
    expect(limit(client, 'telemetry-devices')).toBe('telemetry-devices used=16 max=16 refused=1');
  });

  it('tickets: more are in use than sessions, and the last ones are remembered', () => {
    const on = start(small);
    const scopes = [{ path: '/log', verb: 0, rate: 1 }];
    const token = (subject: string): string => mint({ role: 0, subject, scopes });
    const use = (subject: string): string => {
      const client = new Client(on).attach('queen', token(subject));
      const text = client.refusal((c) => c.read('/log/queen.log', 8000));
      on.close(client.session);
      return text;
    };
    // One read a second, and a file takes two: the second is refused while the ticket is remembered.
    expect(use('first')).toBe('TooBig ELIMIT');
    for (let i = 0; i < 30; i++) use(`other ${i}`);
    const client = new Client(on).attach('queen', token('first'));
    const fid = client.open('/log/queen.log');
    expect(
      client.refusal((c) => c.readAt(fid, 0n, 10)),
      'still known',
    ).toBe('TooBig ELIMIT');
  });

  it('a further attach is refused when the fids are used up', () => {
    const client = new Client(start(small)).attach();
    for (let i = 0; i < 15; i++) client.call(110, u32(0), u32(100 + i), u16(0));
    expect(client.refusal((c) => c.call(104, u32(50), u32(NO_FID), 'queen', '', u32(0)))).toBe('Busy fid table full');
  });
});
