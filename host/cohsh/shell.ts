// SPDX-License-Identifier: Apache-2.0
/**
 * The shell: one line in, events out. It holds the session, nothing of how lines are typed or shown. `main.ts` makes one,
 * scripts, pipes and the terminal run their lines through it.
 */
import {
  type Ack,
  type Answer,
  ClientError,
  openSession,
  renderAck,
  type Role,
  roleName,
  SessionPool,
  type Transport,
} from '../client/index.ts';
import type { Attached, Command, Context, LineRunner, Outcome, ShellSettings } from './commands/command.ts';
import { COMMANDS, findCommand } from './commands/index.ts';
import { CommandError, interrupted, messageOf } from './errors.ts';
import { fixFor, refusalText } from './hints.ts';
import type { Output } from './output.ts';

export type { Attached, Command, Outcome, ShellSettings } from './commands/command.ts';

const NO_COMMAND_FIX = "'help' lists the commands";
/** Refusals after which the session is gone. */
const ENDED = new Set(['closed', 'expired', 'exhausted']);

export class Shell implements LineRunner {
  readonly transport: Transport;
  readonly settings: ShellSettings;
  private readonly output: Output;
  private session: Attached | undefined;
  /** For attaching anew; never shown. */
  private ticket: string | undefined;
  private sessions = 0;
  private sessionPool: SessionPool | undefined;

  constructor(transport: Transport, output: Output, settings: ShellSettings) {
    this.transport = transport;
    this.output = output;
    this.settings = settings;
  }

  get state(): { readonly attached: Attached | undefined; readonly endpoint: string } {
    return { attached: this.session, endpoint: this.transport.endpoint };
  }

  /** For completion and help. */
  get commands(): readonly Command[] {
    return COMMANDS;
  }

  /** Runs one line. Never throws: what goes wrong is shown, and is in the outcome. */
  async run(line: string, signal?: AbortSignal, output: Output = this.output): Promise<Outcome> {
    const text = line.trim();
    if (text === '') return { ok: true };
    const [verb = ''] = text.split(/\s/, 1);
    try {
      const command = findCommand(verb);
      if (command === undefined) throw new CommandError(`unknown command '${verb}'`, { fix: NO_COMMAND_FIX });
      if (signal?.aborted === true) throw interrupted();
      const result = await command.run(text.slice(verb.length).trim(), this.context(output, signal));
      return { ok: true, exit: result?.exit ?? false };
    } catch (thrown) {
      const error = isAbort(thrown) ? interrupted() : thrown;
      // A lost connection came back, but the node let the session in no more.
      if (error instanceof ClientError && error.code === 'attach') this.session = undefined;
      output.write({ kind: 'error', error });
      return { ok: false, error };
    }
  }

  /** Names in a directory, shown nowhere; undefined: there is no session, or no such directory. For completion. */
  async list(path: string, signal: AbortSignal): Promise<readonly string[] | undefined> {
    if (this.session === undefined) return undefined;
    try {
      const { ack, lines } = await this.transport.ls(path, { signal });
      return ack.ok ? lines : undefined;
    } catch {
      return undefined;
    }
  }

  /** A ping that nobody typed: so that the node does not take the session for left. */
  async keepAlive(): Promise<void> {
    if (this.session !== undefined) await this.transport.ping();
  }

  /** Attaches as the `attach` command does. */
  attach(role: Role, ticket?: string, signal?: AbortSignal): Promise<void> {
    return this.attachWith(role, ticket, this.context(this.output, signal));
  }

  /** Ends the session, if there is one, and lets go of the node. Never throws. */
  async close(): Promise<void> {
    await this.closePool().catch(() => undefined);
    if (this.session !== undefined) await this.transport.quit().catch(() => undefined);
    this.session = undefined;
    await this.transport.close().catch(() => undefined);
  }

  private context(output: Output, signal: AbortSignal | undefined): Context {
    const attached = (): Attached | undefined => this.session;
    const context: Context = {
      output,
      signal,
      get attached() {
        return attached();
      },
      settings: this.settings,
      runner: this,
      session: (verb) => this.require(verb),
      queenSession: (verb) => this.requireQueen(verb),
      attach: (role, ticket) => this.attachWith(role, ticket, context),
      pool: () => this.pool(context),
      reattach: () => this.reattach(context),
      detach: (show = false) => this.detach(context, show),
      show: (answer, verb, path) => this.show(answer, context, verb, path),
      refuse: (verb, path, error) => output.write({ kind: 'ack', ack: refusalAck(verb, path, error) }),
    };
    return context;
  }

  private require(verb: string): Transport {
    if (this.session !== undefined) return this.transport;
    throw new CommandError(`attach to a session before running ${verb}`, { fix: "run 'attach <role> [ticket]'" });
  }

  private requireQueen(verb: string): Transport {
    const transport = this.require(verb);
    const role = this.session?.role ?? 'queen';
    if (role === 'queen') return transport;
    throw new CommandError(`queen control requires a queen session; attached as ${roleName(role)}`, {
      fix: "run 'detach', then 'attach queen'",
    });
  }

  private async attachWith(role: Role, ticket: string | undefined, context: Context): Promise<void> {
    if (this.session !== undefined) {
      throw new CommandError("already attached; run 'quit' to close the current session");
    }
    await this.transport.connect(signalOf(context));
    const opened = openSession(this.transport, role, ticket, signalOf(context)).then(({ answer }) => answer);
    await this.show(opened, context, 'ATTACH');
    this.sessions += 1;
    this.session = { role, id: this.sessions };
    this.ticket = ticket;
    context.output.write({ kind: 'note', text: `attached session SessionId(${this.sessions}) as ${roleName(role)}` });
  }

  private async pool(context: Context): Promise<SessionPool> {
    const { session } = this;
    if (session === undefined) throw new CommandError('session pool is not attached');
    if (this.sessionPool !== undefined) return this.sessionPool;
    const pool = new SessionPool(this.transport, {
      policy: this.settings.policy,
      connect: await this.settings.another(),
    });
    await pool.attach(session.role, this.ticket, signalOf(context));
    return (this.sessionPool = pool);
  }

  private async closePool(): Promise<void> {
    const pool = this.sessionPool;
    this.sessionPool = undefined;
    await pool?.close();
  }

  /** Quietly: an `attach` that nobody typed. */
  private async reattach(context: Context): Promise<void> {
    const { session } = this;
    if (session === undefined) throw new CommandError('the session has ended', { fix: 'attach again' });
    const { ack } = await this.transport.attach(session.role, this.ticket, signalOf(context));
    if (!ack.ok) throw new CommandError(refusalText(ack));
  }

  private async detach(context: Context, show: boolean): Promise<void> {
    this.require('detach');
    this.session = undefined;
    this.ticket = undefined;
    await this.closePool();
    const pending = this.transport.quit(signalOf(context));
    if (show) await this.show(pending, context);
    else await pending;
  }

  private async show(pending: Promise<Answer>, context: Context, verb?: string, path?: string): Promise<Answer> {
    const answer = await pending.catch((error: unknown) => {
      if (verb !== undefined && isRefusal(error)) context.refuse(verb, path, error);
      throw error;
    });
    context.output.write({ kind: 'ack', ack: answer.ack });
    for (const text of answer.lines) context.output.write({ kind: 'line', text });
    if (answer.ack.ok) return answer;
    if (answer.ack.verb !== 'ATTACH' && ENDED.has(answer.ack.fields.get('detail') ?? '')) this.session = undefined;
    const fix = fixFor(answer.ack);
    throw new CommandError(refusalText(answer.ack), fix === undefined ? {} : { fix });
  }
}

/** `ERR <VERB> path=<p> reason=<text>`, as transports without a console refuse. */
function refusalAck(verb: string, path: string | undefined, error: unknown): Ack {
  const reason = messageOf(error);
  return renderAck(false, verb, [...(path === undefined ? [] : [['path', path] as const]), ['reason', reason]]);
}

/** The library itself did not send it. */
function isRefusal(error: unknown): boolean {
  return error instanceof ClientError && (error.code === 'usage' || error.code === 'refused');
}

export function signalOf(context: { signal: AbortSignal | undefined }): { signal: AbortSignal | undefined } {
  return { signal: context.signal };
}

function isAbort(error: unknown): boolean {
  if (error instanceof ClientError) return error.code === 'aborted';
  return error instanceof Error && error.name === 'AbortError';
}
