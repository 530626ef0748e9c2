// SPDX-License-Identifier: Apache-2.0
/** Secure9P over TCP as NineDoor sees it: records from net, whose part a test plays, on the very wasm of the domain. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ENDED, KIND, NetworkPeer, record, type StreamRecord } from '../../sim/network-peer.ts';
import { SimDomain, type DomainOptions } from '../../sim/domain.ts';
import { ANSWER_BYTES } from '../../sim/stream.ts';
import { SimSystem } from '../../sim/system.ts';
import { simulationModules, type Modules } from '../../support/build.ts';
import { Client } from './client.ts';
import { frame, NO_FID, NO_TAG, parseReply, u32, u64, u8 } from './frames.ts';
import type { Machine } from './machine.ts';
import { mint } from './tickets.ts';

const AUTH_TIMEOUT_MS = 5000n;
const MAX_REFUSED_ATTACHES = 3;
const QUEEN = mint({ role: 0, issued_at_ms: 0n });

let modules: Modules;
beforeAll(async () => {
  modules = await simulationModules();
});

let system: SimSystem;
let peer: NetworkPeer;
beforeEach(() => {
  system = new SimSystem(modules);
  system.advance(60_000n);
  peer = new NetworkPeer(() => system.ninedoor, modules.constants('ninedoor'));
  expect(peer.take().map(brief)).toEqual(['reset 0.0 0100000000000000']);
});

const NAMES = Object.entries(KIND);

/** A record in a line. */
function brief({ connection, generation, kind, detail, data }: StreamRecord): string {
  const name = NAMES.find(([, value]) => value === kind)?.[0] ?? `kind ${kind}`;
  const what = kind === KIND.ended ? `detail ${detail}` : data.toString('hex');
  return `${name} ${connection}.${generation} ${what}`;
}

const version = (tag = NO_TAG): Buffer => frame(100, tag, u32(8192), '9P2000.L');
const attach = (tag: number, uname: string, aname: string, fid = 0): Buffer =>
  frame(104, tag, u32(fid), u32(NO_FID), uname, aname, u32(0));
const data = (connection: number, generation: number, bytes: Uint8Array): Buffer =>
  record(connection, generation, KIND.data, 0, bytes);

/** A 9P client whose frames go over a connection. */
function client(connection: number, generation: number): Client {
  const machine = {
    open: () => peer.open(connection, generation).length,
    serve: (_session: number, bytes: Uint8Array) => {
      const records = peer.exchange(data(connection, generation, bytes));
      expect(records).toHaveLength(1);
      expect(records[0]).toMatchObject({ connection, generation, kind: KIND.data });
      return records[0]?.data;
    },
  };
  return new Client(machine as unknown as Machine, 'linux');
}

describe('a connection', () => {
  it('is a session, byte for byte', () => {
    expect(peer.open(3, 7)).toEqual([]);
    const steps: [Buffer, string][] = [
      [version(), '15000000 65 ffff 00200000 0800 3950323030302e4c'],
      [attach(1, 'queen', ''), '0b000000 07 0100 0d000000'],
      [attach(2, 'queen', QUEEN), '14000000 69 0200 80 00000000'],
      [frame(120, 3, u32(0)), '07000000 79 0300'],
    ];
    for (const [request, reply] of steps) {
      const [answer, ...more] = peer.exchange(data(3, 7, request)).map(brief);
      expect(more).toEqual([]);
      expect(answer).toMatch(new RegExp(`^data 3\\.7 ${reply.replaceAll(' ', '')}`));
    }
    expect(peer.exchange(record(3, 7, KIND.ended, ENDED.byPeer))).toEqual([]);
  });

  it('reads the tree', () => {
    const queen = client(0, 1).attach('queen', QUEEN);
    expect(queen.list('/')).toContain('proc');
    expect(queen.read('/proc/boot')).toContain('Cohesix boot: root-task online\n');
    expect(queen.read('/proc/9p/sessions')).toContain('total=1');
  });

  it('may have many requests on the way, answered in order', () => {
    client(0, 1).attach('queen', QUEEN);
    client(1, 9).attach('queen', QUEEN);
    const count = 500;
    const requests = Array.from({ length: count }, (_, tag) =>
      data(tag % 2, tag % 2 === 0 ? 1 : 9, frame(24, tag, u32(0), u64(0x7ffn))),
    );
    const answers = peer.exchange(...requests);
    expect(answers.map(({ connection }) => connection)).toEqual(requests.map((_, i) => i % 2));
    expect(answers.map(({ data: bytes }) => parseReply(bytes).tag)).toEqual(requests.map((_, i) => i));
  });

  it('waits while the ring to net is full, and loses nothing', () => {
    const queen = client(0, 1).attach('queen', QUEEN);
    const fid = queen.open('/');
    const count = 1500; // answers of 172 bytes: more than the ring holds
    peer.put(...Array.from({ length: count }, (_, tag) => data(0, 1, frame(24, tag, u32(0), u64(0x7ffn)))));
    peer.wake();
    const before = peer.ring('NET_NINEDOOR');
    expect((before.tail - before.head) >>> 0, 'requests that wait').toBeGreaterThan(0);
    // A call of another domain is answered meanwhile.
    expect(system.type('ping\r')).toContain('PONG');
    const answers: StreamRecord[] = [];
    for (let part = peer.take(); part.length > 0; part = peer.take()) answers.push(...part);
    expect(answers.map(({ data: bytes }) => parseReply(bytes).tag)).toEqual(answers.map((_, i) => i));
    expect(answers).toHaveLength(count);
    queen.clunk(fid);
  });

  it('answers calls of other domains between its frames', () => {
    client(0, 1).attach('queen', QUEEN);
    peer.put(...Array.from({ length: 200 }, (_, tag) => data(0, 1, frame(24, tag, u32(0), u64(0x7ffn)))));
    const { ninedoor } = system;
    ninedoor.events |= 1n;
    const console_ = BigInt(modules.layout.domains.find(({ name }) => name === 'console')?.firstInstance ?? 0);
    ninedoor.inbox.push({ badge: (1n << 62n) | console_, label: 2n, words: [] });
    (ninedoor.instance.exports['turn'] as () => void)(); // the poke, and the first frames
    (ninedoor.instance.exports['turn'] as () => void)(); // the call, and more frames
    expect(ninedoor.replies.splice(0)).toHaveLength(1);
    const ring = peer.ring('NET_NINEDOOR');
    expect((ring.tail - ring.head) >>> 0).toBeGreaterThan(0);
    ninedoor.run();
    expect(peer.take()).toHaveLength(200);
  });
});

describe('an answer is never longer than net has made room for', () => {
  const classic = (): Buffer => frame(100, NO_TAG, u32(8192), '9P2000');
  const compact = (): Buffer => frame(100, 1, u32(8192), '9P2000.L');
  const LONG = 'x' + 'é'.repeat(1265); // 2531 bytes
  it.each([
    ['Rerror to a long uname', classic, frame(104, 1, u32(0), u32(NO_FID), LONG, '')],
    ['Rerror to a long uname, older codec', compact, frame(104, 1, u32(0), u32(NO_FID), LONG, '', u32(0))],
    ['Rerror to a uname of 8000 bytes', classic, frame(104, 1, u32(0), u32(NO_FID), 'é'.repeat(4000), '')],
    [
      'Rerror to a uname of 8000 bytes and one',
      classic,
      frame(104, 1, u32(0), u32(NO_FID), 'x' + 'é'.repeat(4000), ''),
    ],
  ])('%s', (_name, hello, request) => {
    peer.open(1, 1);
    peer.exchange(data(1, 1, hello()));
    const [answer, ...more] = peer.exchange(data(1, 1, request));
    expect(more).toEqual([]);
    expect(answer?.data[4]).toBe(107);
    expect(answer?.data.length).toBeGreaterThan(2048);
    expect(answer?.data.length).toBeLessThanOrEqual(ANSWER_BYTES);
    const text = answer?.data.subarray(9).toString() ?? '';
    expect(text, 'whole characters').toContain("unknown role string '");
    expect(text.slice(12)).not.toContain('\ufffd');
  });

  it.each([
    ['Tgetlock', 54, (client: string) => frame(54, 2, u32(0), u8(1), u64(0n), u64(0n), u32(7), client)],
    ['Tlock', 52, (client: string) => frame(52, 2, u32(0), u8(1), u32(0), u64(0n), u64(0n), u32(7), client)],
  ] as const)('%s: the name of a lock owner has an end', (_name, type, request) => {
    client(1, 1).attach('queen', QUEEN);
    const ask = (bytes: number): Buffer | undefined => peer.exchange(data(1, 1, request('c'.repeat(bytes))))[0]?.data;
    expect(ask(255)?.[4]).toBe(type + 1);
    expect(ask(256)?.subarray(4).toString('hex'), 'EMSGSIZE').toBe('070200' + '5a000000');
    expect(ask(8000)?.subarray(4).toString('hex'), 'EMSGSIZE').toBe('070200' + '5a000000');
  });
});

describe('whoever comes over the network', () => {
  it.each(['queen', 'worker-heartbeat:worker-1'])('must have a ticket: %s', (uname) => {
    const refused = client(0, 1);
    expect(refused.refusal((c) => c.attach(uname, ''))).toBe('errno 13');
    expect(refused.refusal((c) => c.attach(uname, 'cohesix-ticket-00.00'))).toBe('errno 13');
  });

  it(`is shown the door after ${MAX_REFUSED_ATTACHES} wrong tickets`, () => {
    peer.open(5, 1);
    peer.exchange(data(5, 1, version()));
    for (let n = 1; n <= MAX_REFUSED_ATTACHES; n++) {
      const answers = peer.exchange(data(5, 1, attach(n, 'queen', `cohesix-ticket-0${n}.00`))).map(brief);
      const last = n === MAX_REFUSED_ATTACHES ? [`ended 5.1 detail ${ENDED.refused}`] : [];
      expect(answers).toEqual([`data 5.1 0b00000007${`0${n}00`}0d000000`, ...last]);
    }
    expect(peer.exchange(data(5, 1, version())), 'nobody answers any more').toEqual([]);
  });

  it('cannot try more by asking for another version, nor with a good ticket between', () => {
    peer.open(5, 1);
    for (const last of [[], [], [`ended 5.1 detail ${ENDED.refused}`]]) {
      peer.exchange(data(5, 1, version()));
      peer.exchange(data(5, 1, attach(1, 'queen', QUEEN)));
      const [, ...more] = peer.exchange(data(5, 1, attach(2, 'queen', 'x', 9))).map(brief);
      expect(more).toEqual(last);
    }
  });

  it('may fail for other reasons as often as it likes', () => {
    peer.open(5, 1);
    peer.exchange(data(5, 1, version()));
    peer.exchange(data(5, 1, attach(1, 'queen', QUEEN)));
    for (let n = 0; n < 10; n++) {
      const answers = peer.exchange(data(5, 1, attach(2, 'queen', QUEEN))).map(brief);
      expect(answers, 'the fid is in use').toEqual(['data 5.1 0b00000007020010000000']);
    }
  });

  it('has auth.timeout_ms to attach', () => {
    peer.open(1, 1);
    peer.open(2, 1, 4000);
    client(3, 1).attach('queen', QUEEN);
    expect(system.ninedoor.alarm).toBeGreaterThan(0n);
    system.advance(AUTH_TIMEOUT_MS - 4000n);
    expect(peer.take().map(brief)).toEqual([`ended 2.1 detail ${ENDED.refused}`]);
    system.advance(3999n);
    expect(peer.take()).toEqual([]);
    system.advance(1n);
    expect(peer.take().map(brief)).toEqual([`ended 1.1 detail ${ENDED.refused}`]);
    expect(system.ninedoor.alarm, 'idle is idle').toBe(0n);
    system.advance(10n * AUTH_TIMEOUT_MS);
    expect(peer.take()).toEqual([]);
    expect(peer.exchange(data(3, 1, frame(120, 7, u32(0)))).map(brief)).toEqual(['data 3.1 07000000790700']);
  });

  it('has it again after a new Tversion, and after its session was revoked', () => {
    const queen = client(1, 1).attach('queen', QUEEN);
    queen.version();
    system.advance(AUTH_TIMEOUT_MS);
    expect(peer.take().map(brief)).toEqual([`ended 1.1 detail ${ENDED.refused}`]);

    const wall_s = 0n;
    const short = mint({ role: 0, ops: 1n, issued_at_ms: wall_s });
    const spent = client(1, 2).attach('queen', short);
    spent.walk('/proc');
    expect(spent.refusal((c) => c.walk('/proc'))).toBe('errno 32');
    system.advance(AUTH_TIMEOUT_MS);
    expect(peer.take().map(brief)).toEqual([`ended 1.2 detail ${ENDED.refused}`]);
  });
});

describe('connections do not run out before sessions do', () => {
  const BUSY = '0b00000007010010000000';
  /** Opens a connection and attaches; whether it was let in. */
  function enters(connection: number, ticket: string): boolean {
    peer.open(connection, 1);
    const [, answer] = peer.exchange(
      data(connection, 1, version()),
      data(connection, 1, attach(1, 'worker-heartbeat', ticket)),
    );
    if (answer?.data[4] !== 105) expect(answer?.data.toString('hex')).toBe(BUSY);
    return answer?.data[4] === 105;
  }
  const workerTicket = (ops: bigint): string => mint({ role: 1, subject: 'worker-1', ops, issued_at_ms: 0n });
  const CONNECTIONS = 40;
  const PER_TICKET = 16;
  const RESERVED = 2;

  beforeEach(() => {
    system.type('attach queen\r');
    system.type('spawn {"spawn":"heartbeat","ticks":50}\r');
    system.type('quit\r');
  });

  it('one ticket has its share of sessions', () => {
    const let_in = Array.from({ length: CONNECTIONS - RESERVED }, (_, n) => enters(n, workerTicket(1000n)));
    expect(let_in.lastIndexOf(true)).toBe(PER_TICKET - 1);
    expect(enters(CONNECTIONS - 1, workerTicket(2000n)), 'another ticket').toBe(true);
  });

  it('workers with many tickets leave connections for the queen', () => {
    const let_in = Array.from({ length: CONNECTIONS }, (_, n) => enters(n, workerTicket(1000n + BigInt(n))));
    expect(let_in.lastIndexOf(true)).toBe(CONNECTIONS - RESERVED - 1);
    system.advance(AUTH_TIMEOUT_MS);
    const ended = peer.take().map(({ connection }) => connection);
    expect(ended, 'places that net gives to others').toEqual([CONNECTIONS - 2, CONNECTIONS - 1]);
    expect(
      client(CONNECTIONS - 1, 2)
        .attach('queen', QUEEN)
        .read('/proc/9p/sessions'),
    ).toContain('total=39');
  });
});

describe('the connection of a session that was revoked is closed though its client is silent', () => {
  const WORKER = mint({ role: 1, subject: 'worker-1', issued_at_ms: 0n });
  /** A ticket with 100 s left; the wall clock counts whole seconds. */
  const short = (role: number, subject = {}): string =>
    mint({ role, ttl_s: 160n, issued_at_ms: 1_700_000_000_000n, ...subject });
  const LEFT_MS = 100_000n;

  function spawn(): void {
    system.type('attach queen\r');
    system.type('spawn {"spawn":"heartbeat","ticks":50}\r');
  }

  it('after its worker was killed', () => {
    spawn();
    client(0, 1).attach('worker-heartbeat:worker-1', WORKER);
    client(1, 1).attach('queen', QUEEN);
    expect(system.type('kill worker-1\r')).toContain('OK KILL');
    system.advance(AUTH_TIMEOUT_MS - 1n);
    expect(peer.take()).toEqual([]);
    system.advance(1n);
    expect(peer.take().map(brief)).toEqual([`ended 0.1 detail ${ENDED.refused}`]);
    expect(system.ninedoor.alarm, 'idle is idle').toBe(0n);
  });

  it('after its ticket has ended', () => {
    const ending = client(0, 1).attach('queen', short(0));
    client(1, 1).attach('queen', QUEEN);
    system.advance(LEFT_MS - 1000n);
    expect(ending.list('/'), 'until then it is served').toContain('proc');
    system.advance(1000n);
    expect(peer.take()).toEqual([]);
    system.advance(AUTH_TIMEOUT_MS);
    expect(peer.take().map(brief)).toEqual([`ended 0.1 detail ${ENDED.refused}`]);
    expect(system.ninedoor.alarm, 'idle is idle').toBe(0n);
  });

  it('but the worker of a ticket that has ended goes on', () => {
    spawn();
    client(0, 1).attach('worker-heartbeat', short(1, { subject: 'worker-1' }));
    system.advance(LEFT_MS);
    system.advance(AUTH_TIMEOUT_MS);
    expect(peer.take().map(brief)).toEqual([`ended 0.1 detail ${ENDED.refused}`]);
    expect(system.type('ls /worker\r')).toContain('worker-1');
  });

  it('a ticket that ends after all clocks do wakes nobody', () => {
    client(0, 1).attach('queen', mint({ role: 0, ttl_s: 10_000_000_000_000_000n, issued_at_ms: 1_700_000_000_000n }));
    system.advance(AUTH_TIMEOUT_MS);
    expect(peer.take()).toEqual([]);
    expect(system.ninedoor.alarm).toBe(0n);
  });
});

describe('tickets', () => {
  const WORKER = mint({ role: 1, subject: 'worker-1', issued_at_ms: 0n });

  it('of a worker that was killed are good for nothing any more', () => {
    system.type('attach queen\r');
    expect(system.type('spawn {"spawn":"heartbeat","ticks":50}\r')).toContain('OK SPAWN');
    const worker = client(0, 1).attach('worker-heartbeat:worker-1', WORKER);
    expect(worker.list('/worker')).toEqual(['worker-1']);
    expect(system.type('kill worker-1\r')).toContain('OK KILL');
    expect(worker.refusal((c) => c.list('/worker'))).toBe('errno 32');
    peer.open(1, 1);
    peer.exchange(data(1, 1, version()));
    for (let n = 1; n <= MAX_REFUSED_ATTACHES; n++) {
      const answers = peer.exchange(data(1, 1, attach(n, 'worker-heartbeat', WORKER))).map(brief);
      const last = n === MAX_REFUSED_ATTACHES ? [`ended 1.1 detail ${ENDED.refused}`] : [];
      expect(answers, 'ENOENT').toEqual([`data 1.1 0b00000007${`0${n}00`}02000000`, ...last]);
    }
  });

  it('that are wrong, in a storm, are refused and counted, and keep nobody out', () => {
    const connections = 300;
    const good = client(39, 1).attach('queen', QUEEN);
    const refusals = (): string[] =>
      good
        .read('/proc/net/refusals')
        .split('\n')
        .filter((line) => line.includes('=') && !line.endsWith('=0'));
    const memory = system.ninedoor.memory.bytes.length;
    for (let n = 0; n < connections; n++) {
      const number = n % 39;
      peer.open(number, n);
      const tries = Array.from({ length: 5 }, (_, tag) =>
        data(number, n, attach(tag, 'queen', `cohesix-ticket-${n}.${tag}`)),
      );
      const answers = peer.exchange(data(number, n, version()), ...tries).map(brief);
      expect(answers).toHaveLength(1 + MAX_REFUSED_ATTACHES + 1);
      expect(answers.at(-1)).toBe(`ended ${number}.${n} detail ${ENDED.refused}`);
    }
    expect(refusals()).toEqual([
      `secure9p_attach_refused=${connections}`,
      `secure9p_unknown_connection=${connections * 2}`,
    ]);
    expect(system.ninedoor.memory.bytes.length).toBe(memory);
    expect(client(0, connections).attach('queen', QUEEN).read('/proc/9p/sessions')).toContain('sessions total=2 ');
    const log = good.read('/log/queen.log');
    expect(log).not.toContain('cohesix-ticket');
    expect(log.split('\n').length, 'a storm does not flush the log').toBeLessThan(100);
  });
});

it('counts why it ended connections', () => {
  const queen = client(39, 1).attach('queen', QUEEN);
  peer.open(0, 1);
  peer.exchange(data(0, 1, Buffer.alloc(3)));
  peer.exchange(data(0, 1, version()));
  peer.open(0, 2);
  system.advance(AUTH_TIMEOUT_MS);
  peer.take();
  const bad = record(1, 1, KIND.data);
  bad.writeUInt32LE(0x7fff_ffff, 8);
  const shown = queen
    .read('/proc/net/refusals')
    .split('\n')
    .filter((line) => line.startsWith('secure9p_'));
  expect(shown).toEqual([
    'secure9p_sessions_full=0',
    'secure9p_attach_timeout=1',
    'secure9p_attach_refused=0',
    'secure9p_malformed=1',
    'secure9p_unknown_connection=1',
    'secure9p_records_lost=0',
  ]);
  peer.exchange(bad);
  expect(client(0, 3).attach('queen', QUEEN).read('/proc/net/refusals')).toContain('secure9p_records_lost=1\n');
});

describe('a full table of sessions', () => {
  /** Fills the table with sessions of the console. */
  function fill(): void {
    const instance = modules.layout.domains.find(({ name }) => name === 'console')?.firstInstance ?? 0;
    while (system.ninedoor.serve((1n << 62n) | BigInt(instance), { label: 2n, words: [] }).label === 0n);
  }

  it('refuses a new connection', () => {
    fill();
    expect(peer.open(0, 1).map(brief)).toEqual([`ended 0.1 detail ${ENDED.refused}`]);
    expect(peer.exchange(data(0, 1, version()))).toEqual([]);
  });

  it('gives up those who should have attached, the oldest first, but nobody before its time', () => {
    peer.open(0, 1);
    peer.open(1, 1, 1000);
    fill();
    expect(peer.open(2, 1).map(brief)).toEqual([`ended 2.1 detail ${ENDED.refused}`]);
    // Time passes, and the poke is late.
    system.root.advance(5000n * 62_500n);
    const givenUp = [1, 0].map((number) => `ended ${number}.1 detail ${ENDED.refused}`);
    expect(peer.open(2, 2).map(brief)).toEqual(givenUp);
    expect(peer.exchange(data(2, 2, version()))).toHaveLength(1);
  });

  it('gives up a session that was revoked', () => {
    const spent = client(0, 1).attach('queen', mint({ role: 0, ops: 1n, issued_at_ms: 0n }));
    spent.walk('/proc');
    spent.refusal((c) => c.walk('/proc'));
    fill();
    expect(peer.open(1, 1).map(brief)).toEqual([`ended 0.1 detail ${ENDED.refused}`]);
  });
});

describe('records that net should not write', () => {
  const cases: [string, () => Buffer, string[]][] = [
    ['an unknown connection', () => data(9, 1, version()), []],
    ['a number that no connection has', () => data(65535, 1, version()), []],
    ['another generation', () => data(1, 2, version()), []],
    ['the end of another generation', () => record(1, 2, KIND.ended), []],
    ['OPENED without its data', () => record(2, 1, KIND.opened), []],
    ['OPENED of a number that no connection has', () => record(60000, 1, KIND.opened, 0, Buffer.alloc(12)), []],
    ['no frame at all', () => data(1, 1, Buffer.alloc(0)), [`ended 1.1 detail ${ENDED.abort}`]],
    ['a frame of six bytes', () => data(1, 1, Buffer.from([6, 0, 0, 0, 100, 0])), [`ended 1.1 detail ${ENDED.abort}`]],
    [
      'a frame and half another',
      () => data(1, 1, Buffer.concat([version(), version().subarray(0, 9)])),
      [`ended 1.1 detail ${ENDED.abort}`],
    ],
    ['two frames', () => data(1, 1, Buffer.concat([version(), version()])), [`ended 1.1 detail ${ENDED.abort}`]],
    [
      'a size that is not the record',
      () => data(1, 1, Buffer.concat([u32bytes(4096), version().subarray(4)])),
      [`ended 1.1 detail ${ENDED.abort}`],
    ],
    ['GRANT', () => record(1, 1, KIND.grant, 0, Buffer.alloc(4)), [`ended 1.1 detail ${ENDED.abort}`]],
    ['MALFORMED', () => record(1, 1, KIND.malformed, 1), [`ended 1.1 detail ${ENDED.abort}`]],
    ['an unknown kind', () => record(1, 1, 200), [`ended 1.1 detail ${ENDED.abort}`]],
    ['SELF_TEST', () => record(0, 0, KIND.selfTest), []],
  ];
  it.each(cases)('%s', (_name, bytes, answers) => {
    peer.open(1, 1);
    const other = client(4, 4).attach('queen', QUEEN);
    expect(peer.exchange(bytes()).map(brief)).toEqual(answers);
    expect(other.list('/'), 'others are not concerned').toContain('proc');
    const goesOn = peer.exchange(data(1, 1, version()));
    expect(goesOn).toHaveLength(answers.length === 0 ? 1 : 0);
  });

  it('OPENED of a number in use ends the session of before', () => {
    client(1, 1).attach('queen', QUEEN);
    peer.open(1, 2);
    expect(peer.exchange(data(1, 1, frame(120, 1, u32(0))))).toEqual([]);
    expect(client(2, 1).attach('queen', QUEEN).read('/proc/9p/sessions')).toContain('total=2');
  });

  it('a length that no record has: all begin anew', () => {
    client(1, 1).attach('queen', QUEEN);
    client(2, 1).attach('queen', QUEEN);
    const bad = record(1, 1, KIND.data);
    bad.writeUInt32LE(0x7fff_ffff, 8);
    const answers = peer.exchange(data(1, 1, frame(120, 1, u32(0))), bad, data(1, 1, version()));
    expect(answers.map(brief)).toEqual(['data 1.1 07000000790100', 'reset 0.0 0100000000000000']);
    expect(client(1, 2).attach('queen', QUEEN).read('/proc/9p/sessions')).toContain('total=1');
  });
});

/** NineDoor's domain without a console, not started yet. */
function another(options: Partial<DomainOptions>): SimDomain {
  const names = modules.constants('ninedoor');
  const instance = modules.layout.domains.find(({ name }) => name === 'ninedoor')?.firstInstance ?? 0;
  return new SimDomain(modules.ninedoor, {
    events: names['SLOT_EVENTS'] ?? 0n,
    calls: new Map([[names['SLOT_SUPERVISOR'] ?? 0n, ({ label, words }) => system.root.call(instance, label, words)]]),
    ...options,
  });
}

it('tells net once, however much it took', () => {
  const names = modules.constants('ninedoor');
  const told: string[] = [];
  const signals = new Map(
    ['NINEDOOR_NET', 'NET_NINEDOOR'].map((name) => [names[`SLOT_SIGNAL_${name}`] ?? 0n, () => void told.push(name)]),
  );
  const ninedoor = another({ signals });
  const net = new NetworkPeer(() => ninedoor, names);
  ninedoor.start();
  expect(told.splice(0), 'RESET').toEqual(['NINEDOOR_NET']);
  net.put(record(0, 1, KIND.opened, 0, Buffer.alloc(12)));
  net.wake();
  expect(told.splice(0), 'room').toEqual(['NET_NINEDOOR']);
  net.put(...Array.from({ length: 20 }, (_, n) => data(0, 1, version(n))));
  net.wake();
  expect(told.splice(0), 'answers').toEqual(['NINEDOOR_NET']);
  net.wake();
  expect(told, 'nothing').toEqual([]);
});

describe('clients that never stop', () => {
  const names = (): Readonly<Record<string, bigint>> => modules.constants('ninedoor');
  const MS = 62_500n;
  const WORK_MS = 40n;
  const SERVED_US = 50n;

  /** A domain in which each look at the counter takes some time, with requests without end. */
  function flooded(): { ninedoor: SimDomain; net: NetworkPeer; waiting: () => number; now: () => bigint } {
    let now = 0n;
    const ninedoor = another({ counter: () => (now += (SERVED_US * MS) / 1000n) });
    const net = new NetworkPeer(() => ninedoor, names());
    ninedoor.start();
    net.open(0, 1);
    const waiting = (): number => {
      const ring = net.ring('NET_NINEDOOR');
      return (ring.tail - ring.head) >>> 0;
    };
    return { ninedoor, net, waiting, now: () => now };
  }

  it('do not keep others from the processor', () => {
    const { ninedoor, net, waiting, now } = flooded();
    const work = (): void => {
      net.put(...Array.from({ length: 200 }, (_, n) => data(0, 1, version(n))));
      net.wake();
    };
    const started = now();
    let rounds = 0;
    for (; waiting() === 0; rounds++) {
      work();
      net.ring('NINEDOOR_NET').read();
      expect(rounds).toBeLessThan(1000);
    }
    expect(now() - started, 'as long as it may').toBeGreaterThanOrEqual(WORK_MS * MS);
    expect(now() - started).toBeLessThan(2n * WORK_MS * MS);
    expect(ninedoor.alarm, 'the root task shall wake it').toBeGreaterThan(0n);
    expect(ninedoor.alarm).toBeLessThanOrEqual(now());
    const left = waiting();
    net.wake();
    expect(waiting(), 'it rests, whatever net says').toBe(left);
    const console_ = BigInt(modules.layout.domains.find(({ name }) => name === 'console')?.firstInstance ?? 0);
    expect(ninedoor.serve((1n << 62n) | console_, { label: 2n, words: [] }).label, 'and serves others').toBe(0n);
    const until = now() + 5n * MS;
    let pokes = 0;
    for (; waiting() === left; pokes++) {
      ninedoor.events |= 1n;
      ninedoor.run();
      expect(pokes).toBeLessThan(1000);
    }
    expect(now(), 'a poke too early does not end it').toBeGreaterThanOrEqual(until - 2n * MS);
    expect(waiting()).toBe(0);
  });
});

describe('indices that make no sense', () => {
  it.each([
    ['of the ring from net', 'NET_NINEDOOR'],
    ['of the ring to net', 'NINEDOOR_NET'],
  ] as const)('%s: all begin anew', (_name, channel) => {
    client(1, 1).attach('queen', QUEEN);
    const ring = peer.ring(channel);
    ring.setIndices((ring.head + 0x0100_0000) >>> 0, ring.head);
    peer.wake();
    expect(peer.take().map(brief)).toEqual(['reset 0.0 0100000000000000']);
    expect(peer.exchange(data(1, 1, version())), 'the session is gone').toEqual([]);
    expect(client(1, 2).attach('queen', QUEEN).read('/proc/9p/sessions')).toContain('total=1');
  });
});

describe('a new instance', () => {
  it('of net ends the sessions of its predecessor', () => {
    client(1, 1).attach('queen', QUEEN);
    client(2, 1).attach('queen', QUEEN);
    expect(peer.exchange(record(0, 0, KIND.reset, 0, Buffer.alloc(8, 2)))).toEqual([]);
    expect(peer.exchange(data(1, 1, frame(120, 1, u32(0))))).toEqual([]);
    expect(client(1, 900).attach('queen', QUEEN).read('/proc/9p/sessions')).toContain('total=1');
  });

  it('of NineDoor says so first, and takes nothing that was there before', () => {
    client(1, 1).attach('queen', QUEEN);
    const second = another({ generation: () => 2n });
    const net = new NetworkPeer(() => second, modules.constants('ninedoor'));
    net.put(record(2, 1, KIND.opened, 0, Buffer.alloc(12)), data(2, 1, version()));
    second.start();
    expect(net.take().map(brief)).toEqual(['reset 0.0 0200000000000000']);
    expect(net.exchange(data(2, 1, version()))).toEqual([]);
  });
});

function u32bytes(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
