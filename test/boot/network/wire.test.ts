// SPDX-License-Identifier: Apache-2.0
/**
 * The TCP console on the wire, byte by byte: framing, AUTH, ATTACH and the acknowledgements that older clients depend on. Every
 * case has a connection of its own. With `SEL4_PREFIX` set, on a genuine kernel too.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUILD_TIMEOUT_MS, kernels } from '../domains/image.ts';
import { ConsoleClient, lineFrame } from './clients/console.ts';
import { CONSOLE_PORT, Network, networkImage, ticketFor } from './system.ts';

const LIFE_MS = 240_000;
const CASE_MS = 30_000;

/** The bytes of lines as the server must send them. */
const frames = (...lines: readonly string[]): string => Buffer.concat(lines.map(lineFrame)).toString('latin1');

const closed = (ack: string) => ({ lines: [ack], how: 'end' });

/** What is sent on a new connection, and the one line that comes back before it is closed. */
const AUTH_REFUSALS: [string, Buffer, string][] = [
  ['another token', lineFrame('AUTH changemf'), 'ERR AUTH reason=invalid-token'],
  ['a token that differs in its first byte', lineFrame('AUTH Changeme'), 'ERR AUTH reason=invalid-token'],
  ['a shorter token', lineFrame('AUTH wrong'), 'ERR AUTH reason=invalid-length'],
  ['a blank behind the token', lineFrame('AUTH changeme '), 'ERR AUTH reason=invalid-length'],
  ['no token', lineFrame('AUTH '), 'ERR AUTH reason=invalid-length'],
  ['another case', lineFrame('auth changeme'), 'ERR AUTH reason=expected-token'],
  ['another verb of the same length', lineFrame('ATTACH queens'), 'ERR AUTH reason=expected-token'],
  ['another verb', lineFrame('ping'), 'ERR AUTH reason=invalid-length'],
  ['an empty line', lineFrame(''), 'ERR AUTH reason=invalid-length'],
];

const bytes = (...values: readonly number[]): Buffer => Buffer.from(values);

/** Frames that close a connection which has not authenticated. */
const BAD_FRAMES: [string, Buffer][] = [
  ['a length of 0', bytes(0, 0, 0, 0)],
  ['a length of 3', bytes(3, 0, 0, 0)],
  ['a length of 261', Buffer.concat([bytes(5, 1, 0, 0), Buffer.alloc(257, 0x61)])],
  ['a length of 8193', bytes(1, 0x20, 0, 0)],
  ['the largest length', bytes(0xff, 0xff, 0xff, 0xff)],
  ['a request of HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
  ['no UTF-8', lineFrame(bytes(0x41, 0x55, 0x54, 0x48, 0x20, 0xff, 0xfe, 0x80))],
];

/** Lines after AUTH, without a session, and the acknowledgement of each. */
const WITHOUT_SESSION: [string, string][] = [
  ['PiNg', 'OK PING reply=pong'],
  ['test', 'ERR TEST reason=policy detail=host-only'],
  ['test x', 'ERR PARSE reason=policy detail=invalid value for argument test'],
  ['nonsense', 'ERR PARSE reason=policy detail=unsupported console command'],
  ['', 'ERR PARSE reason=policy detail=empty command'],
  ['ls /', 'ERR LS reason=policy detail=unauthenticated'],
  ['cat /proc/boot', 'ERR CAT reason=policy detail=unauthenticated'],
  ['tail /log/queen.log', 'ERR TAIL reason=policy detail=unauthenticated'],
  ['log', 'ERR LOG reason=policy detail=unauthenticated'],
  ['echo /log/queen.log x', 'ERR ECHO reason=policy detail=unauthenticated'],
  ['spawn {}', 'ERR SPAWN reason=policy detail=unauthenticated'],
  ['kill worker-1', 'ERR KILL reason=policy detail=unauthenticated'],
  ['attach', 'ERR PARSE reason=policy detail=missing required argument: role'],
];

const P101 = `/${'p'.repeat(100)}`;

/** Lines of a queen, and the acknowledgement of each. */
const AS_QUEEN: [string, string][] = [
  ['LS /proc/lifecycle', 'OK LS path=/proc/lifecycle entries=3'],
  ['cat /proc/lifecycle/state', 'OK CAT path=/proc/lifecycle/state data=state=ONLINE'],
  ['tail /log/queen.log', 'OK TAIL path=/log/queen.log'],
  ['log', 'OK LOG'],
  ['log with arguments', 'OK LOG'],
  ['tail /proc/boot', 'ERR TAIL reason=policy detail=invalid-path path=/proc/boot'],
  [`echo /log/queen.log ${'x'.repeat(128)}`, 'OK ECHO path=/log/queen.log bytes=128'],
  [`echo /log/queen.log ${'x'.repeat(129)}`, 'ERR PARSE reason=policy detail=argument payload exceeds allowed length'],
  [`ls ${P101}`, 'ERR PARSE reason=policy detail=argument path exceeds allowed length'],
  ['ls relative', 'ERR LS reason=policy detail=invalid-path path=relative error=invalid path'],
  ['ls //', 'ERR LS reason=policy detail=invalid-path path=// error=invalid path'],
  ['ls /proc/../log', 'ERR LS reason=policy detail=invalid-path path=/proc/../log error=invalid path'],
  ['ls /a/b/c/d/e/f/g/h/i', 'ERR LS reason=policy detail=invalid-path path=/a/b/c/d/e/f/g/h/i error=invalid path'],
];

describe.each(kernels())('the TCP console on the wire, $name', (kernel) => {
  let network: Network;
  beforeAll(async () => {
    const machine = await networkImage(kernel);
    network = await Network.start(`network/${kernel.name}/wire`, { ...machine, timeout_ms: LIFE_MS });
  }, BUILD_TIMEOUT_MS);
  afterAll(() => network.stop());

  const port = (): number => network.port(CONSOLE_PORT);

  it('answers AUTH, ping and quit byte for byte', { timeout: CASE_MS }, async () => {
    const client = await ConsoleClient.connect(port());
    client.sendRaw(Buffer.from('\x11\0\0\0AUTH changeme\x08\0\0\0ping\x08\0\0\0quit', 'latin1'));
    await client.reader.end();
    const expected = frames('OK AUTH', 'OK PING reply=pong', 'PONG', 'OK QUIT');
    expect(expected.slice(0, 11)).toBe('\x0b\0\0\0OK AUTH');
    expect(client.reader.takeNow(client.reader.available).toString('latin1')).toBe(expected);
  });

  it('takes a conversation byte by byte', { timeout: CASE_MS }, async () => {
    const client = await ConsoleClient.connect(port());
    for (const byte of Buffer.concat([lineFrame('AUTH changeme'), lineFrame('ping'), lineFrame('quit')])) {
      client.sendRaw(bytes(byte));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect(await client.rest()).toEqual({ lines: ['OK AUTH', 'OK PING reply=pong', 'PONG', 'OK QUIT'], how: 'end' });
  });

  it.each(AUTH_REFUSALS)('refuses %s, says why and closes', { timeout: CASE_MS }, async (_name, sent, ack) => {
    const client = await ConsoleClient.connect(port());
    client.sendRaw(sent);
    expect(await client.rest()).toEqual(closed(ack));
  });

  it.each(BAD_FRAMES)('closes on %s before AUTH', { timeout: CASE_MS }, async (_name, sent) => {
    const client = await ConsoleClient.connect(port());
    client.sendRaw(sent);
    const { lines } = await client.rest();
    for (const line of lines) expect(line).toMatch(/^ERR (AUTH|FRAME) reason=invalid-length$/);
  });

  it('closes a connection that does not authenticate in time', { timeout: CASE_MS }, async () => {
    const client = await ConsoleClient.connect(port());
    expect(await client.rest()).toEqual(closed('ERR AUTH reason=timeout'));
  });

  it('has help without a session', { timeout: CASE_MS }, async () => {
    const client = await network.console();
    client.send('help', 'ping');
    const lines: string[] = [];
    for (let line = await client.next(); line !== 'PONG'; line = await client.next()) lines.push(line);
    expect(lines.slice(0, 2)).toEqual(['OK HELP', 'Commands:']);
    expect(lines.at(-1)).toBe('OK PING reply=pong');
    const verbs = lines.slice(2, -1).map((line) => line.trim().split(' ')[0]);
    for (const verb of ['help', 'bi', 'caps', 'mem', 'ping', 'test', 'nettest', 'netstats', 'quit']) {
      expect(verbs).toContain(verb);
    }
    client.close();
  });

  it('acknowledges each line once, without a session', { timeout: CASE_MS }, async () => {
    const client = await network.console();
    for (const [line, ack] of WITHOUT_SESSION) expect((await client.command(line)).ack, line).toBe(ack);
    client.close();
  });

  it('swallows a frame that is too long once authenticated', { timeout: CASE_MS }, async () => {
    const client = await network.console();
    const line = `nonsense ${'x'.repeat(247)}`;
    expect((await client.command(line)).ack).toBe('ERR PARSE reason=policy detail=unsupported console command');
    expect((await client.command(`${line}x`)).ack).toBe('ERR FRAME reason=invalid-length');
    for (const payload_bytes of [8188, 8189, 100_000]) {
      client.send(Buffer.alloc(payload_bytes, 0x61), 'ping');
      expect((await client.answer()).ack, `${payload_bytes}`).toBe('ERR FRAME reason=invalid-length');
      expect((await client.answer()).ack, `${payload_bytes}`).toBe('OK PING reply=pong');
    }
    client.close();
  });

  it.each([
    ['a length of 3', bytes(3, 0, 0, 0)],
    ['no UTF-8', lineFrame(bytes(0x6c, 0x73, 0x20, 0xc3, 0x28))],
  ])('closes on %s after AUTH', { timeout: CASE_MS }, async (_name, sent) => {
    const client = await network.console();
    client.sendRaw(sent);
    const { lines } = await client.rest();
    for (const line of lines) expect(line).toBe('ERR FRAME reason=invalid-length');
  });

  it('acknowledges each line of a queen once', { timeout: CASE_MS }, async () => {
    const client = await network.queen();
    for (const [line, ack] of AS_QUEEN) expect((await client.command(line)).ack, line).toBe(ack);
    expect((await client.command('spawn nonsense')).ack).toMatch(/^ERR SPAWN reason=policy /);
    expect((await client.command('kill worker-999')).ack).toMatch(/^ERR KILL reason=policy /);
    // Nothing is left over: the acknowledgements were one each.
    expect(await client.command('ping')).toEqual({ ack: 'OK PING reply=pong', lines: ['PONG'] });
    await client.expectAck('quit', 'OK QUIT');
    expect(await client.rest()).toEqual({ lines: [], how: 'end' });
  });

  it('lists as many names as it says', { timeout: CASE_MS }, async () => {
    const client = await network.queen();
    for (const path of ['/', '/proc', '/shard']) {
      const { ack, lines } = await client.command(`ls ${path}`);
      expect(ack).toBe(`OK LS path=${path} entries=${lines.length}`);
    }
    expect((await client.command('ls /shard')).lines).toHaveLength(256);
    client.close();
  });

  it('sends every line of a file', { timeout: CASE_MS }, async () => {
    const [console, nine] = [await network.queen(), await network.nine()];
    const text = (await nine.read('/proc/boot')).toString();
    expect((await console.command('cat /proc/boot')).lines).toEqual(text.split('\n').filter((line) => line !== ''));
    console.close();
    nine.close();
  });

  it('answers 40 pings that come at once', { timeout: CASE_MS }, async () => {
    const client = await network.console();
    client.send(...Array.from({ length: 40 }, () => 'ping'), 'quit');
    const { lines, how } = await client.rest();
    expect(how).toBe('end');
    expect(lines).toEqual([...Array.from({ length: 40 }, () => ['OK PING reply=pong', 'PONG']).flat(), 'OK QUIT']);
  });

  it('attaches again, and keeps the session when that is refused', { timeout: 60_000 }, async () => {
    const client = await network.queen();
    for (let n = 0; n < 3; n++) {
      await client.expectAck(`ATTACH queen ${network.ticket}`, 'OK ATTACH role=queen');
    }
    await client.expectAck('attach bogus', 'ERR ATTACH reason=policy detail=invalid-role');
    await client.expectAck('ls /proc/lifecycle', 'OK LS path=/proc/lifecycle entries=3');
    const expired = ticketFor('queen', { now_ms: BigInt(Date.now() - 3_600_000), budget: { ttl_s: 60n } });
    await client.expectAck(`attach queen ${expired}`, 'ERR ATTACH reason=quota detail=expired');
    await client.expectAck('ls /proc/lifecycle', 'OK LS path=/proc/lifecycle entries=3');
    await client.expectAck(`attach queen ${network.ticket}`, 'OK ATTACH role=queen');
    client.close();
  });

  it('lets a worker in with its ticket', { timeout: 60_000 }, async () => {
    const queen = await network.queen();
    await queen.command('spawn {"spawn":"heartbeat","ticks":1000,"budget":{"ttl_s":120}}');
    const id = (await queen.command('ls /worker')).lines[0] ?? '';
    const worker = await network.console();
    const ticket = ticketFor('worker-heartbeat', { subject: id });
    await worker.expectAck(`ATTACH worker-heartbeat ${ticket}`, 'OK ATTACH role=worker-heartbeat');
    expect((await worker.command(`tail /worker/${id}/telemetry`)).ack).toBe(`OK TAIL path=/worker/${id}/telemetry`);
    expect((await worker.command('spawn {}')).ack).toBe('ERR SPAWN reason=policy detail=unauthenticated');
    await queen.expectAck(`kill ${id}`, `OK KILL id=${id}`);
    // The ticket is worth nothing without its worker.
    const late = await network.console();
    expect((await late.command(`ATTACH worker-heartbeat ${ticket}`)).ack).toMatch(/^ERR ATTACH /);
    for (const client of [queen, worker, late]) client.close();
  });
});
