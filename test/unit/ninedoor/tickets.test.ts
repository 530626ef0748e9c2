// SPDX-License-Identifier: Apache-2.0
/** Tickets: vectors, refusals, roles, budgets, scopes, quotas. */
import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { nineDoorModule } from './build.ts';
import { Client, eventsOf, type Dialect } from './client.ts';
import { NO_FID, u32 } from './frames.ts';
import { Machine } from './machine.ts';
import { KEYS, mint, payload, seal, type Claims } from './tickets.ts';

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await nineDoorModule();
});

const QUEEN = 0;
const HEARTBEAT = 1;
const NOW_MS = 1_700_000_000_000n;
const machine = (): Machine => new Machine(module, { keys: KEYS });
const queen = (on: Machine): Client => new Client(on).attach();
const attach = (on: Machine, uname: string, token: string, dialect: Dialect = 'compact'): Client =>
  new Client(on, dialect).attach(uname, token);
/** The answer to an attach, in a session of its own. */
function answer(on: Machine, uname: string, token: string): string {
  const client = new Client(on);
  const text = client.refusal((c) => c.attach(uname, token));
  on.close(client.session);
  return text;
}
function lastLog(on: Machine): string | undefined {
  const client = queen(on);
  const line = eventsOf(client.read('/log/queen.log')).at(-1);
  on.close(client.session);
  return line;
}
const digest = (token: string): string => createHash('sha256').update(token).digest('hex').slice(0, 8);
const SPAWN = '{"spawn":"heartbeat","ticks":100}';

function withWorkers(count = 1): Machine {
  const on = machine();
  queen(on).write('/queen/ctl', `${SPAWN}\n`.repeat(count));
  return on;
}

// Minted elsewhere, with the secrets of the default manifest.
const WORKER_1 =
  'cohesix-ticket-0101080800776f726b65722d31000000000000000000000000.ea7bee86230e67031e6e758fa01c00eaa9c1f0bfff4b41548424a3df0356cff9';
const BUS =
  'cohesix-ticket-0103080b006d6f646275732d6d61696e000000000000000000000000.e9f653dd264c440296e25118f72ed5a10cd8b2141288c45139bbcef8316d98c8';
const EXPIRED_QUEEN =
  'cohesix-ticket-0100040000000000000000000000000000000000000000.e9b8bc4e26e2f06725347bdd8983fb3efc170658fc6af53cabb746bef58deddb';
const SCOPED_QUEEN =
  'cohesix-ticket-0100300000000000000000000000000304002f6c6f67000100000006002f717565656e010000000006002f7368617264010000000000000000000000000000000001000000.0c714a86a89a2abc049395e486dbd2a8ce6ba7076ce508a02431a22319629672';
const BUDGET_WORKER_1 =
  'cohesix-ticket-01010fe80300000000000010270000000000002c010000000000000800776f726b65722d310068e5cf8b01000000000000.f134e615612664333a0639b469b5b820de88df0824e2a0a6a3ebf9a51a582e16';

describe('vectors', () => {
  it('tickets minted elsewhere verify', () => {
    const on = withWorkers();
    expect(answer(on, 'worker-heartbeat:worker-1', WORKER_1)).toBe('no refusal');
    expect(answer(on, 'worker-heartbeat', WORKER_1)).toBe('no refusal');
    expect(answer(on, 'worker-heartbeat', WORKER_1.toUpperCase().replace('COHESIX-TICKET', 'cohesix-ticket'))).toBe(
      'no refusal',
    );
    expect(answer(on, 'worker-heartbeat', BUDGET_WORKER_1)).toBe('no refusal');
    expect(answer(on, 'queen', SCOPED_QUEEN)).toBe('no refusal');
    expect(answer(on, 'queen', EXPIRED_QUEEN)).toBe('Permission ticket expired');
    expect(answer(on, 'worker-bus', BUS)).toBe('NotFound bus scope modbus-main not found');
  });

  it('payloads of any size verify (property)', () => {
    const on = machine();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4000 }), (bytes) => {
        const text = answer(on, 'queen', seal(bytes, 'bootstrap'));
        expect(text).not.toBe('Permission ticket invalid: ticket MAC validation failed');
        expect(answer(on, 'queen', seal(bytes, 'other'))).toBe(
          'Permission ticket invalid: ticket MAC validation failed',
        );
      }),
      { numRuns: 60, seed: 7 },
    );
  });
});

describe('refusals', () => {
  const good: Claims = { role: QUEEN };
  const body = payload(good);
  const invalid = (text: string): string => `Permission ticket invalid: ${text}`;
  const sealed = (bytes: Uint8Array): string => seal(bytes, 'bootstrap');
  const scope = { path: '/log', verb: 0, rate: 0 };
  const table: [string, string, string][] = [
    ['no prefix', 'cohesix-ticke-00.00', invalid('ticket missing prefix')],
    ['no dot', 'cohesix-ticket-00', invalid('ticket malformed')],
    ['bad hexadecimal', 'cohesix-ticket-0g.00', invalid('ticket malformed')],
    ['half a byte', 'cohesix-ticket-000.00', invalid('ticket malformed')],
    ['short MAC', 'cohesix-ticket-00.00', invalid('ticket MAC length 1 is invalid')],
    ['another key', mint(good, 'other'), invalid('ticket MAC validation failed')],
    ['a changed byte', sealed(body).replace('-0100', '-0101'), invalid('ticket MAC validation failed')],
    ['a newer version', mint({ ...good, version: 2 }), invalid('claims version 2 is unsupported')],
    ['an unknown role', mint({ role: 5 }, 'bootstrap'), invalid('claims role 5 is unsupported')],
    ['nothing', sealed(Buffer.alloc(0)), invalid('claims payload truncated')],
    ['a missing byte', sealed(body.subarray(0, -1)), invalid('claims payload truncated')],
    [
      'a byte too many',
      sealed(Buffer.concat([body, Buffer.from([0])])),
      invalid('claims payload contains trailing data'),
    ],
    ['a long string', mint({ ...good, subject: 'x'.repeat(256) }), invalid('mount data exceeds allowed length')],
    ['17 scopes', mint({ ...good, scopes: Array(17).fill(scope) }), invalid('scope count exceeds allowed maximum')],
    ['9 scopes', mint({ ...good, scopes: Array(9).fill(scope) }), invalid('scope count 9 exceeds 8')],
    ['an unknown verb', mint({ ...good, scopes: [{ ...scope, verb: 3 }] }), invalid('scope verb 3 is invalid')],
    ['a fast scope', mint({ ...good, scopes: [{ ...scope, rate: 65 }] }), invalid('scope rate 65 exceeds 64')],
    [
      'a relative scope',
      mint({ ...good, scopes: [{ ...scope, path: 'log' }] }),
      invalid("scope path 'log' exceeds 128 bytes"),
    ],
    [
      'a scope with ..',
      mint({ ...good, scopes: [{ ...scope, path: '/log/..' }] }),
      invalid("scope path '/log/..' exceeds 128 bytes"),
    ],
    [
      'much bandwidth',
      mint({ ...good, quotas: { bandwidth: 131073n, resumes: 0, advances: 0 } }),
      invalid('bandwidth quota 131073 exceeds 131072'),
    ],
    [
      'many resumes',
      mint({ ...good, quotas: { bandwidth: 0n, resumes: 17, advances: 0 } }),
      invalid('cursor resume quota 17 exceeds 16'),
    ],
    [
      'many advances',
      mint({ ...good, quotas: { bandwidth: 0n, resumes: 0, advances: 257 } }),
      invalid('cursor advance quota 257 exceeds 256'),
    ],
    ['another role', mint({ role: HEARTBEAT, subject: 'worker-1' }, 'bootstrap'), 'Permission ticket role mismatch'],
    ['the past', mint({ ...good, ttl_s: 10n, issued_at_ms: NOW_MS - 10_000n }), 'Permission ticket expired'],
  ];
  it.each(table)('%s', (_name, token, text) => {
    expect(answer(machine(), 'queen', token)).toBe(text);
  });

  it('a change of any byte of claims or MAC', () => {
    const on = machine();
    const token = mint(good);
    const start = 'cohesix-ticket-'.length;
    const refused = invalid('ticket MAC validation failed');
    for (let at = start; at < token.length; at += 1) {
      if (token[at] === '.') continue;
      const digit = ((parseInt(token[at] ?? '0', 16) ^ 1) & 15).toString(16);
      expect(answer(on, 'queen', token.slice(0, at) + digit + token.slice(at + 1)), `byte ${at}`).toBe(refused);
    }
  });

  it('of roles and identities', () => {
    const on = withWorkers();
    const token = mint({ role: HEARTBEAT, subject: 'worker-1' });
    const table: [string, string, string][] = [
      ['bogus', '', "Invalid unknown role string 'bogus'"],
      ['queen:me', '', "Invalid unknown role string 'queen:me'"],
      ['worker', '', "Invalid unknown role string 'worker'"],
      ['worker-heartbeat:', '', 'Invalid worker-heartbeat identity cannot be empty'],
      ['worker-heartbeat:worker-1', '', 'Permission ticket required for worker attach'],
      ['worker-heartbeat:worker-2', token, 'Permission ticket subject mismatch'],
      ['worker-heartbeat', mint({ role: HEARTBEAT }), 'Invalid worker-heartbeat attach requires identity'],
      ['worker-heartbeat', mint({ role: HEARTBEAT, subject: 'worker-9' }), 'NotFound worker worker-9 not found'],
      ['worker-gpu', mint({ role: 2, subject: 'worker-1' }), 'Invalid worker-gpu identity is not bound to a GPU lease'],
      ['worker-lora:x', mint({ role: 4, subject: 'x' }), 'NotFound lora scope x not found'],
    ];
    for (const [uname, ticket, text] of table) expect(answer(on, uname, ticket), uname).toBe(text);
    expect(answer(new Machine(module), 'queen', mint({ role: QUEEN }))).toBe('Permission ticket rejected');
  });

  it('of clients that name nobody: they are who the ticket says', () => {
    const on = withWorkers();
    const owner = (client: Client): string => queen(on).read(`/proc/9p/session/${client.session}/owner`);
    const worker = mint({ role: HEARTBEAT, subject: 'worker-1' });
    expect(owner(attach(on, '', worker))).toBe('owner=worker-heartbeat:worker-1\n');
    const boss = attach(on, '', mint({ role: QUEEN }), 'linux');
    expect(owner(boss)).toBe('owner=queen\n');
    boss.call(104, u32(50), u32(NO_FID), '', mint({ role: QUEEN }), u32(1000));
    boss.call(104, u32(51), u32(NO_FID), 'queen', mint({ role: QUEEN }), u32(1000));
    expect(boss.refusal((c) => c.call(104, u32(52), u32(NO_FID), '', worker, u32(0)))).toBe('errno 22');
    const table: [string, string][] = [
      ['', "Invalid unknown role string ''"],
      ['nonsense', "Invalid unknown role string ''"],
      ['cohesix-ticket-01', "Invalid unknown role string ''"],
      ['cohesix-ticket-0109.00', "Invalid unknown role string ''"],
      ['cohesix-ticket-0100.00', invalid('ticket MAC length 1 is invalid')],
      [mint({ role: QUEEN }, 'other'), invalid('ticket MAC validation failed')],
      [mint({ role: HEARTBEAT }), 'Invalid worker-heartbeat attach requires identity'],
    ];
    for (const [token, text] of table) expect(answer(on, '', token), token).toBe(text);
  });

  it('never log a token, only a digest of it', () => {
    const on = machine();
    answer(on, 'queen', EXPIRED_QUEEN);
    expect(lastLog(on)).toBe(
      `ui-ticket outcome=deny reason=expired role=queen ticket=${digest(EXPIRED_QUEEN)} issued_at_ms=0 ttl_s=0 now_ms=${NOW_MS}`,
    );
    const token = mint({ role: QUEEN, scopes: [{ path: '/log', verb: 0, rate: 65 }] });
    answer(on, 'queen', token);
    expect(lastLog(on)).toBe(
      `ui-ticket outcome=deny reason=invalid-claims role=queen ticket=${digest(token)} detail=scope rate 65 exceeds 64`,
    );
    expect(queen(on).read('/log/queen.log')).not.toContain('cohesix-ticket');
  });

  it('of attaching while the gate is closed', () => {
    const on = machine();
    queen(on).write('/queen/lifecycle/ctl', 'quiesce');
    expect(answer(on, 'worker-heartbeat', WORKER_1)).toBe('Permission EPERM');
    expect(lastLog(on)).toBe('lifecycle denied action=worker-attach state=QUIESCED reason=gate-denied');
    expect(answer(on, 'queen', '')).toBe('no refusal');
  });
});

describe('the view of a worker', () => {
  const token = mint({ role: HEARTBEAT, subject: 'worker-1' });

  it.each(['compact', 'linux'] as const)('%s: lists what it may use', (dialect) => {
    const client = attach(withWorkers(2), 'worker-heartbeat', token, dialect);
    expect(client.list('/')).toEqual(['log', 'proc', 'shard', 'worker']);
    expect(client.list('/proc')).toEqual(['boot']);
    expect(client.list('/worker')).toEqual(['worker-1']);
    expect(client.list('/shard')).toEqual(['13']);
    expect(client.list('/shard/13/worker')).toEqual(['worker-1']);
    expect(client.read('/proc/boot')).toContain('Cohesix boot');
    expect(client.read('/log/queen.log')).toContain('spawned worker-1');
  });

  it('writes its own telemetry, under both names, and nothing else', () => {
    const client = attach(withWorkers(2), 'worker-heartbeat', token);
    client.write('/worker/worker-1/telemetry', 'tick 1\n');
    client.write('/shard/13/worker/worker-1/telemetry', 'tick 2\n');
    expect(client.read('/worker/worker-1/telemetry')).toBe('tick 1\ntick 2\n');
    expect(client.refusal((c) => c.write('/log/queen.log', 'x'))).toBe('Permission access to /log/queen.log denied');
    const outside = ['/queen', '/queen/ctl', '/proc/lifecycle', '/proc/9p', '/kmesg', '/trace', '/worker/worker-2'];
    for (const path of [...outside, '/shard/1c', '/nope', '/proc/worker-1', '/worker/worker-1/nope']) {
      expect(
        client.refusal((c) => c.walk(path)),
        path,
      ).toBe(`Permission access to ${path} denied`);
    }
  });

  it('ends with the worker', () => {
    const on = withWorkers();
    const client = attach(on, 'worker-heartbeat', token);
    const boss = queen(on);
    const sid = client.session;
    expect(boss.read(`/proc/9p/session/${sid}/owner`)).toBe('owner=worker-heartbeat:worker-1\n');
    expect(boss.read(`/proc/9p/session/${sid}/state`)).toBe('state=ACTIVE\n');
    boss.write('/queen/ctl', '{"kill":"worker-1"}');
    expect(client.refusal((c) => c.walk('/log'))).toBe('Closed killed by queen');
    expect(boss.read(`/proc/9p/session/${sid}/state`)).toBe('state=CLOSED\n');
    const linux = attach(withWorkers(), 'worker-heartbeat', token, 'linux');
    queen(linux.machine).write('/queen/ctl', '{"kill":"worker-1"}');
    expect(linux.refusal((c) => c.walk('/log'))).toBe('errno 32');
  });
});

describe('budgets', () => {
  const worker = (claims: Partial<Claims>): Client =>
    attach(withWorkers(), 'worker-heartbeat', mint({ role: HEARTBEAT, subject: 'worker-1', ...claims }));

  it('operations', () => {
    const client = worker({ ops: 3n });
    client.walk('/log');
    client.walk('/proc');
    client.clunk(2);
    client.walk('/log');
    expect(client.refusal((c) => c.walk('/log'))).toBe('Closed operation budget exhausted');
    expect(client.refusal((c) => c.clunk(3))).toBe('Closed operation budget exhausted');
    expect(lastLog(client.machine)).toBe('revoked worker-1: operation budget exhausted');
    expect(queen(client.machine).list('/worker')).toEqual([]);
    expect(client.machine.killed).toEqual([1]);
  });

  it('ticks', () => {
    const client = worker({ ticks: 2n });
    const fid = client.open('/worker/worker-1/telemetry', 0x81);
    const write = (): string => client.refusal((c) => c.writeAt(fid, 0xffff_ffff_ffff_ffffn, 'tick\n'));
    expect([write(), write(), write()]).toEqual(['no refusal', 'no refusal', 'Closed tick budget exhausted']);
    expect(lastLog(client.machine)).toBe('revoked worker-1: tick budget exhausted');
  });

  it('time, from when the ticket was issued', () => {
    const client = worker({ ttl_s: 30n, issued_at_ms: NOW_MS - 10_000n });
    client.machine.now_ms += 19_999n;
    client.walk('/log');
    client.machine.now_ms += 1n;
    expect(client.refusal((c) => c.walk('/log'))).toBe('Closed ticket ttl expired');
  });

  it('of the worker itself, whatever its ticket says', () => {
    const on = machine();
    queen(on).write('/queen/ctl', '{"spawn":"heartbeat","ticks":1,"budget":{"ops":4}}');
    const client = attach(on, 'worker-heartbeat', mint({ role: HEARTBEAT, subject: 'worker-1' }));
    for (let i = 0; i < 4; i++) client.walk('/log');
    expect(client.refusal((c) => c.walk('/log'))).toBe('Closed operation budget exhausted');
  });
});

describe('scopes and quotas', () => {
  it('allow what they name', () => {
    const on = withWorkers();
    const client = attach(on, 'queen', SCOPED_QUEEN);
    expect(client.refusal((c) => c.walk('/proc'))).toBe('Permission access to /proc denied');
    client.write('/queen/ctl', '{"budget":{}}');
    expect(client.refusal((c) => c.read('/queen/ctl'))).toBe('Permission EPERM');
    const name = `role=queen ticket=${digest(SCOPED_QUEEN)}`;
    expect(lastLog(on)).toBe(`ui-ticket outcome=deny reason=scope ${name} path=/queen/ctl verb=read`);
    expect(client.refusal((c) => c.write('/log/queen.log', 'x'))).toBe('Permission EPERM');
  });

  it('compare components', () => {
    const client = attach(machine(), 'queen', mint({ role: QUEEN, scopes: [{ path: ' //log// ', verb: 0, rate: 0 }] }));
    expect(client.read('/log/queen.log')).toContain('Cohesix boot');
    const other = attach(machine(), 'queen', mint({ role: QUEEN, scopes: [{ path: '/lo', verb: 0, rate: 0 }] }));
    expect(other.refusal((c) => c.walk('/log'))).toBe('Permission access to /log denied');
    const all = attach(machine(), 'queen', mint({ role: QUEEN, scopes: [{ path: '', verb: 0, rate: 0 }] }));
    expect(all.read('/proc/lifecycle/state')).toBe('state=ONLINE');
  });

  const dialects: Dialect[] = ['compact', 'classic', 'linux'];
  it.each(dialects)('listing is reading: %s', (dialect) => {
    const on = withWorkers();
    const scopes = [
      { path: '/log', verb: 0, rate: 0 },
      { path: '/queen', verb: 1, rate: 0 },
      { path: '/proc/lifecycle', verb: 2, rate: 2 },
    ];
    const token = mint({ role: QUEEN, scopes, quotas: { bandwidth: 9000n, resumes: 0, advances: 0 } });
    const client = attach(on, 'queen', token, dialect);
    const list = (path: string, count: number): string => {
      const fid = client.open(path);
      const read = (c: Client): unknown => (dialect === 'linux' ? c.readdir(fid, 0n, count) : c.readAt(fid, 0n, count));
      const text = client.refusal(read);
      client.clunk(fid);
      return text;
    };
    const [scope, limit] = {
      compact: ['Permission EPERM', 'TooBig ELIMIT'],
      classic: ['Permission', 'TooBig'],
      linux: ['errno 1', 'errno 122'],
    }[dialect] as [string, string];
    expect(list('/', 1000), 'above a scope').toContain(scope);
    expect(lastLog(on)).toContain(`reason=scope role=queen ticket=${digest(token)} path=/ verb=read`);
    expect(list('/queen', 1000), 'a scope for writing').toContain(scope);
    expect(list('/log', 8999)).toBe('no refusal');
    expect(list('/log', 8999), 'more than is left').toContain(limit);
    expect(lastLog(on)).toContain('reason=bandwidth');
    expect([list('/proc/lifecycle', 1000), list('/proc/lifecycle', 1000)]).toEqual(['no refusal', 'no refusal']);
    expect(list('/proc/lifecycle', 1000)).toContain(limit);
    expect(lastLog(on)).toContain('reason=rate');
  });

  it('a bind opens nothing', () => {
    const on = machine();
    const scopes = [
      { path: '/queen', verb: 1, rate: 0 },
      { path: '/shadow', verb: 2, rate: 0 },
    ];
    const client = attach(on, 'queen', mint({ role: QUEEN, scopes }));
    client.write('/queen/ctl', '{"bind":{"from":"/log","to":"/shadow"}}');
    expect(client.refusal((c) => c.read('/shadow/queen.log'))).toBe('Permission access to /shadow/queen.log denied');
  });

  it('rate', () => {
    const on = machine();
    const token = mint({ role: QUEEN, scopes: [{ path: '/log', verb: 2, rate: 2 }] });
    const client = attach(on, 'queen', token);
    const fid = client.open('/log/queen.log');
    const read = (): string => client.refusal((c) => c.readAt(fid, 0n, 10));
    expect([read(), read(), read()]).toEqual(['no refusal', 'no refusal', 'TooBig ELIMIT']);
    expect(lastLog(on)).toContain('reason=rate');
    expect(lastLog(on)).toContain('verb=read limit_per_s=2 window_ms=1000');
    const again = attach(on, 'queen', token);
    expect(again.refusal((c) => c.read('/log/queen.log'))).toBe('TooBig ELIMIT');
    on.now_ms += 1000n;
    expect(read()).toBe('no refusal');
  });

  it('the longest scope decides', () => {
    const scopes = [
      { path: '/log/queen.log', verb: 0, rate: 0 },
      { path: '/log', verb: 0, rate: 1 },
    ];
    for (const order of [scopes, [...scopes].reverse()]) {
      const client = attach(machine(), 'queen', mint({ role: QUEEN, scopes: order }));
      for (let i = 0; i < 5; i++) client.read('/log/queen.log');
    }
  });

  it('bandwidth counts what moved, and asks for what is wanted', () => {
    const on = machine();
    const token = mint({ role: QUEEN, quotas: { bandwidth: 100n, resumes: 0, advances: 0 } });
    const client = attach(on, 'queen', token);
    const fid = client.open('/proc/lifecycle/state');
    client.readAt(fid, 0n, 100); // 12 bytes
    expect(client.refusal((c) => c.readAt(fid, 0n, 89))).toBe('TooBig ELIMIT');
    expect(lastLog(on)).toContain('verb=read limit_bytes=100 remaining_bytes=88 requested_bytes=89');
    client.readAt(fid, 0n, 88);
  });

  it('a quota that the ticket does not name: none for a queen, the maximum of the manifest for a worker', () => {
    const on = withWorkers();
    const path = '/worker/worker-1/telemetry';
    queen(on).write(path, 'abcdef');
    const most = 256; // ticket_limits.cursor_advances
    const worker = attach(on, 'worker-heartbeat', mint({ role: HEARTBEAT, subject: 'worker-1', ops: 100_000n }));
    const free = attach(on, 'queen', mint({ role: QUEEN }));
    for (const [client, allowed] of [
      [free, 2 * most],
      [worker, most],
    ] as const) {
      const fid = client.open(path);
      for (let n = 0; n < allowed; n++) client.readAt(fid, 0n, 0);
      if (client === worker) expect(client.refusal((c) => c.readAt(fid, 0n, 0))).toBe('TooBig ELIMIT');
    }
  });

  it('cursors', () => {
    const on = withWorkers();
    const path = '/worker/worker-1/telemetry';
    queen(on).write(path, 'abcdef');
    const quotas = { bandwidth: 0n, resumes: 1, advances: 5 };
    const client = attach(on, 'queen', mint({ role: QUEEN, quotas }));
    // A whole file takes two reads: the one that gives nothing counts as well.
    expect(client.read(path)).toBe('abcdef');
    expect(client.read(path)).toBe('abcdef');
    expect(client.refusal((c) => c.read(path))).toBe('TooBig ELIMIT');
    expect(lastLog(on)).toContain('reason=cursor-resume');
    expect(lastLog(on)).toContain('verb=read limit=1');
    queen(on).write(path, 'ghi');
    const fid = client.open(path);
    client.readAt(fid, 6n, 10);
    expect(client.refusal((c) => c.readAt(fid, 8n, 10))).toBe('TooBig ELIMIT');
    expect(lastLog(on)).toContain('reason=cursor-advance');
  });
});
