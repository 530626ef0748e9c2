// SPDX-License-Identifier: Apache-2.0
/**
 * Owns sessions: attaching with a ticket that is worth sending, and pools of sessions for work side by side, one part for
 * commands (control), one for telemetry, so that neither starves the other. A console over TCP carries one command at a
 * time, so its pool is one connection with as many permits; over 9P and on the mock every place is a session of its own.
 */
import type { Answer } from './answer.ts';
import { ClientError, usageError } from './errors.ts';
import type { Policy } from './policy.ts';
import { normalizeTicket, TicketError, type Role } from './ticket.ts';
import type { CallOptions, Transport } from './transport.ts';

export const POOL_KINDS = ['control', 'telemetry'] as const;
export type PoolKind = (typeof POOL_KINDS)[number];

const LABELS: Record<PoolKind, string> = { control: 'Control', telemetry: 'Telemetry' };

let lastSession = 0;

export interface Session {
  /** Counts the sessions of this process. */
  readonly id: number;
  readonly role: Role;
  readonly transport: Transport;
}

/**
 * Attaches. A ticket that the node would refuse anyway is not sent (`usage`). The session is undefined if the node
 * refused; its answer says why.
 */
export async function openSession(
  transport: Transport,
  role: Role,
  ticket?: string,
  options: CallOptions = {},
): Promise<{ session: Session | undefined; answer: Answer }> {
  const text = worthSending(transport, role, ticket);
  const answer = await transport.attach(role, text, options);
  if (!answer.ack.ok) return { session: undefined, answer };
  lastSession += 1;
  return { session: { id: lastSession, role, transport }, answer };
}

function worthSending(transport: Transport, role: Role, ticket: string | undefined): string | undefined {
  const isConsole = transport.kind === 'tcp' || transport.kind === 'qemu';
  try {
    return normalizeTicket(role, ticket, { checkQueen: isConsole });
  } catch (error) {
    if (!(error instanceof TicketError)) throw error;
    throw new ClientError('usage', error.message, 'mint a ticket: cohsh --mint-ticket', { cause: error });
  }
}

export interface PoolOptions {
  policy: Policy;
  /** Makes one more way to the same node. Not called where all places share the first. */
  connect: () => Transport;
  /** All places share the first transport; so it is over a console. */
  shared?: boolean | undefined;
}

/** A place in the pool: give it back. */
export interface Place {
  readonly kind: PoolKind;
  readonly transport: Transport;
  release(): void;
}

export class SessionPool {
  private readonly free: Record<PoolKind, Transport[]> = { control: [], telemetry: [] };
  /** Those that the pool itself made. */
  private readonly made: Transport[] = [];
  private state: 'new' | 'attached' | 'closed' = 'new';
  /** Refusals because all places were taken. */
  exhausted = 0;

  constructor(
    private readonly first: Transport,
    private readonly options: PoolOptions,
  ) {}

  capacity(kind: PoolKind): number {
    const { pool } = this.options.policy;
    return kind === 'control' ? pool.control_sessions : pool.telemetry_sessions;
  }

  private get shared(): boolean {
    return this.options.shared ?? (this.first.kind === 'tcp' || this.first.kind === 'qemu');
  }

  /**
   * Fills the pool: the first transport, which is attached already, is one of the places for control; the others attach as
   * it did. All or none.
   */
  async attach(role: Role, ticket?: string, options: CallOptions = {}): Promise<void> {
    if (this.state === 'closed') throw closedError();
    if (this.first.role === undefined) throw notAttached();
    await this.drain();
    const extra = this.shared ? 0 : this.capacity('control') - 1 + this.capacity('telemetry');
    try {
      for (let i = 0; i < extra; i++) await this.add(role, ticket, options);
    } catch (error) {
      await this.drain();
      throw error;
    }
    const places = this.shared ? [] : [...this.made];
    for (const kind of POOL_KINDS) {
      this.free[kind] = Array.from({ length: this.capacity(kind) }, (_, index) =>
        kind === 'control' && index === 0 ? this.first : (places.shift() ?? this.first),
      );
    }
    this.state = 'attached';
  }

  private async add(role: Role, ticket: string | undefined, options: CallOptions): Promise<void> {
    const transport = this.options.connect();
    this.made.push(transport);
    const { session, answer } = await openSession(transport, role, ticket, options);
    if (session !== undefined) return;
    const fix = 'ask for fewer: --pool-control-sessions, --pool-telemetry-sessions';
    throw new ClientError('attach', `session pool: ${answer.ack.line}`, fix);
  }

  /** A free place, at once or not at all. */
  acquire(kind: PoolKind): Place {
    if (this.state === 'closed') throw closedError();
    if (this.state === 'new') throw notAttached();
    const free = this.free[kind];
    const transport = free.pop();
    if (transport === undefined) {
      this.exhausted += 1;
      const message = `session pool exhausted for ${LABELS[kind]}`;
      throw new ClientError('busy', message, 'wait for others to end, or allow more sessions');
    }
    let held = true;
    const release = (): void => {
      // That of an older filling goes to a list that nobody takes from any more.
      if (held) free.push(transport);
      held = false;
    };
    return { kind, transport, release };
  }

  /** Runs a job on a place. */
  async use<T>(kind: PoolKind, job: (transport: Transport) => Promise<T>): Promise<T> {
    const place = this.acquire(kind);
    try {
      return await job(place.transport);
    } finally {
      place.release();
    }
  }

  private async drain(): Promise<void> {
    for (const kind of POOL_KINDS) this.free[kind] = [];
    await Promise.all(this.made.splice(0).map((transport) => transport.close()));
  }

  /** Empties the pool; it can be attached again. The first transport is the caller's. */
  async detach(): Promise<void> {
    if (this.state === 'closed') return;
    this.state = 'new';
    await this.drain();
  }

  async close(): Promise<void> {
    this.state = 'closed';
    await this.drain();
  }
}

function closedError(): ClientError {
  return new ClientError('closed', 'session pool is closed', 'make a new one');
}

function notAttached(): ClientError {
  return usageError('session pool is not attached', 'attach first');
}
