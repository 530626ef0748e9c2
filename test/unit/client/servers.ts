// SPDX-License-Identifier: Apache-2.0
/**
 * Servers that tests connect to on 127.0.0.1: 9P and console over TCP with NineDoor's own wasm behind them, and scripted
 * ones that misbehave.
 */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { END, mockTransport, type Answer, type MockNode, type Role } from '../../../host/client/index.ts';

export interface Served {
  readonly port: number;
  readonly sockets: Set<Socket>;
  /** Connections so far. */
  readonly accepted: () => number;
  /** Cuts all connections, keeps listening. */
  cut(): void;
  close(): Promise<void>;
}

/** Serves each connection with `handler` until close(). */
export async function serve(handler: (socket: Socket, index: number) => void): Promise<Served> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    handler(socket, accepted++);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = (): void => sockets.forEach((socket) => socket.destroy());
  return {
    port: (server.address() as AddressInfo).port,
    sockets,
    accepted: () => accepted,
    cut,
    close: () => {
      cut();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** A free port on which nobody listens. */
export async function deadPort(): Promise<number> {
  const server = await serve(() => undefined);
  await server.close();
  return server.port;
}

/** Secure9P over TCP: frames to and from a session of the node. */
export function serveNine(node: MockNode): Promise<Served> {
  return serve((socket) => {
    const link = node.link();
    link.onData = (bytes) => socket.write(bytes);
    link.onEnd = () => socket.destroy();
    socket.on('data', (bytes) => void link.send(bytes));
    socket.on('close', () => link.close());
  });
}

export function frame(line: string | Uint8Array): Buffer {
  const payload = Buffer.from(line as string);
  const out = Buffer.alloc(4 + payload.length);
  out.writeUInt32LE(out.length);
  payload.copy(out, 4);
  return out;
}

/** Lines that a client sends, without checks: clients of tests are not hostile. */
export function onLines(socket: Socket, take: (line: string) => void): void {
  let held = Buffer.alloc(0);
  socket.on('data', (bytes) => {
    held = Buffer.concat([held, bytes]);
    while (held.length >= 4 && held.length >= held.readUInt32LE(0)) {
      const size = held.readUInt32LE(0);
      const line = held.toString('utf8', 4, size);
      held = held.subarray(size);
      take(line);
    }
  });
}

export interface ConsoleOptions {
  token?: string;
  /** Sent before AUTH is answered. */
  sideband?: readonly string[];
  /** Sees each line before it is served; true: it has been dealt with. */
  intercept?: (line: string, socket: Socket, index: number) => boolean;
}

const STREAMED = new Set(['LS', 'CAT', 'TAIL', 'LOG']);

/** The console over TCP, with the acknowledgements that the library's mock gives: the order of lines is the image's. */
export function serveConsole(node: MockNode, options: ConsoleOptions = {}): Promise<Served> {
  const { token = 'changeme', sideband = [], intercept } = options;
  return serve((socket, index) => {
    const transport = mockTransport({ node });
    const say = (line: string): void => void (socket.writable && socket.write(frame(line)));
    const show = ({ ack, lines }: Answer): void => {
      say(ack.line);
      for (const line of lines) say(line);
      if (ack.ok && STREAMED.has(ack.verb)) say(END);
    };
    let authenticated = false;
    let turn = Promise.resolve();
    onLines(socket, (line) => {
      if (intercept?.(line, socket, index) === true) return;
      if (authenticated) {
        turn = turn.then(async () => {
          if (/^quit$/i.test(line.trim())) socket.end(frame('OK QUIT'));
          else show(await answerTo(transport, line));
        });
        return;
      }
      for (const text of sideband) say(text);
      authenticated = line === `AUTH ${token}`;
      if (authenticated) say('OK AUTH');
      else socket.end(frame('ERR AUTH reason=invalid-token'));
    });
    socket.on('close', () => void transport.close());
  });
}

async function answerTo(transport: ReturnType<typeof mockTransport>, line: string): Promise<Answer> {
  const [word = '', first = '', ...more] = line.trim().split(' ');
  const rest = more.join(' ');
  switch (word.toUpperCase()) {
    case 'ATTACH':
      return transport.attach(first as Role, rest);
    case 'LS':
      return transport.ls(first);
    case 'CAT':
      return transport.cat(first);
    case 'TAIL':
      return transport.tail(first);
    case 'LOG':
      return transport.log();
    case 'ECHO':
      return transport.echo(first, rest);
    case 'SPAWN':
      return transport.spawn(line.trim().slice('SPAWN '.length));
    case 'KILL':
      return transport.kill(first);
    case 'PING':
      return transport.ping();
    default:
      return transport.command(line);
  }
}
