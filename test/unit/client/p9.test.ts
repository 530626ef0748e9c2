// SPDX-License-Identifier: Apache-2.0
/** The 9P client: frames, tags, dialects, losses, and servers that mean harm. */
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import {
  checkPolicy,
  ClientError,
  DEFAULT_POLICY,
  DIALECTS,
  fixedClock,
  mockNode,
  mockTransport,
  nineTransport,
  type NineOptions,
  type Transport,
} from '../../../host/client/index.ts';
import { FrameSplitter, parseReply, Reader, T, Writer } from '../../../host/client/p9/codec.ts';
import { Connection } from '../../../host/client/p9/connection.ts';
import { ShortLink, type Link } from '../../../host/client/p9/link.ts';
import { fromErrno, fromTexts, P9Refusal } from '../../../host/client/p9/refusal.ts';
import { P9Session } from '../../../host/client/p9/session.ts';
import { deadPort, serve, serveNine, type Served } from './servers.ts';

const FAST = checkPolicy({
  ...DEFAULT_POLICY,
  retry: { max_attempts: 3, backoff_ms: 5, ceiling_ms: 20, timeout_ms: 400 },
});

const open: (Transport | Served)[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

async function failure(job: Promise<unknown>): Promise<ClientError> {
  const error: unknown = await job.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ClientError);
  return error as ClientError;
}

/** A link whose other end is the test. */
class Wire implements Link {
  readonly endpoint = 'test';
  readonly sent: Buffer[] = [];
  onData: (bytes: Uint8Array) => void = () => undefined;
  onEnd: (error: ClientError) => void = () => undefined;
  closed = false;
  retries = 0;

  send(bytes: Uint8Array): number {
    this.sent.push(Buffer.from(bytes));
    return bytes.length;
  }

  retried(retries: number): void {
    this.retries += retries;
  }

  close(): void {
    this.closed = true;
  }

  /** Type and tag of what was sent. */
  get requests(): { type: number; tag: number }[] {
    return this.sent.map((frame) => ({ type: frame.readUInt8(4), tag: frame.readUInt16LE(5) }));
  }

  reply(type: number, tag: number, body: (writer: Writer) => unknown = () => undefined): void {
    const writer = new Writer();
    body(writer);
    this.onData(writer.finish(type, tag));
  }
}

const CONNECTION = { timeout_ms: 300, maxInFlight: 4 };
const clunk = (connection: Connection, fid: number): Promise<number> =>
  connection.call(T.clunk, (w) => w.u32(fid)).then((reply) => reply.tag);

describe('frames', () => {
  it('have the golden bytes', () => {
    const version = new Writer().u32(8192).text('9P2000.L').finish(T.version, 0xffff);
    expect(version.toString('hex')).toBe('1500000064ffff002000000800395032303030' + '2e4c');
    const write = new Writer().u32(7).u64(0xffffffffffffffffn).u32(2).data(Buffer.from('hi')).finish(T.write, 3);
    expect(write.toString('hex')).toBe('19000000760300' + '07000000' + 'ffffffffffffffff' + '02000000' + '6869');
  });

  it('may come in any pieces', () => {
    const frames = [1, 2, 300].map((tag) => new Writer().data(Buffer.alloc(tag)).finish(T.clunk, tag));
    const all = Buffer.concat(frames);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 30 }), (cuts) => {
        const splitter = new FrameSplitter(() => 8192);
        const got: Buffer[] = [];
        let at = 0;
        for (const cut of cuts) {
          got.push(...splitter.push(all.subarray(at, at + cut)));
          at += cut;
        }
        got.push(...splitter.push(all.subarray(at)));
        expect(got).toEqual(frames);
      }),
    );
  });

  it.each([0, 6, 8193, 0xffffffff])('of %d bytes cannot be', (size) => {
    const bytes = Buffer.alloc(8);
    bytes.writeUInt32LE(size);
    expect(() => new FrameSplitter(() => 8192).push(bytes)).toThrow(`reply of ${size} bytes cannot be`);
  });

  it('end where they end: nothing is read beyond', () => {
    const reader = new Reader(Buffer.from([5, 0, 0x61]));
    expect(() => reader.text()).toThrow('reply ends too early');
    expect(() => new Reader(Buffer.from([1, 0, 0xff])).text()).toThrow('no UTF-8');
  });
});

describe('refusals', () => {
  it.each([
    [fromErrno(2), 'NotFound', 'no such path'],
    [fromErrno(122), 'TooBig', 'ELIMIT'],
    [fromErrno(4711), 'Invalid', 'errno 4711'],
    [fromTexts('Busy', 'tag window exceeded'), 'Busy', 'tag window exceeded'],
    [fromTexts('Busy: tag window exceeded', undefined), 'Busy', 'tag window exceeded'],
    [fromTexts('Whatever: x', undefined), 'Invalid', 'Whatever: x'],
    [fromTexts('Whatever', 'x'), 'Invalid', 'x'],
  ])('%#', (refusal, code, text) => {
    expect(refusal).toMatchObject({ code, text });
  });
});

describe('connection', () => {
  it('has several requests out at once, and takes replies in any order', async () => {
    const wire = new Wire();
    const connection = new Connection(wire, CONNECTION);
    const all = Promise.all([10, 11, 12].map((fid) => clunk(connection, fid)));
    await Promise.resolve();
    const tags = wire.requests.map(({ tag }) => tag);
    expect(tags).toEqual([1, 2, 3]);
    for (const tag of [...tags].reverse()) wire.reply(T.clunk + 1, tag);
    expect(await all).toEqual([1, 2, 3]);
  });

  it('keeps to its window', async () => {
    const wire = new Wire();
    const connection = new Connection(wire, CONNECTION);
    const all = Promise.all(Array.from({ length: 10 }, (_, fid) => clunk(connection, fid)));
    for (let tag = 1; tag <= 10; tag++) {
      await new Promise((resolve) => setImmediate(resolve));
      expect(wire.sent.length).toBeLessThanOrEqual(tag - 1 + 4);
      wire.reply(T.clunk + 1, tag);
    }
    expect(await all).toHaveLength(10);
  });

  it('gives the place of a request that was given up to the next', async () => {
    const wire = new Wire();
    const connection = new Connection(wire, { timeout_ms: 300, maxInFlight: 1 });
    const first = clunk(connection, 1);
    const stop = new AbortController();
    const given = failure(connection.call(T.clunk, (w) => w.u32(2), { signal: stop.signal }));
    const third = clunk(connection, 3);
    stop.abort();
    expect(await given).toMatchObject({ code: 'aborted' });
    wire.reply(T.clunk + 1, 1);
    expect(await first).toBe(1);
    await expect.poll(() => wire.sent.length).toBe(2);
    wire.reply(T.clunk + 1, 2);
    expect(await third).toBe(2);
  });

  it('flushes what was given up, and takes no tag twice while it is out', async () => {
    const wire = new Wire();
    const connection = new Connection(wire, CONNECTION);
    const stop = new AbortController();
    const job = failure(connection.call(T.read, (w) => w, { signal: stop.signal }));
    stop.abort();
    expect(await job).toMatchObject({ code: 'aborted' });
    expect(wire.requests).toEqual([
      { type: T.read, tag: 1 },
      { type: T.flush, tag: 2 },
    ]);
    expect(wire.sent[1]?.readUInt16LE(7)).toBe(1);
    // The reply may still come before that to the flush, and is dropped.
    wire.reply(T.read + 1, 1, (w) => w.u32(0));
    wire.reply(T.flush + 1, 2);
    const next = clunk(connection, 1);
    wire.reply(T.clunk + 1, 3);
    expect(await next).toBe(3);
    expect(connection.ended).toBeUndefined();
  });

  it('begins its tags anew, past those that are out', async () => {
    const wire = new Wire();
    const connection = new Connection(wire, CONNECTION);
    const first = clunk(connection, 1);
    Object.assign(connection, { lastTag: 0xfffd });
    const others = [clunk(connection, 2), clunk(connection, 3)];
    for (const { tag } of wire.requests) wire.reply(T.clunk + 1, tag);
    expect(await Promise.all([first, ...others])).toEqual([1, 0xfffe, 2]);
  });

  it('ends when not even a flush is answered', async () => {
    const wire = new Wire();
    const connection = new Connection(wire, { timeout_ms: 20, maxInFlight: 4 });
    expect(await failure(clunk(connection, 1))).toMatchObject({ code: 'timeout' });
    await expect.poll(() => wire.closed).toBe(true);
    expect(await failure(clunk(connection, 1))).toMatchObject({ code: 'timeout' });
  });

  it.each([
    ['a reply to no request', 99, T.clunk + 1],
    ['a reply of another type', 1, T.read + 1],
  ])('ends at %s', async (_name, tag, type) => {
    const wire = new Wire();
    const job = failure(clunk(new Connection(wire, CONNECTION), 1));
    wire.reply(type, tag);
    expect(await job).toMatchObject({ code: 'protocol' });
    expect(wire.closed).toBe(true);
  });

  it('goes on where a short write stopped', async () => {
    const wire = new Wire();
    const short = new ShortLink(wire);
    const connection = new Connection(short, CONNECTION);
    short.inject(2, 5);
    const jobs = [clunk(connection, 0x41), clunk(connection, 0x42)];
    await expect.poll(() => Buffer.concat(wire.sent).length).toBe(22);
    expect(Buffer.concat(wire.sent).toString('hex')).toBe('0b000000780100410000000b0000007802004200' + '0000');
    expect(wire.retries).toBeGreaterThan(0);
    wire.reply(T.clunk + 1, 1);
    wire.reply(T.clunk + 1, 2);
    expect(await Promise.all(jobs)).toEqual([1, 2]);
  });

  it('ends when a link takes nothing more', async () => {
    const wire = new Wire();
    wire.send = () => 1;
    const job = failure(clunk(new Connection(wire, CONNECTION), 1));
    expect((await job).message).toMatch(/^short write: /);
  });

  it('random replies end in an answer, a refusal or an error', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 30 }), { maxLength: 6 }),
        fc.nat(130),
        async (bodies, type) => {
          const wire = new Wire();
          const session = new P9Session(wire, { ...CONNECTION, timeout_ms: 15, dialect: 'cohesix', msize: 8192 });
          const jobs = [session.read(2, 0n), session.walk(['a', 'b']), session.append(2, Buffer.from('x'))];
          const settled = Promise.allSettled(jobs);
          bodies.forEach((body, index) => wire.reply(type, index + 1, (w) => w.data(body)));
          for (const { status, reason } of (await settled) as { status: string; reason?: unknown }[]) {
            if (status === 'rejected') expect(reason instanceof ClientError || reason instanceof P9Refusal).toBe(true);
          }
          session.close();
        },
      ),
      { numRuns: 100 },
    );
  }, 30_000);
});

describe('session', () => {
  it.each([
    ['another version', 8192, '9P2000.u', 'unexpected version 9P2000.u'],
    ['a larger msize', 9000, '9P2000.L', 'msize 9000 cannot be'],
    ['a tiny msize', 24, '9P2000.L', 'msize 24 cannot be'],
  ])('does not go on with %s', async (_name, msize, version, message) => {
    const wire = new Wire();
    const session = new P9Session(wire, { ...CONNECTION, dialect: '9P2000.L', msize: 8192 });
    const job = failure(session.version());
    wire.reply(T.version + 1, 0xffff, (w) => w.u32(msize).text(version));
    expect(await job).toMatchObject({ code: 'protocol', message });
  });

  it('does not believe a read that gives more than was asked for', async () => {
    const wire = new Wire();
    const session = new P9Session(wire, { ...CONNECTION, dialect: 'cohesix', msize: 8192 });
    const job = failure(session.read(1, 0n));
    wire.reply(T.read + 1, 1, (w) => w.u32(8065).data(Buffer.alloc(8065)));
    expect(await job).toMatchObject({ code: 'protocol', message: 'read of 8064 bytes gave 8065' });
  });

  it.each(DIALECTS)('asks for sizes in %s', async (dialect) => {
    const node = await mockNode({ clock: fixedClock() });
    const session = new P9Session(node.link(), { ...CONNECTION, dialect, msize: 8192 });
    await session.version();
    await session.attach('queen', '');
    const handle = await session.walk(['proc', 'lifecycle', 'state']);
    expect(await session.info(handle)).toEqual({ size: 12n, isDirectory: false });
    session.close();
  });

  it('reads the reply that a server gave', () => {
    const { type, tag, body } = parseReply(new Writer().u32(1).finish(113, 9));
    expect([type, tag, body.u32()]).toEqual([113, 9, 1]);
  });
});

/** `worker-1`, `worker-10`, `worker-2`: the order of bytes. */
function sorted(names: readonly string[]): string[] {
  return [...names].sort();
}

describe.each(DIALECTS)('transport in %s', (dialect) => {
  async function start(options: NineOptions = {}): Promise<{ transport: Transport; server: Served }> {
    const node = await mockNode({ clock: fixedClock() });
    const server = await serveNine(node);
    const transport = nineTransport({ port: server.port, dialect, policy: FAST, ...options });
    open.push(server, transport);
    return { transport, server };
  }

  it('carries what a console cannot', async () => {
    const { transport } = await start();
    await transport.attach('queen');
    await transport.echo('/queen/telemetry/dev/ctl', '{"new":"segment","mime":"text/plain"}');
    const segment = '/queen/telemetry/dev/seg/seg-000001';
    const records = Array.from({ length: 5 }, (_, i) => `${String(i).repeat(4000)}\n`);
    for (const record of records) expect((await transport.write(segment, Buffer.from(record))).ack.ok).toBe(true);
    const parts: Uint8Array[] = [];
    for await (const part of transport.read(segment)) parts.push(part);
    expect(Buffer.concat(parts).toString()).toBe(records.join(''));
    const rest: Uint8Array[] = [];
    for await (const part of transport.read(segment, { offset: 20_000 })) rest.push(part);
    expect(Buffer.concat(rest).toString()).toBe(records.join('').slice(20_000));
  });

  it('lists directories of any length, with a small msize', async () => {
    const { transport } = await start({ msize: 512 });
    await transport.attach('queen');
    const names = Array.from({ length: 120 }, (_, i) => `worker-${i + 1}`);
    await Promise.all(names.map(() => transport.spawn('{"spawn":"heartbeat","ticks":9}')));
    const { ack, lines } = await transport.ls('/worker');
    expect(ack.line).toBe('OK LS path=/worker entries=120');
    expect(lines).toEqual(sorted(names));
  });

  it('shows a ring from where it begins now', async () => {
    const node = await mockNode({ clock: fixedClock() });
    const transport = mockTransport({ node, dialect });
    await transport.attach('queen');
    await transport.spawn('{"spawn":"heartbeat","ticks":1000}');
    for (let i = 0; i < 150; i++) await node.beat();
    const { ack, lines } = await transport.cat('/worker/worker-1/telemetry');
    expect(ack.line).toMatch(/\{"tick":149,"ts_ms":\d+\}\|\{"tick":150,"ts_ms":\d+\}$/);
    expect(Buffer.byteLength(`${lines.join('\n')}\n`)).toBe(1024);
    const tail = await transport.tail('/worker/worker-1/telemetry');
    expect(tail.ack.ok).toBe(true);
    expect(tail.lines.at(-1)).toBe(lines.at(-1));
    await transport.close();
  });

  it('follows a log: every line once, however many come at once', async () => {
    const node = await mockNode({ clock: fixedClock() });
    const [reader, writer] = [mockTransport({ node, dialect }), mockTransport({ node })];
    await reader.attach('queen');
    await writer.attach('queen');
    const stop = new AbortController();
    let text = '';
    const following = (async (): Promise<void> => {
      for await (const bytes of reader.follow?.('/log/queen.log', { poll_ms: 2, signal: stop.signal }) ?? []) {
        text += Buffer.from(bytes).toString();
      }
    })();
    const wanted = Array.from({ length: 400 }, (_, i) => `line ${i}`);
    for (const [i, line] of wanted.entries()) {
      await writer.echo('/log/queen.log', line);
      if (i % 150 === 0) await expect.poll(() => text.endsWith(`${line}\n`)).toBe(true);
    }
    await expect.poll(() => text.endsWith('line 399\n')).toBe(true);
    stop.abort();
    await following;
    expect(text.split('\n').filter((line) => line.startsWith('line '))).toEqual(wanted);
    expect(
      await failure(reader.follow?.('/nope', { poll_ms: 2 })[Symbol.asyncIterator]().next() ?? Promise.resolve()),
    ).toMatchObject({ code: 'refused' });
    await reader.close();
    await writer.close();
  });

  it.each([
    ['short', 20, 300],
    ['long', 900, 150],
  ])('shows the newest 64 lines of a log with %s lines', async (_name, length, count) => {
    const node = await mockNode({ clock: fixedClock() });
    const transport = mockTransport({ node, dialect });
    await transport.attach('queen');
    const wanted = Array.from({ length: count }, (_, i) => `${i} ${'x'.repeat(length)}`);
    for (const line of wanted) await transport.echo('/log/queen.log', line);
    const { lines } = await transport.tail('/log/queen.log');
    expect(lines).toEqual(wanted.slice(-64));
    await transport.close();
  });

  it('leaves no fid behind, however commands end', async () => {
    const { transport } = await start();
    await transport.attach('queen');
    // More than a session may have open.
    for (let i = 0; i < 150; i++) {
      const [now, soon] = [new AbortController(), new AbortController()];
      const jobs = [now, soon].map(({ signal }) => transport.cat('/proc/boot', { signal }).catch(() => undefined));
      now.abort();
      setTimeout(() => soon.abort(), 0);
      await Promise.all([
        ...jobs,
        transport.ls('/proc/boot'),
        transport.cat('/nope'),
        transport.echo('/proc/boot', 'x'),
      ]);
    }
    expect((await transport.cat('/proc/boot')).ack.ok).toBe(true);
  });

  it('runs commands side by side', async () => {
    const { transport } = await start();
    await transport.attach('queen');
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, i) =>
        i % 2 === 0 ? transport.ls('/proc') : transport.cat('/proc/lifecycle/state'),
      ),
    );
    for (const [i, { ack }] of answers.entries()) expect(ack.line).toMatch(i % 2 === 0 ? /^OK LS/ : /state=ONLINE$/);
  });

  it('comes back after a loss, and says when it cannot know', async () => {
    const { transport, server } = await start();
    await transport.attach('queen');
    server.cut();
    await expect.poll(() => server.sockets.size).toBe(0);
    expect((await transport.ls('/')).ack.ok).toBe(true);
    const [echo, ls] = [failure(transport.echo('/log/queen.log', 'x')), transport.ls('/')];
    server.cut();
    expect(await echo).toMatchObject({ fix: expect.stringMatching(/may or may not/) as string });
    expect((await ls).ack.ok).toBe(true);
    await server.close();
    expect(await failure(transport.ls('/'))).toMatchObject({ code: 'unreachable' });
  });

  it('a failed attach leaves the session as it was', async () => {
    const { transport } = await start();
    await transport.attach('queen');
    expect((await transport.attach('queen', 'nonsense')).ack.line).toBe('ERR ATTACH reason=policy detail=denied');
    expect(transport.role).toBe('queen');
    expect((await transport.ls('/')).ack.ok).toBe(true);
    await transport.quit();
    expect((await transport.ls('/')).ack.line).toBe('ERR LS reason=policy detail=unauthenticated');
    expect((await transport.attach('queen')).ack.ok).toBe(true);
  });
});

describe('9p transport', () => {
  it('says that nobody listens', async () => {
    const transport = nineTransport({ port: await deadPort(), policy: FAST });
    expect(await failure(transport.attach('queen'))).toMatchObject({ code: 'unreachable' });
  });

  it('ends at a server that speaks something else', async () => {
    const server = await serve((socket) => void socket.write('SSH-2.0-OpenSSH_9.2\r\n'));
    open.push(server);
    const transport = nineTransport({ port: server.port, policy: FAST });
    expect(await failure(transport.connect())).toMatchObject({ code: 'protocol' });
  });

  it('gives up on a server that says nothing', async () => {
    const server = await serve(() => undefined);
    open.push(server);
    expect(await failure(nineTransport({ port: server.port, policy: FAST }).connect())).toMatchObject({
      code: 'timeout',
    });
  });

  it('takes an interrupt in the middle of a read', async () => {
    const node = await mockNode({ clock: fixedClock() });
    const transport = mockTransport({ node });
    await transport.attach('queen');
    const stop = new AbortController();
    stop.abort();
    expect(await failure(transport.cat('/proc/boot', { signal: stop.signal }))).toMatchObject({ code: 'aborted' });
    expect((await transport.ls('/')).ack.ok).toBe(true);
    await transport.close();
    expect(await failure(transport.attach('queen'))).toMatchObject({ code: 'closed' });
  });
});
