// SPDX-License-Identifier: Apache-2.0
/**
 * Owns the `tcp` transport: a node's console over TCP. A lost connection is made anew before the next command, with
 * token, role and ticket as before; a command that changes nothing is then sent again, of another the outcome is unknown.
 */
import { errAnswer, okAnswer, type Answer } from '../answer.ts';
import { sleep, throwIfAborted, Turnstile } from '../deadline.ts';
import {
  backoff_ms,
  CONSOLE,
  DEFAULT_AUTH_TOKEN,
  DEFAULT_CONNECT_MS,
  DEFAULT_CONSOLE_PORT,
  DEFAULT_HOST,
} from '../defaults.ts';
import { asClientError, ClientError } from '../errors.ts';
import { Emitter } from '../events.ts';
import { refusedError, unknownOutcome } from '../files/refused.ts';
import { DEFAULT_POLICY, type Policy } from '../policy.ts';
import { dial } from '../socket.ts';
import { parseRole, type Role } from '../ticket.ts';
import type { CallOptions, Limits, ReadOptions, Transport, TransportEvents, TransportKind } from '../transport.ts';
import { ConsoleConnection, type Ending } from './connection.ts';
import { decodeContent } from './content.ts';
import { takeLock, wantsLock } from './lock.ts';

export interface TcpOptions {
  host?: string | undefined;
  port?: number | undefined;
  authToken?: string | undefined;
  connect_ms?: number | undefined;
  policy?: Policy | undefined;
  /** Between pings of an idle session; 0: none. The policy's unless given. */
  heartbeat_ms?: number | undefined;
  /** One client of this user at a time; unless given, COHSH_CONSOLE_LOCK says. */
  lock?: boolean | undefined;
  kind?: 'tcp' | 'qemu' | undefined;
}

const LOG_PATH = '/log/queen.log';
/** Verbs that stream; all others that `command` sends have text without an end. */
const STREAMED = new Set(['LS', 'CAT', 'TAIL', 'LOG']);
const SINGLE = new Set(['ATTACH', 'ECHO', 'SPAWN', 'KILL', 'QUIT', 'PING', 'TEST']);
/** Console verbs whose acknowledgement has another name. */
const LABELS: Readonly<Record<string, string>> = { BI: 'BOOTINFO' };

interface Attachment {
  role: Role;
  ticket: string;
}

class ConsoleTransport implements Transport {
  readonly kind: TransportKind;
  readonly endpoint: string;
  readonly limits: Limits = { write_bytes: CONSOLE.payload, text_only: true, path_bytes: CONSOLE.path };
  private readonly emitter = new Emitter<TransportEvents>();
  private readonly turnstile = new Turnstile();
  private readonly policy: Policy;
  private connection: ConsoleConnection | undefined;
  private attachment: Attachment | undefined;
  private connects = 0;
  private reconnects = 0;
  private closed = false;
  private heartbeat: NodeJS.Timeout | undefined;
  private unlock: (() => void) | undefined;

  constructor(private readonly options: TcpOptions) {
    this.kind = options.kind ?? 'tcp';
    this.policy = options.policy ?? DEFAULT_POLICY;
    this.endpoint = `${this.host}:${this.port}`;
  }

  private get host(): string {
    return this.options.host ?? DEFAULT_HOST;
  }

  private get port(): number {
    return this.options.port ?? DEFAULT_CONSOLE_PORT;
  }

  get role(): Role | undefined {
    return this.attachment?.role;
  }

  on<K extends keyof TransportEvents>(event: K, listener: (...args: TransportEvents[K]) => void): () => void {
    return this.emitter.on(event, listener);
  }

  // ---- Connections ----

  connect(options: CallOptions = {}): Promise<void> {
    return this.turnstile.run(async () => {
      if (this.connection === undefined) await this.open(options);
    });
  }

  private async open(options: CallOptions): Promise<ConsoleConnection> {
    throwIfAborted(options.signal);
    if (this.closed) throw new ClientError('closed', 'transport is closed', 'make a new one');
    if (this.options.lock ?? wantsLock()) this.unlock ??= takeLock(this.host, this.port);
    const connect_ms = this.options.connect_ms ?? DEFAULT_CONNECT_MS;
    const socket = await dial({ host: this.host, port: this.port, connect_ms, signal: options.signal });
    const connection = new ConsoleConnection(socket, this.policy.retry.timeout_ms, {
      text: (line) => this.emitter.emit('text', line),
      ended: (error) => this.lost(connection, error),
      trace: (direction, text) => this.emitter.emit('trace', direction, text),
    });
    await this.authenticate(connection, options);
    this.connection = connection;
    this.connects += 1;
    this.emitter.emit('connected', this.endpoint, this.connects);
    this.startHeartbeat();
    return connection;
  }

  private async authenticate(connection: ConsoleConnection, options: CallOptions): Promise<void> {
    const fix = 'check the token: --auth-token or COHSH_AUTH_TOKEN';
    let answer: Answer;
    try {
      answer = await connection.exchange(
        `AUTH ${this.options.authToken ?? DEFAULT_AUTH_TOKEN}`,
        'AUTH',
        'ack',
        options,
      );
    } catch (error) {
      connection.close();
      const failed = asClientError(error, 'auth', fix);
      // A node may close without a word when the token is wrong; one that took it before is starting again.
      if (failed.code !== 'closed' || this.connects > 0) throw failed;
      throw new ClientError('auth', `authentication failed: ${failed.message}`, fix, { cause: error });
    }
    if (answer.ack.ok) return;
    connection.close();
    throw new ClientError('auth', `authentication failed: ${answer.ack.detail}`, fix);
  }

  private lost(connection: ConsoleConnection, error: ClientError): void {
    if (this.connection !== connection) return;
    this.connection = undefined;
    clearInterval(this.heartbeat);
    if (!this.closed) this.emitter.emit('lost', error);
  }

  private startHeartbeat(): void {
    const interval_ms = this.options.heartbeat_ms ?? this.policy.heartbeat.interval_ms;
    clearInterval(this.heartbeat);
    if (interval_ms <= 0) return;
    this.heartbeat = setInterval(() => {
      const { connection } = this;
      if (connection?.isIdle !== true || performance.now() - connection.lastActive_ms < interval_ms) return;
      // A failure ends the connection, and the next command makes a new one.
      void this.turnstile.run(() => connection.exchange('PING', 'PING', 'ack')).catch(() => undefined);
    }, interval_ms);
    this.heartbeat.unref();
  }

  /** The connection, made anew if it was lost; only called from within the turnstile. */
  private async ready(options: CallOptions): Promise<ConsoleConnection> {
    if (this.connection !== undefined) return this.connection;
    if (this.connects === 0) return this.open(options);
    const { retry } = this.policy;
    for (let attempt = 1; ; attempt++) {
      const delay_ms = backoff_ms(retry, attempt);
      this.reconnects += 1;
      this.emitter.emit('reconnecting', attempt, delay_ms, this.reconnects);
      await sleep(delay_ms, options.signal);
      try {
        const connection = await this.open(options);
        await this.attachAgain(connection, options);
        this.emitter.emit('reconnected', this.role);
        return connection;
      } catch (error) {
        const failed = asClientError(error, 'unreachable', 'check that the node runs');
        const final = failed.code === 'aborted' || failed.code === 'attach' || failed.code === 'auth';
        if (final || attempt >= retry.max_attempts) throw failed;
      }
    }
  }

  private async attachAgain(connection: ConsoleConnection, options: CallOptions): Promise<void> {
    const known = this.attachment;
    if (known === undefined) return;
    const { ack } = await connection.exchange(attachLine(known), 'ATTACH', 'ack', options);
    if (ack.ok) return;
    this.attachment = undefined;
    throw new ClientError('attach', `remote attach failed: ${ack.detail}`, 'attach again with a valid ticket');
  }

  /** `repeatable`: it changes nothing, so that it is sent again if the connection is lost under it. */
  private run(line: string, verb: string, ending: Ending, options: CallOptions, repeatable: boolean): Promise<Answer> {
    if (Buffer.byteLength(line) > CONSOLE.line) return Promise.resolve(tooLong());
    return this.turnstile.run(async () => {
      for (let attempt = 1; ; attempt++) {
        const connection = await this.ready(options);
        try {
          return await connection.exchange(line, verb, ending, options);
        } catch (error) {
          const failed = asClientError(error, 'closed', 'run the command again');
          const isLoss = failed.code === 'closed' && !this.closed;
          const unknown = !repeatable && (isLoss || failed.code === 'timeout');
          if (unknown) throw unknownOutcome(verb, failed);
          if (!isLoss || attempt >= this.policy.retry.max_attempts) throw failed;
        }
      }
    });
  }

  // ---- Commands ----

  async attach(role: Role, ticket?: string, options: CallOptions = {}): Promise<Answer> {
    const wanted: Attachment = { role, ticket: ticket?.trim() ?? '' };
    const answer = await this.run(attachLine(wanted), 'ATTACH', 'ack', options, true);
    if (answer.ack.ok) {
      this.attachment = { role: parseRole(answer.ack.fields.get('role') ?? role) ?? role, ticket: wanted.ticket };
    }
    return answer;
  }

  ls(path: string, options: CallOptions = {}): Promise<Answer> {
    return this.run(`LS ${path}`, 'LS', 'stream', options, true);
  }

  async cat(path: string, options: CallOptions = {}): Promise<Answer> {
    const { ack, lines } = await this.run(`CAT ${path}`, 'CAT', 'stream', options, true);
    const data = ack.fields.get('data') ?? '';
    // Some files are shown in the acknowledgement only.
    return { ack, lines: ack.ok && lines.length === 0 && data !== '' ? [data] : lines };
  }

  tail(path: string, options: CallOptions = {}): Promise<Answer> {
    return this.run(`TAIL ${path}`, 'TAIL', 'stream', options, true);
  }

  log(options: CallOptions = {}): Promise<Answer> {
    return this.run('LOG', 'LOG', 'stream', options, true);
  }

  echo(path: string, text: string, options: CallOptions = {}): Promise<Answer> {
    if (/[\n\r\0]/.test(text)) {
      const error = new ClientError('usage', 'echo payload must be a single line', 'send one line at a time');
      return Promise.reject(error);
    }
    return this.run(`ECHO ${path} ${text}`, 'ECHO', 'ack', options, false);
  }

  spawn(payload: string, options: CallOptions = {}): Promise<Answer> {
    return this.run(`SPAWN ${payload}`, 'SPAWN', 'ack', options, false);
  }

  kill(worker: string, options: CallOptions = {}): Promise<Answer> {
    return this.run(`KILL ${worker}`, 'KILL', 'ack', options, false);
  }

  ping(options: CallOptions = {}): Promise<Answer> {
    return this.run('PING', 'PING', 'ack', options, true);
  }

  command(line: string, options: CallOptions = {}): Promise<Answer> {
    const word = (line.trim().split(/\s+/, 1)[0] ?? '').toUpperCase();
    const verb = LABELS[word] ?? word;
    const ending = STREAMED.has(verb) ? 'stream' : SINGLE.has(verb) ? 'ack' : 'fence';
    return this.run(line.trim(), verb, ending, options, STREAMED.has(verb));
  }

  async quit(options: CallOptions = {}): Promise<Answer> {
    this.attachment = undefined;
    return this.turnstile.run(async () => {
      const { connection } = this;
      // Nothing to end.
      if (connection === undefined) return okAnswer('QUIT');
      try {
        return await connection.exchange('quit', 'QUIT', 'ack', options);
      } finally {
        this.drop();
      }
    });
  }

  /** Lets the connection go without a word about it. */
  private drop(): void {
    const { connection } = this;
    this.connection = undefined;
    this.connects = 0;
    clearInterval(this.heartbeat);
    connection?.close();
    this.unlock?.();
    this.unlock = undefined;
  }

  close(): Promise<void> {
    this.closed = true;
    this.attachment = undefined;
    this.drop();
    return Promise.resolve();
  }

  injectShortWrites(count: number, bytes: number): void {
    this.connection?.injectShortWrites(count, bytes);
  }

  // ---- Bytes ----

  async *read(path: string, options: ReadOptions = {}): AsyncGenerator<Uint8Array, void, undefined> {
    // CAT shows no more than a summary of the log.
    const answer = path === LOG_PATH ? await this.readLog(options) : await this.cat(path, options);
    if (!answer.ack.ok) throw refusedError(answer);
    const bytes = decodeContent(answer.lines).subarray(options.offset ?? 0);
    if (bytes.length > 0) yield bytes;
  }

  private readLog(options: CallOptions): Promise<Answer> {
    return this.role === 'queen' ? this.log(options) : this.tail(LOG_PATH, options);
  }

  write(path: string, bytes: Uint8Array, options: CallOptions = {}): Promise<Answer> {
    const fix = 'use --transport 9p, which carries any bytes';
    const text = Buffer.from(bytes).toString('utf8').replace(/\n$/, '');
    if (!Buffer.from(text).equals(Buffer.from(bytes).subarray(0, Buffer.byteLength(text)))) {
      return Promise.reject(new ClientError('usage', 'the console carries text only', fix));
    }
    if (text.includes('\n')) {
      return Promise.reject(new ClientError('usage', 'the console carries one line a write', fix));
    }
    if (Buffer.byteLength(text) > CONSOLE.payload) {
      const message = `${Buffer.byteLength(text)} bytes exceed the console's ${CONSOLE.payload} a write`;
      return Promise.reject(new ClientError('usage', message, fix));
    }
    return this.echo(path, text, options);
  }
}

/** With a blank after the role when there is no ticket, as older clients send it. */
function attachLine({ role, ticket }: Attachment): string {
  return `ATTACH ${role} ${ticket}`;
}

function tooLong(): Answer {
  return errAnswer('PARSE', [
    ['reason', 'policy'],
    ['detail', 'console line exceeded maximum length'],
  ]);
}

export function tcpTransport(options: TcpOptions = {}): Transport {
  return new ConsoleTransport(options);
}
