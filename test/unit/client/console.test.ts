// SPDX-License-Identifier: Apache-2.0
/** The console over TCP: authentication, answers, losses in the middle of them, and servers that mean harm. */
import fc from 'fast-check';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { lockPath } from '../../../host/client/console/lock.ts';
import { LineReader } from '../../../host/client/console/frames.ts';
import {
  checkPolicy,
  ClientError,
  DEFAULT_POLICY,
  fixedClock,
  mockNode,
  tcpTransport,
  type MockNode,
  type TcpOptions,
  type Transport,
} from '../../../host/client/index.ts';
import { deadPort, frame, onLines, serve, serveConsole, type ConsoleOptions, type Served } from './servers.ts';

const FAST = checkPolicy({
  ...DEFAULT_POLICY,
  retry: { max_attempts: 3, backoff_ms: 5, ceiling_ms: 20, timeout_ms: 400 },
});

let node: MockNode;
beforeAll(async () => {
  node = await mockNode({ clock: fixedClock() });
});

const open: (Transport | Served)[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

function connectTo(server: Served, options: TcpOptions = {}): Transport {
  const transport = tcpTransport({ port: server.port, policy: FAST, heartbeat_ms: 0, ...options });
  open.push(transport);
  return transport;
}

async function console_(options: ConsoleOptions = {}): Promise<Served> {
  const server = await serveConsole(node, options);
  open.push(server);
  return server;
}

/** A server that only says what the script says. */
async function scripted(script: (line: string, say: (text: string) => void, socket: Socket) => void): Promise<Served> {
  const server = await serve((socket) => {
    onLines(socket, (line) => {
      if (line.startsWith('AUTH ')) socket.write(frame('OK AUTH'));
      else script(line, (text) => socket.write(frame(text)), socket);
    });
  });
  open.push(server);
  return server;
}

async function failure(job: Promise<unknown>): Promise<ClientError> {
  const error: unknown = await job.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ClientError);
  expect((error as ClientError).fix).not.toBe('');
  expect((error as ClientError).message).not.toMatch(/\n/);
  return error as ClientError;
}

describe('connecting', () => {
  it('says that nobody listens', async () => {
    const transport = tcpTransport({ port: await deadPort(), policy: FAST });
    const error = await failure(transport.connect());
    expect(error).toMatchObject({ code: 'unreachable' });
    expect(error.message).toMatch(/^cannot connect to 127\.0\.0\.1:\d+: connection refused$/);
  });

  it('refuses a port that cannot be', async () => {
    for (const port of [0, 65536, 1.5]) {
      expect(await failure(tcpTransport({ port }).connect())).toMatchObject({ code: 'usage' });
    }
  });

  it('says that the token is wrong', async () => {
    const error = await failure(connectTo(await console_({ token: 'another' })).connect());
    expect(error).toMatchObject({ code: 'auth', message: 'authentication failed: reason=invalid-token' });
  });

  it('says so, too, when the node closes without a word', async () => {
    const server = await serve((socket) => onLines(socket, () => socket.destroy()));
    open.push(server);
    expect(await failure(connectTo(server).connect())).toMatchObject({ code: 'auth' });
  });

  it('passes over what comes before OK AUTH', async () => {
    const server = await console_({
      sideband: ['[net-console] authenticate using AUTH <role> <token>', 'OKAY', 'ERR: x'],
    });
    const transport = connectTo(server);
    const texts: string[] = [];
    transport.on('text', (line) => texts.push(line));
    await transport.connect();
    expect(texts).toHaveLength(3);
    expect((await transport.attach('queen')).ack.line).toBe('OK ATTACH role=queen');
  });

  it('gives up on a node that takes connections and says nothing', async () => {
    const server = await serve(() => undefined);
    open.push(server);
    expect(await failure(connectTo(server).connect())).toMatchObject({ code: 'timeout' });
  });

  it('shows no token and no ticket to whoever watches the wire', async () => {
    const server = await console_({ token: 'sesame' });
    const transport = connectTo(server, { authToken: 'sesame' });
    const seen: string[] = [];
    transport.on('trace', (_direction, text) => seen.push(text));
    await transport.attach('queen', 'cohesix-ticket-secret');
    expect(seen.join('\n')).not.toMatch(/sesame|secret/);
    expect(seen).toContain('ATTACH queen …');
  });
});

describe('commands', () => {
  it('gives the answers of the node', async () => {
    const transport = connectTo(await console_());
    expect((await transport.ls('/')).ack.line).toBe('ERR LS reason=policy detail=unauthenticated');
    await transport.attach('queen');
    expect((await transport.cat('/proc/lifecycle/state')).lines).toEqual(['state=ONLINE']);
    expect((await transport.echo('/log/queen.log', 'hello')).ack.line).toBe('OK ECHO path=/log/queen.log bytes=5');
    expect((await transport.tail('/log/queen.log')).lines.at(-1)).toBe('hello');
    expect((await transport.ping()).lines).toEqual(['PONG']);
    expect((await transport.quit()).ack.line).toBe('OK QUIT');
    expect(transport.role).toBeUndefined();
  });

  it('takes the value of data where no payload follows', async () => {
    const server = await scripted((line, say) => {
      if (!line.startsWith('CAT ')) return;
      say('OK CAT path=/log/queen.log data=one|two');
      say('END');
    });
    expect((await connectTo(server).cat('/log/queen.log')).lines).toEqual(['one|two']);
  });

  it.each([
    ['TCP', ['OK PING reply=pong', 'PONG']],
    ['serial', ['PONG', 'OK PING reply=pong']],
  ])('understands ping in the order of %s', async (_name, lines) => {
    const server = await scripted((line, say) => {
      if (line === 'PING') for (const text of lines) say(text);
      else say('OK LS path=/ entries=0');
      if (line !== 'PING') say('END');
    });
    const transport = connectTo(server);
    const texts: string[] = [];
    transport.on('text', (line) => texts.push(line));
    for (let i = 0; i < 3; i++) {
      expect((await transport.ping()).lines).toEqual(['PONG']);
      expect((await transport.ls('/')).lines).toEqual([]);
    }
    expect(texts).toEqual([]);
  });

  it.each([
    ['TCP', ['OK HELP', 'Commands:', '  help'], ['OK PING reply=pong', 'PONG']],
    ['serial', ['Commands:', '  help', 'OK HELP'], ['PONG', 'OK PING reply=pong']],
  ])('finds the end of text that has none, in the order of %s', async (_name, help, pong) => {
    const server = await scripted((line, say) => {
      for (const text of line === 'PING' ? pong : help) say(text);
    });
    const transport = connectTo(server);
    for (let i = 0; i < 2; i++) {
      const { ack, lines } = await transport.command('help');
      expect([ack.line, ...lines]).toEqual(['OK HELP', 'Commands:', '  help']);
    }
  });

  it('knows the verb whose acknowledgement has another name', async () => {
    const server = await scripted((line, say) => {
      for (const text of line === 'PING' ? ['OK PING reply=pong', 'PONG'] : ['OK BOOTINFO', '[bi] node_bits=13'])
        say(text);
    });
    expect(await connectTo(server).command('bi')).toMatchObject({
      ack: { line: 'OK BOOTINFO' },
      lines: ['[bi] node_bits=13'],
    });
  });

  it('keeps payload that looks like acknowledgements', async () => {
    const payload = ['OK PING reply=pong', 'ERR FRAME reason=x', 'PONG', ' END'];
    const server = await scripted((_line, say) => {
      say('OK TAIL path=/log/queen.log');
      for (const text of payload) say(text);
      say('END');
    });
    expect((await connectTo(server).tail('/log/queen.log')).lines).toEqual(payload);
  });

  it('refuses a line that no console takes without sending it', async () => {
    const transport = connectTo(await console_());
    const long = await transport.echo('/log/queen.log', 'x'.repeat(300));
    expect(long.ack.line).toBe('ERR PARSE reason=policy detail=console line exceeded maximum length');
    expect(await failure(transport.echo('/log/queen.log', 'a\nb'))).toMatchObject({
      message: 'echo payload must be a single line',
    });
    expect(await failure(transport.ls('/a\u0007b'))).toMatchObject({ code: 'usage' });
  });

  it('says that a frame was rejected', async () => {
    const server = await scripted((_line, say) => say('ERR FRAME reason=invalid-length'));
    expect(await failure(connectTo(server).ls('/'))).toMatchObject({
      code: 'protocol',
      message: 'console frame rejected: reason=invalid-length',
    });
  });

  it('keeps control characters of a node from the terminal', async () => {
    const server = await scripted((_line, say) => {
      say('OK LS path=/ entries=1');
      say('\u001b[2Jevil\u0085');
      say('END');
    });
    expect((await connectTo(server).ls('/')).lines).toEqual(['?[2Jevil?']);
  });
});

describe('bytes', () => {
  it('come back as they were', async () => {
    const bytes = Buffer.from([...Array(400).keys()].map((i) => i & 255));
    const lines = bytes.toString('base64').match(/.{1,224}/g) ?? [];
    const server = await scripted((_line, say) => {
      say('OK CAT path=/x data=b64:AA==');
      lines.forEach((text, index) => say(index === 0 ? `b64:${text}` : text));
      say('END');
    });
    const parts: Uint8Array[] = [];
    for await (const part of connectTo(server).read('/x')) parts.push(part);
    expect(Buffer.concat(parts)).toEqual(bytes);
  });

  it.each([
    ['two\nlines', 'the console carries one line a write'],
    ['x'.repeat(129), "129 bytes exceed the console's 128 a write"],
    [Buffer.from([0xff]), 'the console carries text only'],
  ])('that a console cannot carry are refused: %j', async (bytes, message) => {
    const transport = connectTo(await console_());
    const error = await failure(transport.write('/log/queen.log', Buffer.from(bytes as string)));
    expect(error).toMatchObject({ code: 'usage', message, fix: 'use --transport 9p, which carries any bytes' });
  });

  it('of a refused file are thrown', async () => {
    const transport = connectTo(await console_());
    await transport.attach('queen');
    const error = await failure(transport.read('/nope')[Symbol.asyncIterator]().next());
    expect(error).toMatchObject({ code: 'refused' });
  });
});

describe('losses', () => {
  it('reconnects, attaches again and repeats what changes nothing', async () => {
    let cuts = 2;
    const server = await console_({
      intercept: (line, socket) => {
        if (!line.startsWith('LS ') || cuts-- <= 0) return false;
        socket.destroy();
        return true;
      },
    });
    const transport = connectTo(server);
    const events: string[] = [];
    transport.on('lost', (error) => events.push(`lost ${error.code}`));
    transport.on('reconnecting', (attempt) => events.push(`attempt ${attempt}`));
    transport.on('reconnected', (role) => events.push(`back as ${role}`));
    await transport.attach('queen');
    expect((await transport.ls('/')).ack.ok).toBe(true);
    expect(events).toEqual(['lost closed', 'attempt 1', 'back as queen', 'lost closed', 'attempt 1', 'back as queen']);
  });

  it('repeats when the payload broke off', async () => {
    let cuts = 1;
    const server = await console_({
      intercept: (line, socket) => {
        if (!line.startsWith('CAT ') || cuts-- <= 0) return false;
        socket.end(
          Buffer.concat([frame('OK CAT path=/proc/boot data=x'), frame('half'), frame('a line').subarray(0, 6)]),
        );
        return true;
      },
    });
    const transport = connectTo(server);
    await transport.attach('queen');
    expect((await transport.cat('/proc/lifecycle/state')).lines).toEqual(['state=ONLINE']);
  });

  it('does not repeat what changes something', async () => {
    let echoes = 0;
    const server = await console_({
      intercept: (line, socket) => {
        if (!line.startsWith('ECHO ')) return false;
        echoes += 1;
        socket.destroy();
        return true;
      },
    });
    const transport = connectTo(server);
    await transport.attach('queen');
    const error = await failure(transport.echo('/log/queen.log', 'once'));
    expect(error.message).toMatch(/^connection lost during ECHO: /);
    expect(error.fix).toMatch(/may or may not/);
    expect(echoes).toBe(1);
    expect((await transport.ping()).ack.ok).toBe(true);
    expect(transport.role).toBe('queen');
  });

  it('gives up after so many attempts', async () => {
    const server = await console_();
    const transport = connectTo(server);
    await transport.attach('queen');
    await server.close();
    const error = await failure(transport.ls('/'));
    expect(error).toMatchObject({ code: 'unreachable' });
  });

  it('waits for a node that takes connections before it listens', async () => {
    let early = 2;
    const server = await console_({
      intercept: (line, socket, index) => {
        if (index === 0 || !line.startsWith('AUTH ') || early-- <= 0) return false;
        socket.destroy();
        return true;
      },
    });
    const transport = connectTo(server);
    await transport.attach('queen');
    server.cut();
    expect((await transport.ls('/')).ack.ok).toBe(true);
    expect(early).toBe(-1);
  });

  it('a token that is refused is final, when reconnecting, too', async () => {
    const server = await console_({
      intercept: (line, socket, index) => {
        if (index === 0 || !line.startsWith('AUTH ')) return false;
        socket.end(frame('ERR AUTH reason=invalid-token'));
        return true;
      },
    });
    const transport = connectTo(server);
    await transport.attach('queen');
    server.cut();
    await expect.poll(() => server.sockets.size).toBe(0);
    expect(await failure(transport.ls('/'))).toMatchObject({ code: 'auth' });
    expect(server.accepted()).toBe(2);
  });

  it('says that the session cannot be had back', async () => {
    let attaches = 0;
    const server = await console_({
      intercept: (line, socket) => {
        if (!line.startsWith('ATTACH ') || attaches++ === 0) return false;
        socket.write(frame('ERR ATTACH reason=quota detail=expired'));
        return true;
      },
    });
    const transport = connectTo(server);
    await transport.attach('queen');
    server.cut();
    await new Promise((resolve) => setTimeout(resolve, 20));
    const error = await failure(transport.ls('/'));
    expect(error).toMatchObject({ code: 'attach', message: 'remote attach failed: reason=quota detail=expired' });
    expect(transport.role).toBeUndefined();
  });

  it('notices that the console ended the session', async () => {
    const server = await console_();
    const transport = connectTo(server);
    const lost: string[] = [];
    transport.on('lost', (error) => lost.push(error.message));
    await transport.attach('queen');
    for (const socket of server.sockets) socket.end(frame('ERR CONSOLE reason=timeout'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(lost).toEqual(['console closed: reason=timeout']);
  });

  it('takes an interrupt at once, and works afterwards', async () => {
    const server = await console_({ intercept: (line) => line === 'LS /never' });
    const transport = connectTo(server);
    await transport.attach('queen');
    const stop = new AbortController();
    const pending = failure(transport.ls('/never', { signal: stop.signal, timeout_ms: 60_000 }));
    setTimeout(() => stop.abort(), 10);
    expect(await pending).toMatchObject({ code: 'aborted' });
    expect((await transport.ls('/')).ack.ok).toBe(true);
    const already = AbortSignal.abort();
    expect(await failure(transport.ls('/', { signal: already }))).toMatchObject({ code: 'aborted' });
  });

  it('a call under way ends when the transport is closed', async () => {
    const server = await console_({ intercept: (line) => line === 'LS /never' });
    const transport = connectTo(server);
    await transport.attach('queen');
    const pending = failure(transport.ls('/never'));
    await new Promise((resolve) => setTimeout(resolve, 10));
    await transport.close();
    expect(await pending).toMatchObject({ code: 'closed' });
    expect(await failure(transport.ls('/'))).toMatchObject({ code: 'closed' });
  });

  it('keeps an idle session alive with pings', async () => {
    let pings = 0;
    const server = await console_({
      intercept: (line) => {
        if (line === 'PING') pings += 1;
        return false;
      },
    });
    const transport = connectTo(server, { heartbeat_ms: 10 });
    await transport.attach('queen');
    await expect.poll(() => pings).toBeGreaterThan(1);
  });

  it('sends a short write to its end', async () => {
    const transport = connectTo(await console_());
    await transport.attach('queen');
    transport.injectShortWrites?.(1, 8);
    expect((await transport.echo('/log/queen.log', 'in two parts')).ack.ok).toBe(true);
    expect((await transport.tail('/log/queen.log')).lines.filter((line) => line === 'in two parts')).toHaveLength(1);
  });

  it('runs commands one after the other, whoever asks', async () => {
    const transport = connectTo(await console_());
    await transport.attach('queen');
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        i % 2 === 0 ? transport.ls('/proc') : transport.cat('/proc/lifecycle/state'),
      ),
    );
    expect(answers.map(({ ack }) => ack.verb)).toEqual(answers.map((_, i) => (i % 2 === 0 ? 'LS' : 'CAT')));
  });
});

describe('lock', () => {
  it('keeps a second client off when asked for', async () => {
    const server = await console_();
    const path = lockPath('127.0.0.1', server.port);
    const first = connectTo(server, { lock: true });
    await first.connect();
    const error = await failure(connectTo(server, { lock: true }).connect());
    expect(error).toMatchObject({
      code: 'busy',
      message: `console busy: lock held at ${path} (owner pid=${process.pid})`,
    });
    await first.close();
    expect(existsSync(path)).toBe(false);
    await connectTo(server, { lock: true }).connect();
  });

  it('is taken over from a process that is gone', async () => {
    const server = await console_();
    const path = lockPath('127.0.0.1', server.port);
    writeFileSync(path, 'pid=4194303\n');
    await connectTo(server, { lock: true }).connect();
    writeFileSync(path, 'who knows\n');
    expect((await failure(connectTo(server, { lock: true }).connect())).message).toMatch(/owner who knows\)$/);
    rmSync(path, { force: true });
  });
});

describe('hostile servers', () => {
  const attach = Buffer.concat([frame('OK AUTH'), frame('OK ATTACH role=queen')]);

  it.each([
    ['a size of zero', Buffer.from([0, 0, 0, 0])],
    ['a size of three', Buffer.from([3, 0, 0, 0])],
    ['a size of four gigabytes', Buffer.from([255, 255, 255, 255])],
    ['9P', Buffer.from([19, 0, 0, 0, 101, 255, 255, 0, 32, 0, 0, 6, 0, 57, 80, 50, 48, 48, 48])],
    ['HTTP', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ])('%s is no console', async (_name, bytes) => {
    const server = await serve((socket) => void socket.end(bytes));
    open.push(server);
    const error = await failure(connectTo(server).connect());
    expect(['protocol', 'auth']).toContain(error.code);
  });

  it('an answer without end is cut', async () => {
    const server = await scripted((_line, say, socket) => {
      say('OK LS path=/ entries=1');
      const many = Buffer.concat(Array.from({ length: 500 }, () => frame('x'.repeat(200))));
      const more = (): void => void (socket.writable && socket.write(many, more));
      more();
    });
    const error = await failure(connectTo(server).ls('/'));
    expect(error).toMatchObject({ code: 'protocol', message: 'answer exceeds 16777216 bytes' });
  });

  it('random bytes after a good start end in an answer or an error, never in a wait', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            fc.uint8Array({ maxLength: 40 }),
            fc.string({ maxLength: 30 }).map(frame),
            fc.constantFrom(frame('END'), frame('OK LS path=/'), frame('ERR LS x'), frame('PONG')),
          ),
          { maxLength: 12 },
        ),
        fc.boolean(),
        async (pieces, ends) => {
          const server = await serve((socket) => {
            socket.write(attach);
            for (const piece of pieces) socket.write(piece);
            if (ends) socket.end();
          });
          const transport = tcpTransport({
            port: server.port,
            heartbeat_ms: 0,
            policy: { ...FAST, retry: { max_attempts: 1, backoff_ms: 1, ceiling_ms: 1, timeout_ms: 40 } },
          });
          await transport.attach('queen').catch((error: unknown) => expect(error).toBeInstanceOf(ClientError));
          await transport.ls('/').catch((error: unknown) => expect(error).toBeInstanceOf(ClientError));
          await transport.close();
          await server.close();
        },
      ),
      { numRuns: 60 },
    );
  }, 60_000);

  it('frames may come in any pieces', () => {
    const lines = ['OK AUTH', '', 'é and ü', 'x'.repeat(256)];
    const all = Buffer.concat(lines.map(frame));
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 90 }), { maxLength: 40 }), (cuts) => {
        const reader = new LineReader();
        const got: string[] = [];
        let at = 0;
        for (const cut of cuts) {
          got.push(...reader.push(all.subarray(at, at + cut)));
          at += cut;
        }
        got.push(...reader.push(all.subarray(at)));
        expect(got).toEqual(lines);
      }),
    );
  });
});
