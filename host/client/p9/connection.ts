// SPDX-License-Identifier: Apache-2.0
/**
 * Owns one 9P connection: which tags are out, which reply is whose. Requests go out as soon as a tag is free and their
 * replies may come in any order; a request that is given up is flushed, and its tag kept until the server confirms.
 */
import { Waiter, sleep } from '../deadline.ts';
import { ClientError, asClientError, protocolError } from '../errors.ts';
import type { CallOptions } from '../transport.ts';
import { FrameSplitter, messageName, NO_TAG, parseReply, R_ERROR, R_LERROR, T, Writer, type Reply } from './codec.ts';
import type { Link } from './link.ts';
import { fromErrno, fromTexts, type P9Refusal } from './refusal.ts';

/** Attempts to send the rest of a frame of which the link took only a part, and the pause before the first. */
const SHORT_WRITE_ATTEMPTS = 3;
const SHORT_WRITE_MS = 5;

interface Request {
  readonly type: number;
  /** Undefined: given up; the reply is dropped. */
  waiter: Waiter<Reply> | undefined;
}

export interface ConnectionOptions {
  timeout_ms: number;
  /** Requests out at once; more wait for their turn. */
  maxInFlight: number;
}

export class Connection {
  msize = 8192;
  /** Why nothing can be sent any more. */
  ended: ClientError | undefined;
  onEnd: ((error: ClientError) => void) | undefined;
  private lastTag = 0;
  private readonly out = new Map<number, Request>();
  private readonly queue: (() => void)[] = [];
  private readonly splitter = new FrameSplitter(() => this.msize);
  /** Set while the rest of a frame waits to be sent: nothing may come between. */
  private sending: Promise<void> | undefined;

  constructor(
    private readonly link: Link,
    private readonly options: ConnectionOptions,
  ) {
    link.onData = (bytes) => this.take(bytes);
    link.onEnd = (error) => this.end(error);
  }

  get endpoint(): string {
    return this.link.endpoint;
  }

  /** Sends a request, waits for its reply. A refusal is thrown as P9Refusal. */
  async call(type: number, body: (writer: Writer) => void, options: CallOptions = {}): Promise<Reply> {
    const writer = new Writer();
    body(writer);
    while (this.out.size >= this.options.maxInFlight) await this.turn(options);
    const reply = await this.request(type, writer, options);
    const refusal = refusalIn(reply);
    if (refusal !== undefined) throw refusal;
    if (reply.type !== type + 1) {
      throw this.broken(`unexpected response ${messageName(reply.type)} to ${messageName(type)}`);
    }
    return reply;
  }

  /** A round trip that costs the session nothing. */
  async probe(options: CallOptions = {}): Promise<void> {
    const tag = this.freeTag();
    await this.call(T.flush, (writer) => writer.u16(tag), options);
  }

  private async turn(options: CallOptions): Promise<void> {
    const next = (): void => waiter.settle();
    // A place in the queue that is given up wakes nobody, so it must go.
    const leave = (): void => void this.queue.splice(this.queue.indexOf(next), 1);
    const waiter = new Waiter<void>('request', this.timeout(options), options.signal, leave);
    this.queue.push(next);
    await waiter.promise;
    if (this.ended !== undefined) throw this.ended;
  }

  private timeout(options: CallOptions): number {
    return options.timeout_ms ?? this.options.timeout_ms;
  }

  /** Tags count upwards, as clients of the older codec count theirs. */
  private freeTag(): number {
    do this.lastTag = this.lastTag >= NO_TAG - 1 ? 1 : this.lastTag + 1;
    while (this.out.has(this.lastTag));
    return this.lastTag;
  }

  /** `tag`: NO_TAG for the Tversion of standard dialects. */
  request(type: number, writer: Writer, options: CallOptions, tag?: number): Promise<Reply> {
    if (this.ended !== undefined) return Promise.reject(this.ended);
    const number = tag ?? this.freeTag();
    const waiter = new Waiter<Reply>(messageName(type), this.timeout(options), options.signal, () =>
      this.giveUp(number, type),
    );
    this.out.set(number, { type, waiter });
    this.send(writer.finish(type, number));
    return waiter.promise;
  }

  private giveUp(tag: number, type: number): void {
    const request = this.out.get(tag);
    if (request !== undefined) request.waiter = undefined;
    if (this.ended !== undefined) return;
    // Without a reply to Tversion there is no session, and a server that answers no Tflush answers nothing.
    if (type === T.version || type === T.flush) {
      this.end(new ClientError('timeout', 'the server does not answer', 'check that the node runs'));
      return;
    }
    this.request(T.flush, new Writer().u16(tag), {}).then(
      () => this.release(tag),
      () => undefined,
    );
  }

  private release(tag: number): void {
    this.out.delete(tag);
    this.queue.shift()?.();
  }

  private send(frame: Buffer): void {
    if (this.sending !== undefined) {
      this.sending = this.sending.then(() => this.sendAll(frame));
      return;
    }
    const taken = this.trySend(frame);
    if (taken === frame.length || this.ended !== undefined) return;
    const rest = this.sendRest(frame, taken).finally(() => {
      if (this.sending === rest) this.sending = undefined;
    });
    this.sending = rest;
  }

  private trySend(bytes: Uint8Array): number {
    try {
      return this.link.send(bytes);
    } catch (error) {
      this.end(asClientError(error, 'closed', 'connect again'));
      return 0;
    }
  }

  private async sendAll(frame: Buffer): Promise<void> {
    if (this.ended !== undefined) return;
    const taken = this.trySend(frame);
    if (taken < frame.length && this.ended === undefined) await this.sendRest(frame, taken);
  }

  /** A short write is gone on with where it stopped: no byte is sent twice. */
  private async sendRest(frame: Buffer, taken: number): Promise<void> {
    let at = taken;
    for (let attempt = 0; attempt < SHORT_WRITE_ATTEMPTS; attempt++) {
      await sleep(SHORT_WRITE_MS * 2 ** attempt);
      if (this.ended !== undefined) return;
      at += this.trySend(frame.subarray(at));
      if (at >= frame.length) return this.link.retried?.(attempt + 1);
    }
    this.end(new ClientError('closed', `short write: ${at} of ${frame.length} bytes`, 'connect again'));
  }

  private take(bytes: Uint8Array): void {
    if (this.ended !== undefined) return;
    try {
      for (const frame of this.splitter.push(bytes)) this.deliver(parseReply(frame));
    } catch (error) {
      this.end(asClientError(error, 'protocol', 'check that the port is that of a 9P server'));
    }
  }

  private deliver(reply: Reply): void {
    const request = this.out.get(reply.tag);
    if (request === undefined) {
      throw protocolError(`reply ${messageName(reply.type)} to tag ${reply.tag}, which is not out`);
    }
    this.release(reply.tag);
    request.waiter?.settle(reply);
  }

  private broken(message: string): ClientError {
    const error = protocolError(message);
    this.end(error);
    return error;
  }

  private end(error: ClientError): void {
    if (this.ended !== undefined) return;
    this.ended = error;
    this.link.close();
    for (const request of this.out.values()) request.waiter?.fail(error);
    this.out.clear();
    for (const next of this.queue.splice(0)) next();
    this.onEnd?.(error);
  }

  close(): void {
    if (this.ended !== undefined) return;
    this.onEnd = undefined;
    this.end(new ClientError('closed', 'connection is closed', 'connect again'));
  }
}

function refusalIn(reply: Reply): P9Refusal | undefined {
  if (reply.type === R_LERROR) return fromErrno(reply.body.u32());
  if (reply.type !== R_ERROR) return undefined;
  const first = reply.body.text();
  return fromTexts(first, reply.body.left > 0 ? reply.body.text() : undefined);
}
