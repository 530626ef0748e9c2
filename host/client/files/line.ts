// SPDX-License-Identifier: Apache-2.0
/**
 * Owns the way to a 9P server: a connection, the session on it, and both again after a loss, with the role and ticket that
 * were attached.
 */
import { errAnswer, okAnswer, type Answer } from '../answer.ts';
import { sleep, throwIfAborted, Turnstile } from '../deadline.ts';
import { backoff_ms, type RetryPolicy } from '../defaults.ts';
import { asClientError, ClientError } from '../errors.ts';
import type { Emitter } from '../events.ts';
import { ShortLink, type Link } from '../p9/link.ts';
import { P9Refusal } from '../p9/refusal.ts';
import { P9Session, type Dialect } from '../p9/session.ts';
import { parseRole, type Role } from '../ticket.ts';
import type { CallOptions, TransportEvents } from '../transport.ts';
import { attachRefused } from './refusals.ts';

export interface LineOptions {
  endpoint: string;
  dial: (options: CallOptions) => Promise<Link>;
  dialect: Dialect;
  msize: number;
  maxInFlight: number;
  retry: RetryPolicy;
  exhaustive?: boolean | undefined;
}

/** What attach asked for: asked for again after a loss. Never shown. */
interface Attachment {
  role: Role;
  ticket: string | undefined;
}

export class Line {
  private readonly turnstile = new Turnstile();
  private session: P9Session | undefined;
  private link: ShortLink | undefined;
  private attachment: Attachment | undefined;
  private connects = 0;
  private losses = 0;
  closed = false;

  constructor(
    private readonly options: LineOptions,
    private readonly emitter: Emitter<TransportEvents>,
    /** Asked for the refusal of a worker's attach: state of the node's life cycle. */
    private readonly lifecycleState: () => Promise<string | undefined>,
  ) {}

  get role(): Role | undefined {
    return this.attachment?.role;
  }

  get hasTicket(): boolean {
    return this.attachment?.ticket !== undefined;
  }

  /** A session that need not be attached. */
  connected(options: CallOptions): Promise<P9Session> {
    return this.turnstile.run(async () => (this.session ??= await this.open(options)));
  }

  /** The attached session, made anew if its connection was lost; undefined if nobody has attached. */
  async attached(options: CallOptions): Promise<P9Session | undefined> {
    const known = this.attachment;
    if (known === undefined) return undefined;
    if (this.session !== undefined) return this.session;
    return this.turnstile.run(() => this.reconnect(known, options));
  }

  private async open(options: CallOptions): Promise<P9Session> {
    throwIfAborted(options.signal);
    if (this.closed) throw new ClientError('closed', 'transport is closed', 'make a new one');
    const link = new ShortLink(await this.options.dial(options));
    const { retry, ...rest } = this.options;
    const session = new P9Session(link, { ...rest, timeout_ms: retry.timeout_ms });
    session.connection.onEnd = (error) => this.lost(session, error);
    try {
      await session.version(options);
    } catch (error) {
      drop(session);
      throw error;
    }
    this.link = link;
    this.connects += 1;
    this.emitter.emit('connected', this.options.endpoint, this.connects);
    return session;
  }

  private lost(session: P9Session, error: ClientError): void {
    if (this.session !== session) return;
    this.session = undefined;
    this.losses += 1;
    this.emitter.emit('lost', error);
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
        await this.attachAgain(session, known, options);
        this.session = session;
        this.emitter.emit('reconnected', known.role);
        return session;
      } catch (error) {
        const failed = asClientError(error, 'unreachable', 'check that the node runs');
        if (failed.code === 'aborted' || failed.code === 'attach' || attempt >= retry.max_attempts) throw failed;
      }
    }
  }

  private async attachAgain(session: P9Session, known: Attachment, options: CallOptions): Promise<void> {
    try {
      await session.attach(known.role, known.ticket ?? '', options);
    } catch (error) {
      drop(session);
      if (!(error instanceof P9Refusal)) throw error;
      this.attachment = undefined;
      const { ack } = attachRefused(error, known.role);
      throw new ClientError('attach', `remote attach failed: ${ack.detail}`, 'attach again with a valid ticket');
    }
  }

  /** A session stays as it was until the new one stands. */
  async attach(role: Role, ticket: string | undefined, options: CallOptions): Promise<Answer> {
    const known = parseRole(role);
    if (known === undefined) return invalidRole();
    const text = ticket?.trim() ?? '';
    const refusal = await this.turnstile.run(() => this.enter(known, text, options));
    if (refusal === undefined) return okAnswer('ATTACH', [['role', known]]);
    const isGate = known !== 'queen' && refusal.text === 'EPERM';
    return attachRefused(refusal, known, isGate ? await this.lifecycleState() : undefined);
  }

  private async enter(role: Role, ticket: string, options: CallOptions): Promise<P9Refusal | undefined> {
    const old = this.session;
    const isFresh = this.attachment === undefined && old !== undefined;
    const session = isFresh ? old : await this.open(options);
    try {
      await session.attach(role, ticket, options);
    } catch (error) {
      if (session !== old) drop(session);
      if (error instanceof P9Refusal) return error;
      throw error;
    }
    this.session = session;
    if (old !== undefined && old !== session) drop(old);
    this.attachment = { role, ticket: ticket === '' ? undefined : ticket };
    return undefined;
  }

  /** The session has ended; another can be attached. */
  end(): void {
    this.attachment = undefined;
    const { session } = this;
    this.session = undefined;
    session?.close();
  }

  injectShortWrites(count: number, bytes: number): void {
    this.link?.inject(count, bytes);
  }
}

/** Closes a connection of which nobody needs to hear. */
function drop(session: P9Session): void {
  session.connection.onEnd = undefined;
  session.close();
}

function invalidRole(): Answer {
  return errAnswer('ATTACH', [
    ['reason', 'policy'],
    ['detail', 'invalid-role'],
  ]);
}
