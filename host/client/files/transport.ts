/**
 * Owns the console's commands over Secure9P: what the `9p` transport, the mock and trace replay share. Commands may run
 * side by side; each has its own fid. A lost connection is made anew, with the role and ticket that were attached, before
 * the next command; commands that change nothing are then tried again, others say that their outcome is not known.
 */
import { errAnswer, okAnswer, type Answer } from '../answer.ts';
import { abortedError, sleep, throwIfAborted, Turnstile } from '../deadline.ts';
import { backoff_ms, MAX_ANSWER_BYTES, NAME_BYTES, WALK_DEPTH, type RetryPolicy } from '../defaults.ts';
import { asClientError, ClientError, protocolError } from '../errors.ts';
import { Emitter } from '../events.ts';
import { pathNames } from '../paths.ts';
import { ShortLink, type Link } from '../p9/link.ts';
import { P9Refusal } from '../p9/refusal.ts';
import { P9Session, type Dialect, type Handle } from '../p9/session.ts';
import { parseRole, type Role } from '../ticket.ts';
import type { CallOptions, Limits, ReadOptions, Transport, TransportEvents, TransportKind } from '../transport.ts';
import { payloadLines, summary, TAIL_LINES } from './content.ts';
import { attachRefused, invalidPath, plainRefusal, refusedAnswer, unauthenticated } from './refusals.ts';

/** `console`: as the image's console gives them. `plain`: without `data=` and `entries=`, as in older traces. */
export type AckStyle = 'console' | 'plain';

export interface FileTransportOptions {
  kind: TransportKind;
  endpoint: string;
  dial: (options: CallOptions) => Promise<Link>;
  dialect: Dialect;
  msize: number;
  maxInFlight: number;
  retry: RetryPolicy;
  acks?: AckStyle | undefined;
  exhaustive?: boolean | undefined;
}

const LOG_PATH = '/log/queen.log';
const CTL_PATH = '/queen/ctl';
const TAILED = new Set([LOG_PATH, '/proc/ingest/watch']);

/** What attach asked for: asked for again after a loss. Never shown. */
interface Attachment {
  role: Role;
  ticket: string | undefined;
}

function canTail(path: string): boolean {
  return TAILED.has(path) || (/^\/(worker|shard)\//.test(path) && path.endsWith('/telemetry'));
}

/** A refusal with the place where it happened. */
class Refused extends Error {
  constructor(
    readonly refusal: P9Refusal | undefined,
    readonly walking: boolean,
  ) {
    super(refusal?.message ?? 'invalid path');
  }
}

async function refusing<T>(walking: boolean, job: Promise<T>): Promise<T> {
  try {
    return await job;
  } catch (error) {
    throw error instanceof P9Refusal ? new Refused(error, walking) : error;
  }
}

function rewindOf(refusal: P9Refusal): bigint | undefined {
  const match = /rewind_to=(\d{1,19})/.exec(refusal.text);
  return match === null ? undefined : BigInt(match[1] ?? '0');
}

export class FileTransport implements Transport {
  readonly kind: TransportKind;
  readonly endpoint: string;
  readonly limits: Limits = {
    write_bytes: Infinity,
    text_only: false,
    path_bytes: WALK_DEPTH * (NAME_BYTES + 1),
  };
  private readonly emitter = new Emitter<TransportEvents>();
  private readonly turnstile = new Turnstile();
  private session: P9Session | undefined;
  private link: ShortLink | undefined;
  private attachment: Attachment | undefined;
  private connects = 0;
  private losses = 0;
  private closed = false;

  constructor(protected readonly options: FileTransportOptions) {
    this.kind = options.kind;
    this.endpoint = options.endpoint;
  }

  get role(): Role | undefined {
    return this.attachment?.role;
  }

  on<K extends keyof TransportEvents>(event: K, listener: (...args: TransportEvents[K]) => void): () => void {
    return this.emitter.on(event, listener);
  }

  // ---- Connections ----

  async connect(options: CallOptions = {}): Promise<void> {
    if (this.session === undefined) this.session = await this.open(options);
  }

  private async open(options: CallOptions): Promise<P9Session> {
    throwIfAborted(options.signal);
    if (this.closed) throw new ClientError('closed', 'transport is closed', 'make a new one');
    const link = new ShortLink(await this.options.dial(options));
    const { dialect, msize, maxInFlight, exhaustive, retry } = this.options;
    const session = new P9Session(link, { dialect, msize, maxInFlight, exhaustive, timeout_ms: retry.timeout_ms });
    session.connection.onEnd = (error) => this.lost(session, error);
    try {
      await session.version(options);
    } catch (error) {
      session.connection.onEnd = undefined;
      session.close();
      throw error;
    }
    this.link = link;
    this.connects += 1;
    this.emitter.emit('connected', this.endpoint, this.connects);
    return session;
  }

  private lost(session: P9Session, error: ClientError): void {
    if (this.session !== session) return;
    this.session = undefined;
    this.losses += 1;
    this.emitter.emit('lost', error);
  }

  /** The attached session; made anew if its connection was lost. */
  private async attached(options: CallOptions): Promise<P9Session | undefined> {
    const known = this.attachment;
    if (known === undefined) return undefined;
    if (this.session !== undefined) return this.session;
    return this.turnstile.run(() => this.reconnect(known, options));
  }

  private async reconnect(known: Attachment, options: CallOptions): Promise<P9Session> {
    if (this.session !== undefined) return this.session;
    const { retry } = this.options;
    for (let attempt = 1; ; attempt++) {
      const delay_ms = backoff_ms(retry, attempt);
      this.emitter.emit('reconnecting', attempt, delay_ms, this.losses);
      await sleep(delay_ms, options.signal);
      try {
        const session = await this.open(options);
        await this.login(session, known, options);
        this.session = session;
        this.emitter.emit('reconnected', known.role);
        return session;
      } catch (error) {
        const failed = asClientError(error, 'unreachable', 'check that the node runs');
        if (failed.code === 'aborted' || failed.code === 'attach' || attempt >= retry.max_attempts) throw failed;
      }
    }
  }

  /** Attaches again what was attached. */
  private async login(session: P9Session, known: Attachment, options: CallOptions): Promise<void> {
    try {
      await session.attach(known.role, known.ticket ?? '', options);
    } catch (error) {
      session.connection.onEnd = undefined;
      session.close();
      if (!(error instanceof P9Refusal)) throw error;
      this.attachment = undefined;
      const { ack } = attachRefused(error, known.role);
      throw new ClientError('attach', `remote attach failed: ${ack.detail}`, 'attach again with a valid ticket');
    }
  }

  // ---- Sessions ----

  async attach(role: Role, ticket?: string, options: CallOptions = {}): Promise<Answer> {
    const known = parseRole(role);
    if (known === undefined) return attachFailed('policy', 'invalid-role');
    const text = ticket?.trim() ?? '';
    return this.turnstile.run(async () => {
      // A session stays as it was until the new one stands.
      const session =
        this.attachment === undefined && this.session !== undefined ? this.session : await this.open(options);
      try {
        await session.attach(known, text, options);
      } catch (error) {
        if (session !== this.session) {
          session.connection.onEnd = undefined;
          session.close();
        }
        if (!(error instanceof P9Refusal)) throw error;
        return this.refusedAttach(error, known);
      }
      const old = this.session;
      this.session = session;
      if (old !== session) old?.close();
      this.attachment = { role: known, ticket: text === '' ? undefined : text };
      return okAnswer('ATTACH', [['role', known]]);
    });
  }

  private async refusedAttach(refusal: P9Refusal, role: Role): Promise<Answer> {
    const isGate = role !== 'queen' && refusal.text === 'EPERM';
    return attachRefused(refusal, role, isGate ? await this.lifecycleState() : undefined);
  }

  /** Known only to a session that stands. */
  private async lifecycleState(): Promise<string | undefined> {
    if (this.attachment === undefined) return undefined;
    const { ack } = await this.cat('/proc/lifecycle/state');
    return ack.fields.get('data')?.replace(/^state=/, '');
  }

  async quit(): Promise<Answer> {
    this.attachment = undefined;
    const session = this.session;
    this.session = undefined;
    session?.close();
    return Promise.resolve(okAnswer('QUIT'));
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.quit();
  }

  async ping(options: CallOptions = {}): Promise<Answer> {
    const session = (await this.attached(options)) ?? (await this.connected(options));
    await session.connection.probe(options);
    return okAnswer('PING', [['reply', 'pong']], ['PONG']);
  }

  private async connected(options: CallOptions): Promise<P9Session> {
    await this.connect(options);
    if (this.session === undefined) throw new ClientError('closed', 'connection is closed', 'connect again');
    return this.session;
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

  injectShortWrites(count: number, bytes: number): void {
    this.link?.inject(count, bytes);
  }

  // ---- Reading ----

  ls(path: string, options: CallOptions = {}): Promise<Answer> {
    return this.run('LS', path, options, true, async (session) => {
      const names: string[] = [];
      await this.withFile(session, path, true, options, async ({ fid }) => {
        await refusing(false, session.openToRead(fid, options));
        let held = 0;
        for await (const some of chunks(session.list(fid, options))) {
          for (const name of some) held += name.length;
          if (held > MAX_ANSWER_BYTES) throw tooMuch(path);
          names.push(...some);
        }
      });
      names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      const entries = this.plain ? [] : [['entries', names.length] as const];
      return okAnswer('LS', [['path', path], ...entries], names);
    });
  }

  cat(path: string, options: CallOptions = {}): Promise<Answer> {
    return this.run('CAT', path, options, true, async (session) => {
      const bytes = await this.whole(session, path, options);
      const isLog = path === LOG_PATH;
      const data = this.plain ? [] : [['data', summary(path, bytes, isLog)] as const];
      return okAnswer('CAT', [['path', path], ...data], payloadLines(bytes, { asText: isLog }));
    });
  }

  tail(path: string, options: CallOptions = {}): Promise<Answer> {
    return this.run('TAIL', path, options, true, async (session) => {
      if (!canTail(path)) {
        return errAnswer('TAIL', [
          ['reason', 'policy'],
          ['detail', 'invalid-path'],
          ['path', path],
        ]);
      }
      const bytes = await this.whole(session, path, options);
      return okAnswer('TAIL', [['path', path]], payloadLines(bytes, { asText: path === LOG_PATH, last: TAIL_LINES }));
    });
  }

  log(options: CallOptions = {}): Promise<Answer> {
    if (this.role !== 'queen') return Promise.resolve(unauthenticated('LOG'));
    return this.run('LOG', LOG_PATH, options, true, async (session) => {
      const bytes = await this.whole(session, LOG_PATH, options);
      return okAnswer('LOG', [], payloadLines(bytes, { asText: true }));
    });
  }

  private async whole(session: P9Session, path: string, options: CallOptions): Promise<Buffer> {
    const parts: Buffer[] = [];
    let held = 0;
    for await (const part of this.pieces(session, path, 0n, options)) {
      held += part.length;
      if (held > MAX_ANSWER_BYTES) throw tooMuch(path);
      parts.push(part);
    }
    return Buffer.concat(parts);
  }

  private async *pieces(
    session: P9Session,
    path: string,
    from: bigint,
    options: CallOptions,
  ): AsyncGenerator<Buffer, void, undefined> {
    const handle = await this.find(session, path, false, options);
    try {
      await refusing(false, session.openToRead(handle.fid, options));
      yield* this.readOn(session, handle.fid, from, options);
    } finally {
      await clunk(session, handle, options.signal);
    }
  }

  private async *readOn(session: P9Session, fid: number, from: bigint, options: CallOptions): AsyncGenerator<Buffer> {
    let offset = from;
    let rewound = false;
    for (;;) {
      let piece;
      try {
        piece = await session.read(fid, offset, options);
      } catch (error) {
        // A ring whose start has gone on names the offset to go on from.
        const start = error instanceof P9Refusal && !rewound ? rewindOf(error) : undefined;
        if (start === undefined || start <= offset)
          throw error instanceof P9Refusal ? new Refused(error, false) : error;
        rewound = true;
        offset = start;
        continue;
      }
      offset += BigInt(piece.data.length);
      if (piece.data.length > 0) yield piece.data;
      if (piece.last) return;
    }
  }

  async *read(path: string, options: ReadOptions = {}): AsyncGenerator<Uint8Array, void, undefined> {
    const session = await this.attached(options);
    if (session === undefined) throw refusedError(unauthenticated('CAT'));
    try {
      yield* this.pieces(session, path, BigInt(options.offset ?? 0), options);
    } catch (error) {
      throw error instanceof Refused ? refusedError(this.refusal('CAT', path, error)) : error;
    }
  }

  // ---- Writing ----

  echo(path: string, text: string, options: CallOptions = {}): Promise<Answer> {
    if (/[\n\r\0]/.test(text)) {
      const error = new ClientError('usage', 'echo payload must be a single line', 'send one line at a time');
      return Promise.reject(error);
    }
    const line = Buffer.from(`${text}\n`);
    return this.run(this.writeVerb(path, text), path, options, false, async (session) => {
      await this.append(session, path, line, options);
      const segment = this.plain ? undefined : await this.newestSegment(session, path, options);
      return okAnswer(this.writeVerb(path, text), [
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
      await this.append(session, CTL_PATH, Buffer.from(`${line}\n`), options);
      return okAnswer(verb, [field]);
    });
  }

  write(path: string, bytes: Uint8Array, options: CallOptions = {}): Promise<Answer> {
    return this.run('ECHO', path, options, false, async (session) => {
      await this.append(session, path, bytes, options);
      return okAnswer('ECHO', [
        ['path', path],
        ['bytes', bytes.length],
      ]);
    });
  }

  private async append(session: P9Session, path: string, bytes: Uint8Array, options: CallOptions): Promise<void> {
    await this.withFile(session, path, undefined, options, async ({ fid }) => {
      await refusing(false, session.openToAppend(fid, options));
      let at = 0;
      do {
        const piece = bytes.subarray(at, at + session.ioBytes);
        const taken = await refusing(false, session.append(fid, piece, options));
        if (taken === 0 && piece.length > 0) throw protocolError('the server takes nothing');
        at += taken;
      } while (at < bytes.length);
    });
  }

  /** The name of a device's newest segment, which a line to its ctl may have made. */
  private async newestSegment(session: P9Session, path: string, options: CallOptions): Promise<string | undefined> {
    const device = /^(\/queen\/telemetry\/[^/]+\/)ctl$/.exec(path)?.[1];
    if (device === undefined) return undefined;
    try {
      const text = (await this.whole(session, `${device}latest`, options)).toString();
      return text.length < 2 ? undefined : text.slice(0, -1);
    } catch (error) {
      if (error instanceof Refused) return undefined;
      throw error;
    }
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
      const session = await this.attached(options);
      if (session === undefined) return unauthenticated(verb);
      try {
        return await job(session);
      } catch (error) {
        if (error instanceof Refused) return this.refusal(verb, path, error);
        if (options.signal?.aborted === true) throw abortedError();
        const failed = asClientError(error, 'closed', 'run the command again');
        const isLoss = session.connection.ended !== undefined && !this.closed;
        if (isLoss && !repeatable) throw unknownOutcome(verb, failed);
        if (!isLoss || attempt >= this.options.retry.max_attempts) throw failed;
      }
    }
  }

  private refusal(verb: string, path: string | undefined, { refusal, walking }: Refused): Answer {
    const hasTicket = this.attachment?.ticket !== undefined;
    if (this.plain) return plainRefusal(verb, path, refusal === undefined ? 'invalid path' : refusal.message);
    if (refusal === undefined) return invalidPath(verb, path);
    const answer = refusedAnswer(refusal, { verb, path, walking, hasTicket });
    if (refusal.code === 'Closed' && refusal.errno !== 9) void this.quit();
    return answer;
  }

  private async find(
    session: P9Session,
    path: string,
    directory: boolean | undefined,
    options: CallOptions,
  ): Promise<Handle> {
    const names = pathNames(path);
    if (names === undefined) throw new Refused(undefined, true);
    const handle = await refusing(true, session.walk(names, options));
    if (directory === undefined || handle.isDirectory === directory) return handle;
    await clunk(session, handle, options.signal);
    throw new Refused(undefined, true);
  }

  private async withFile(
    session: P9Session,
    path: string,
    directory: boolean | undefined,
    options: CallOptions,
    use: (handle: Handle) => Promise<void>,
  ): Promise<void> {
    const handle = await this.find(session, path, directory, options);
    try {
      await use(handle);
    } finally {
      await clunk(session, handle, options.signal);
    }
  }
}

async function* chunks(list: AsyncGenerator<string[]>): AsyncGenerator<string[]> {
  try {
    yield* list;
  } catch (error) {
    throw error instanceof P9Refusal ? new Refused(error, false) : error;
  }
}

/** The fid is given back even when the command was given up; a server that is gone has forgotten it. */
async function clunk(session: P9Session, { fid }: Handle, signal: AbortSignal | undefined): Promise<void> {
  // What the command itself did is what counts.
  const done = session.clunk(fid).catch(() => undefined);
  if (signal?.aborted !== true) await done;
}

function attachFailed(reason: string, detail: string): Answer {
  return errAnswer('ATTACH', [
    ['reason', reason],
    ['detail', detail],
  ]);
}

export function refusedError({ ack }: Answer): ClientError {
  return new ClientError('refused', ack.line, 'see docs/console.md, Refusals');
}

function tooMuch(path: string): ClientError {
  return new ClientError('usage', `${path} exceeds ${MAX_ANSWER_BYTES} bytes`, 'read it in pieces');
}

/** Whether a command that changes something was carried out before the connection was lost. */
export function unknownOutcome(verb: string, cause: ClientError): ClientError {
  return new ClientError(
    cause.code,
    `connection lost during ${verb}: ${cause.message}`,
    'it may or may not have been carried out: look before you repeat it',
    { cause },
  );
}
