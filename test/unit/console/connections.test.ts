// SPDX-License-Identifier: Apache-2.0
/** Connections of the console, at the rings to net: what comes in as records and goes out as records, to the byte (01 §3.2, §3.3). */
import { beforeAll, describe, expect, it } from 'vitest';
import { ABORT, BY_PEER, DATA, ENDED, GRANT, LOST, OPENED, TOO_LONG, TOO_SHORT } from '../../sim/stream.ts';
import { SimSystem } from '../../sim/system.ts';
import { simulationModules, type Modules } from '../../support/build.ts';

let modules: Modules;
beforeAll(async () => {
  modules = await simulationModules();
});

const CLOSED = 0;
const FRAME = 'ERR FRAME reason=invalid-length';
const auth = (reason: string): string => `ERR AUTH reason=${reason}`;
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

describe('before AUTH', () => {
  const table: [string, string | Uint8Array, string[], number | undefined][] = [
    ['the token', 'AUTH changeme', ['OK AUTH'], undefined],
    ['another token', 'AUTH wrong', [auth('invalid-length')], CLOSED],
    ['another one of the same length', 'AUTH changeMe', [auth('invalid-token')], CLOSED],
    ['a blank behind it', 'AUTH changeme ', [auth('invalid-length')], CLOSED],
    ['a longer one', `AUTH ${'x'.repeat(251)}`, [auth('invalid-length')], CLOSED],
    ['no token', 'AUTH ', [auth('invalid-length')], CLOSED],
    ['no blank', 'AUTH', [auth('invalid-length')], CLOSED],
    ['lower case', 'auth changeme', [auth('expected-token')], CLOSED],
    ['another verb', 'ping', [auth('invalid-length')], CLOSED],
    ['attach', 'ATTACH queen', [auth('invalid-length')], CLOSED],
    ['attach, as long as the right line', 'ATTACH queens', [auth('expected-token')], CLOSED],
    ['nothing', '', [auth('invalid-length')], CLOSED],
    ['no text', bytes(0xff, 0xfe), [FRAME], CLOSED],
    ['a token that is no text', bytes(...Buffer.from('AUTH '), 0xc3), [FRAME], CLOSED],
  ];
  it.each(table)('%s', (_name, line, answer, ended) => {
    const client = new SimSystem(modules).console.net.open();
    expect(client.send(line)).toEqual(answer);
    expect(client.ended).toBe(ended);
  });

  it.each([TOO_SHORT, TOO_LONG])('a frame that is none (%i)', (detail) => {
    const client = new SimSystem(modules).console.net.open();
    expect(client.malformed(detail)).toEqual([FRAME]);
    expect(client.ended).toBe(CLOSED);
  });

  it('only the first line counts: what follows a refusal is not looked at', () => {
    const client = new SimSystem(modules).console.net.open();
    expect(client.send('AUTH wrong', 'AUTH changeme', 'ping')).toEqual([auth('invalid-length')]);
    expect(client.ended).toBe(CLOSED);
  });

  it('lines that are sent at once are answered in order', () => {
    const client = new SimSystem(modules).console.net.open();
    expect(client.send('AUTH changeme', 'ATTACH queen ', 'PING')).toEqual([
      'OK AUTH',
      'OK ATTACH role=queen',
      'OK PING reply=pong',
      'PONG',
    ]);
  });
});

describe('after AUTH', () => {
  const refused = (detail: string): string[] => [`ERR PARSE reason=policy detail=${detail}`];
  const table: [string, string | Uint8Array, string[]][] = [
    ['ping', 'PING', ['OK PING reply=pong', 'PONG']],
    ['a line with its end', 'ping\r\n', ['OK PING reply=pong', 'PONG']],
    ['control bytes', 'pi\x01nx\x08g', ['OK PING reply=pong', 'PONG']],
    ['two lines in one', 'ping\nping', refused('unsupported console command')],
    ['nothing', '', refused('empty command')],
    ['blanks', '   ', refused('empty command')],
    ['no verb', 'nope', refused('unsupported console command')],
    ['AUTH again', 'AUTH changeme', refused('unsupported console command')],
    ['no argument', 'ls', refused('missing required argument: path')],
    ['256 bytes', `ping ${'x'.repeat(251)}`, ['OK PING reply=pong', 'PONG']],
    ['no session', 'ls /', ['ERR LS reason=policy detail=unauthenticated']],
    ['log without a session', 'log', ['ERR LOG reason=policy detail=unauthenticated']],
    ['test', 'test', ['ERR TEST reason=policy detail=host-only']],
    ['cachelog', 'cachelog 5', ['ERR CACHELOG reason=policy detail=unsupported']],
    ['attach without a role', 'attach', refused('missing required argument: role')],
    ['attach to no role', 'attach bogus', ['ERR ATTACH reason=policy detail=invalid-role']],
    ['attach without a ticket', 'attach worker-heartbeat', ['ERR ATTACH reason=policy detail=denied']],
    ['attach', 'attach queen', ['OK ATTACH role=queen']],
  ];
  it.each(table)('%s', (_name, line, answer) => {
    const client = new SimSystem(modules).console.net.login();
    expect(client.send(line)).toEqual(answer);
    expect(client.ended).toBeUndefined();
    expect(client.send('ping')).toEqual(['OK PING reply=pong', 'PONG']);
  });

  it('a ping that comes while payload is shown is answered between its lines, anything else behind it', () => {
    const client = new SimSystem(modules).console.net.login('attach queen');
    for (let n = 0; n < 100; n++) client.send(`echo /log/queen.log ${'x'.repeat(200)}`);
    const answer = client.send('log', 'PING', 'ls /log', 'ping');
    const end = answer.indexOf('END');
    const pings = answer.flatMap((line, at) => (line === 'OK PING reply=pong' ? [at] : []));
    expect(pings).toHaveLength(2);
    expect(pings[0]).toBeLessThan(end);
    expect(answer[pings[0]! + 1]).toBe('PONG');
    expect(answer.slice(end + 1)).toEqual([
      'OK LS path=/log entries=1',
      'queen.log',
      'END',
      'OK PING reply=pong',
      'PONG',
    ]);
  });

  it('help: the acknowledgement, then the list', () => {
    const answer = new SimSystem(modules).console.net.login().send('help');
    expect(answer.slice(0, 2)).toEqual(['OK HELP', 'Commands:']);
    expect(answer).toHaveLength(11);
    expect(answer.at(-1)).toBe('  quit  - Exit the console session');
  });

  it.each(['bi', 'caps', 'mem'])('%s: the acknowledgement, then what the serial line shows before it', (verb) => {
    const system = new SimSystem(modules);
    const answer = system.console.net.login().send(verb);
    const serial = system.type(`${verb}\r`).split('\r\n').slice(1, -1);
    expect(answer).toEqual([...serial.slice(-1), ...serial.slice(0, -1)]);
    expect(answer[0]).toMatch(/^OK [A-Z]+$/);
  });

  it('a long frame is refused and the connection goes on', () => {
    const client = new SimSystem(modules).console.net.login();
    expect(client.malformed(TOO_LONG)).toEqual([FRAME]);
    expect(client.send('ping', 'ping')).toHaveLength(4);
    expect(client.ended).toBeUndefined();
  });

  it('long frames without end use up no memory, and are answered one by one', () => {
    const client = new SimSystem(modules).console.net.login();
    for (let i = 0; i < 300; i++) expect(client.malformed(TOO_LONG)).toEqual([FRAME]);
    expect(client.send('ping')).toHaveLength(2);
  });

  it('a length below four closes it, after what was sent before', () => {
    const client = new SimSystem(modules).console.net.login();
    expect(client.malformed(TOO_SHORT)).toEqual([FRAME]);
    expect(client.ended).toBe(CLOSED);
  });

  it('a line that is no text closes it', () => {
    const client = new SimSystem(modules).console.net.login();
    expect(client.send(bytes(0x70, 0xed, 0xa0, 0x80))).toEqual([FRAME]);
    expect(client.ended).toBe(CLOSED);
  });

  it('quit: OK QUIT, then the end', () => {
    const client = new SimSystem(modules).console.net.login('attach queen');
    expect(client.send('quit', 'ping')).toEqual(['OK QUIT']);
    expect(client.ended).toBe(CLOSED);
  });

  it('NineDoor that is down: one line, the refusal', () => {
    const system = new SimSystem(modules);
    const client = system.console.net.login('attach queen');
    system.isDown = true;
    expect(client.send('ls /')).toEqual(['ERR LS reason=policy detail=ninedoor-unavailable']);
    expect(client.send('ping')).toEqual(['OK PING reply=pong', 'PONG']);
    system.restartNineDoor();
    expect(client.send('ls /')).toEqual(['ERR LS reason=policy detail=closed']);
    expect(client.send('attach queen')).toEqual(['OK ATTACH role=queen']);
    expect(client.send('ls /log')).toContain('queen.log');
  });
});

describe('time', () => {
  it('nothing said within auth.timeout_ms', () => {
    const system = new SimSystem(modules);
    const client = system.console.net.open();
    system.advance(4900n);
    expect(client.take()).toEqual([]);
    system.advance(200n);
    expect(client.take()).toEqual([auth('timeout')]);
    expect(client.ended).toBe(CLOSED);
  });

  it('counts from when the peer was accepted', () => {
    const system = new SimSystem(modules);
    const client = system.console.net.open({ age_ms: 4000 });
    system.advance(1100n);
    expect(client.take()).toEqual([auth('timeout')]);
    const late = system.console.net.open({ age_ms: 60_000 });
    system.advance(5n);
    expect(late.take()).toEqual([auth('timeout')]);
  });

  it('nothing said for network.idle_timeout_ms: a line, and the end; a line in time keeps it', () => {
    const system = new SimSystem(modules);
    const { net } = system.console;
    const [idle, busy] = [net.login('attach queen'), net.login()];
    for (let i = 0; i < 3; i++) {
      system.advance(99_000n);
      expect(busy.send('ping')).toHaveLength(2);
      expect(idle.ended).toBeUndefined();
    }
    system.advance(4_000n);
    expect(idle.take()).toEqual(['ERR CONSOLE reason=timeout']);
    expect(idle.ended).toBe(CLOSED);
    expect(busy.ended).toBeUndefined();
  });

  it('a peer that reads nothing is closed with a reset when its time is over', () => {
    const system = new SimSystem(modules);
    const client = system.console.net.login('attach queen');
    client.isStalled = true;
    client.send(...Array.from({ length: 40 }, () => 'ls /shard'));
    system.advance(301_000n);
    expect(client.ended).toBe(ABORT);
  });

  it('without connections no alarm is set, with them only one for the next time-out', () => {
    const system = new SimSystem(modules);
    const { console } = system;
    expect(console.console.alarm).toBe(0n);
    const client = console.net.open();
    expect(console.console.alarm).toBeGreaterThan(0n);
    client.send('AUTH changeme', 'quit');
    system.advance(6_000n);
    expect(console.console.alarm).toBe(0n);
  });
});

describe('ends', () => {
  it('what the peer sent before its end is answered', () => {
    const system = new SimSystem(modules);
    const client = system.console.net.open();
    system.console.consoleDown = true;
    client.send('AUTH changeme', 'ping');
    client.close(BY_PEER);
    system.console.consoleDown = false;
    system.console.settle();
    expect(client.take()).toEqual(['OK AUTH', 'OK PING reply=pong', 'PONG']);
    expect(client.ended).toBe(CLOSED);
  });

  it('a connection that was lost is forgotten, and its session with NineDoor ends', () => {
    const system = new SimSystem(modules);
    const { net } = system.console;
    const client = net.login('attach queen');
    system.type('attach queen\r');
    expect(system.type('cat /proc/9p/sessions\r')).toContain('sessions total=2');
    client.close(LOST);
    net.connections.delete(client.number);
    expect(client.ended).toBeUndefined();
    expect(system.type('cat /proc/9p/sessions\r')).toContain('sessions total=1');
  });

  it('a number that is used again has nothing of the one before', () => {
    const system = new SimSystem(modules);
    const { net } = system.console;
    const first = net.login('attach queen', { number: 7 });
    first.isStalled = true;
    expect(first.send('ls /shard', 'ls /shard').length).toBeGreaterThan(100);
    net.connections.delete(7);
    const second = net.open({ number: 7 });
    expect(second.take()).toEqual([]);
    expect(second.send('AUTH changeme', 'ls /')).toEqual(['OK AUTH', 'ERR LS reason=policy detail=unauthenticated']);
    // Late records for the first.
    first.raw(DATA, 0, Buffer.from('quit'));
    first.raw(ENDED, LOST, Buffer.alloc(0));
    expect(second.send('ping')).toHaveLength(2);
    expect(first.take()).toEqual([]);
  });

  it('the queen that is lost is not in reach any more', () => {
    const system = new SimSystem(modules);
    const { net } = system.console;
    const client = net.login('attach queen');
    expect(client.send('cat /proc/root/reachable').at(-2)).toBe('reachable=yes');
    client.close(LOST);
    const worker = net.login('attach queen', { number: 3 });
    // Whoever looks is a queen: what was is told by the reason, which nothing has set.
    expect(worker.send('cat /proc/root/cut_reason').at(-2)).toBe('cut_reason=none');
  });
});

describe('restart', () => {
  it('the first record is RESET', () => {
    expect(new SimSystem(modules).console.net.resets).toBe(1);
  });

  it('of the console: net is told, and nothing of before is left', () => {
    const system = new SimSystem(modules);
    const { net } = system.console;
    net.login('attach queen');
    system.restartConsole();
    expect(net.resets).toBe(2);
    expect(net.connections.size).toBe(0);
    expect(net.login('attach queen').send('cat /proc/9p/sessions')[1]).toMatch(/total=1 /);
  });

  it('of net: all sessions end', () => {
    const system = new SimSystem(modules);
    const { net } = system.console;
    const clients = Array.from({ length: 5 }, () => net.login('attach queen'));
    clients[0]!.isStalled = true;
    clients[0]!.send('ls /shard', 'ls /shard');
    net.isDown = true;
    system.console.settle();
    net.restart();
    system.type('attach queen\r');
    expect(system.type('cat /proc/9p/sessions\r')).toContain('sessions total=1');
    expect(net.login('attach queen').send('ping')).toHaveLength(2);
  });

  it('net that is down keeps nobody from the serial line, and nothing is lost when it comes back', () => {
    const system = new SimSystem(modules);
    const { net } = system.console;
    const client = net.login('attach queen');
    net.isDown = true;
    client.send('ls /shard');
    expect(system.type('ping\r')).toContain('PONG');
    net.isDown = false;
    net.signalled();
    client.push();
    net.write(Buffer.alloc(0));
    expect(client.send('ping').slice(-2)).toEqual(['OK PING reply=pong', 'PONG']);
  });
});

describe('records that break the rules', () => {
  const open = (): { system: SimSystem; client: ReturnType<SimSystem['console']['net']['login']> } => {
    const system = new SimSystem(modules);
    return { system, client: system.console.net.login('attach queen') };
  };

  it.each([
    ['a line that is too long', DATA, Buffer.alloc(257, 0x20)],
    ['a grant of more than all', GRANT, Buffer.from([0xff, 0xff, 0xff, 0xff])],
    ['a grant without a number', GRANT, Buffer.alloc(0)],
  ])('%s closes the connection', (_name, kind, data) => {
    const { system, client } = open();
    client.raw(kind, 0, data);
    expect(client.ended).toBe(ABORT);
    expect(system.console.net.login('attach queen').send('ping')).toHaveLength(2);
  });

  it('more input than the credit closes the connection', () => {
    const { system, client } = open();
    system.console.consoleDown = true;
    for (let i = 0; i < 20; i++) client.raw(DATA, 0, Buffer.alloc(250, 0x20));
    system.console.consoleDown = false;
    system.console.settle();
    expect(client.ended).toBe(ABORT);
  });

  it.each([
    ['for a connection that is not', 200, DATA, Buffer.from('ping')],
    ['OPENED beyond the table', 999, OPENED, Buffer.alloc(12)],
    ['OPENED without an address', 9, OPENED, Buffer.alloc(3)],
    ['of no kind', 0, 77, Buffer.from('x')],
  ])('%s: dropped', (_name, number, kind, data) => {
    const { system, client } = open();
    const header = Buffer.alloc(12);
    header.writeUInt16LE(number, 0);
    header.writeUInt16LE(client.generation, 2);
    header[4] = kind;
    header.writeUInt32LE(data.length, 8);
    system.console.net.write(Buffer.concat([header, data]));
    system.console.net.run();
    expect(client.send('ping')).toHaveLength(2);
  });

  it('what is no record makes both begin anew', () => {
    const { system, client } = open();
    system.console.net.write(Buffer.from('this is no record at all'));
    system.console.net.run();
    expect(system.console.net.resets).toBe(2);
    expect(client.ended).toBeUndefined();
    expect(system.console.net.login('attach queen').send('ping')).toHaveLength(2);
  });
});
