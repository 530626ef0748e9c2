// SPDX-License-Identifier: Apache-2.0
/**
 * Owns the console's commands over Secure9P: what the `9p` transport, the mock and trace replay share. Commands may run
 * side by side; each has its own fid. After a loss, commands that change nothing are tried again on a new connection;
 * others say that their outcome is not known.
 */
import { errAnswer, okAnswer, type Answer } from '../answer.ts';
import { abortedError } from '../deadline.ts';
import { NAME_BYTES, WALK_DEPTH } from '../defaults.ts';
import { asClientError, usageError } from '../errors.ts';
import { Emitter } from '../events.ts';
import type { P9Session } from '../p9/session.ts';
import type { Role } from '../ticket.ts';
import type {
  CallOptions,
  FollowOptions,
  Limits,
  ReadOptions,
  Transport,
  TransportEvents,
  TransportKind,
} from '../transport.ts';
import { append, ending, follow, names, pieces, whole } from './access.ts';
import { payloadLines, summary, TAIL_LINES } from './content.ts';
import { Line, type LineOptions } from './line.ts';
import { invalidPath, plainRefusal, refusedAnswer, unauthenticated } from './refusals.ts';
import { Refused, refusedError, unknownOutcome } from './refused.ts';

/** `console`: as the image's console gives them. `plain`: without `data=` and `entries=`, as in older traces. */
export type AckStyle = 'console' | 'plain';

export interface FileTransportOptions extends LineOptions {
  kind: TransportKind;
  acks?: AckStyle | undefined;
}

const LOG_PATH = '/log/queen.log';
const CTL_PATH = '/queen/ctl';
const STATE_PATH = '/proc/lifecycle/state';
const TAILED = new Set([LOG_PATH, '/proc/ingest/watch']);
/** EBADF, which is about one fid: the session goes on. */
const BAD_FID = 9;

function canTail(path: string): boolean {
  return TAILED.has(path) || (/^\/(worker|shard)\//.test(path) && path.endsWith('/telemetry'));
}

export class FileTransport implements Transport {
  readonly kind: TransportKind;
  readonly endpoint: string;
  readonly limits: Limits = { write_bytes: Infinity, text_only: false, path_bytes: WALK_DEPTH * (NAME_BYTES + 1) };
  private readonly emitter = new Emitter<TransportEvents>();
  private readonly line: Line;

  constructor(private readonly options: FileTransportOptions) {
    this.kind = options.kind;
    this.endpoint = options.endpoint;
    this.line = new Line(options, this.emitter, () => this.lifecycleState());
  }

  get role(): Role | undefined {
    return this.line.role;
  }

  on<K extends keyof TransportEvents>(event: K, listener: (...args: TransportEvents[K]) => void): () => void {
    return this.emitter.on(event, listener);
  }

  injectShortWrites(count: number, bytes: number): void {
    this.line.injectShortWrites(count, bytes);
  }

  // ---- Sessions ----

  async connect(options: CallOptions = {}): Promise<void> {
    await this.line.connected(options);
  }

  attach(role: Role, ticket?: string, options: CallOptions = {}): Promise<Answer> {
    return this.line.attach(role, ticket, options);
  }

  /** Known only to a session that stands. */
  private async lifecycleState(): Promise<string | undefined> {
    if (this.role === undefined) return undefined;
    const { lines } = await this.cat(STATE_PATH);
    return lines[0]?.replace(/^state=/, '');
  }

  quit(): Promise<Answer> {
    this.line.end();
    return Promise.resolve(okAnswer('QUIT'));
  }

  close(): Promise<void> {
    this.line.closed = true;
    this.line.end();
    return Promise.resolve();
  }

  async ping(options: CallOptions = {}): Promise<Answer> {
    const session = (await this.line.attached(options)) ?? (await this.line.connected(options));
    await session.connection.probe(options);
    return okAnswer('PING', [['reply', 'pong']], ['PONG']);
  }

  command(line: string): Promise<Answer> {
    const verb = (line.trim().split(/\s+/, 1)[0] ?? '').toUpperCase();
    return Promise.resolve(
      errAnswer(verb === '' ? 'PARSE' : verb, [
        ['reason', 'policy'],
        ['detail', verb === '' ? 'empty command' : 'unsupported'],
      ]),
    );
  }

  // ---- Reading ----

  ls(path: string, options: CallOptions = {}): Promise<Answer> {
    return this.run('LS', path, options, true, async (session) => {
      const all = await names(session, path, options);
      const entries = this.plain ? [] : [['entries', all.length] as const];
      return okAnswer('LS', [['path', path], ...entries], all);
    });
  }

  cat(path: string, options: CallOptions = {}): Promise<Answer> {
    return this.run('CAT', path, options, true, async (session) => {
      const bytes = await whole(session, path, options);
      const isLog = path === LOG_PATH;
      const data = this.plain ? [] : [['data', summary(path, bytes, isLog)] as const];
      return okAnswer('CAT', [['path', path], ...data], payloadLines(bytes, { asText: isLog }));
    });
  }

  tail(path: string, options: CallOptions = {}): Promise<Answer> {
    return this.run('TAIL', path, options, true, async (session) => {
      if (!canTail(path)) return notTailed(path);
      // Older clients read all of it, and so do their traces.
      const all = this.options.exhaustive === true;
      const bytes = await (all ? whole(session, path, options) : ending(session, path, TAIL_LINES, options));
      return okAnswer('TAIL', [['path', path]], payloadLines(bytes, { asText: path === LOG_PATH, last: TAIL_LINES }));
    });
  }

  log(options: CallOptions = {}): Promise<Answer> {
    if (this.role !== 'queen') return Promise.resolve(unauthenticated('LOG'));
    return this.run('LOG', LOG_PATH, options, true, async (session) => {
      const bytes = await whole(session, LOG_PATH, options);
      return okAnswer('LOG', [], payloadLines(bytes, { asText: true }));
    });
  }

  async *read(path: string, options: ReadOptions = {}): AsyncGenerator<Uint8Array, void, undefined> {
    const session = await this.line.attached(options);
    if (session === undefined) throw refusedError(unauthenticated('CAT'));
    try {
      yield* pieces(session, path, BigInt(options.offset ?? 0), options);
    } catch (error) {
      throw error instanceof Refused ? refusedError(this.refusal('CAT', path, error)) : error;
    }
  }

  async *follow(path: string, options: FollowOptions): AsyncGenerator<Uint8Array, void, undefined> {
    const session = await this.line.attached(options);
    if (session === undefined) throw refusedError(unauthenticated('TAIL'));
    try {
      yield* follow(session, path, options);
    } catch (error) {
      throw error instanceof Refused ? refusedError(this.refusal('TAIL', path, error)) : error;
    }
  }

  // ---- Writing ----

  echo(path: string, text: string, options: CallOptions = {}): Promise<Answer> {
    if (/[\n\r\0]/.test(text)) {
      return Promise.reject(usageError('echo payload must be a single line', 'send one line at a time'));
    }
    const verb = this.writeVerb(path, text);
    const line = Buffer.from(`${text}\n`);
    return this.run(verb, path, options, false, async (session) => {
      await append(session, path, line, options);
      const segment = this.plain ? undefined : await newestSegment(session, path, options);
      return okAnswer(verb, [
        ['path', path],
        ['bytes', line.length - 1],
        ...(segment === undefined ? [] : [['seg_id', segment] as const]),
      ]);
    });
  }

  /** In the plain style, writes to the control file are named by what they ask for. */
  private writeVerb(path: string, text: string): string {
    if (!this.plain || path !== CTL_PATH) return 'ECHO';
    if (text.includes('"spawn"')) return 'SPAWN';
    return text.includes('"kill"') ? 'KILL' : 'ECHO';
  }

  spawn(payload: string, options: CallOptions = {}): Promise<Answer> {
    return this.control('SPAWN', payload, ['payload', payload], options);
  }

  kill(worker: string, options: CallOptions = {}): Promise<Answer> {
    return this.control('KILL', JSON.stringify({ kill: worker }), ['id', worker], options);
  }

  private control(verb: string, line: string, field: readonly [string, string], options: CallOptions): Promise<Answer> {
    if (this.role !== 'queen') return Promise.resolve(unauthenticated(verb));
    return this.run(verb, undefined, options, false, async (session) => {
      await append(session, CTL_PATH, Buffer.from(`${line}\n`), options);
      return okAnswer(verb, [field]);
    });
  }

  write(path: string, bytes: Uint8Array, options: CallOptions = {}): Promise<Answer> {
    return this.run('ECHO', path, options, false, async (session) => {
      await append(session, path, bytes, options);
      return okAnswer('ECHO', [
        ['path', path],
        ['bytes', bytes.length],
      ]);
    });
  }

  // ---- What they share ----

  private get plain(): boolean {
    return this.options.acks === 'plain';
  }

  /** `repeatable`: it changes nothing, so that it is tried again if the connection is lost under it. */
  private async run(
    verb: string,
    path: string | undefined,
    options: CallOptions,
    repeatable: boolean,
    job: (session: P9Session) => Promise<Answer>,
  ): Promise<Answer> {
    for (let attempt = 1; ; attempt++) {
      const session = await this.line.attached(options);
      if (session === undefined) return unauthenticated(verb);
      try {
        return await job(session);
      } catch (error) {
        if (error instanceof Refused) return this.refusal(verb, path, error);
        if (options.signal?.aborted === true) throw abortedError();
        const failed = asClientError(error, 'closed', 'run the command again');
        const isLoss = session.connection.ended !== undefined && !this.line.closed;
        if (!repeatable && (isLoss || failed.code === 'timeout')) throw unknownOutcome(verb, failed);
        if (!isLoss || attempt >= this.options.retry.max_attempts) throw failed;
      }
    }
  }

  private refusal(verb: string, path: string | undefined, { refusal, walking }: Refused): Answer {
    if (this.plain) return plainRefusal(verb, path, refusal === undefined ? 'invalid path' : refusal.message);
    if (refusal === undefined) return invalidPath(verb, path);
    const answer = refusedAnswer(refusal, { verb, path, walking, hasTicket: this.line.hasTicket });
    if (refusal.code === 'Closed' && refusal.errno !== BAD_FID) this.line.end();
    return answer;
  }
}

function notTailed(path: string): Answer {
  return errAnswer('TAIL', [
    ['reason', 'policy'],
    ['detail', 'invalid-path'],
    ['path', path],
  ]);
}

/** The name of a device's newest segment, which a line to its ctl may have made. */
async function newestSegment(session: P9Session, path: string, options: CallOptions): Promise<string | undefined> {
  const device = /^(\/queen\/telemetry\/[^/]+\/)ctl$/.exec(path)?.[1];
  if (device === undefined) return undefined;
  try {
    const text = (await whole(session, `${device}latest`, options)).toString();
    return text.length < 2 ? undefined : text.slice(0, -1);
  } catch (error) {
    if (error instanceof Refused) return undefined;
    throw error;
  }
}
