// SPDX-License-Identifier: Apache-2.0
/**
 * Owns one authenticated console connection: one command at a time, its acknowledgement, its payload. Whatever goes wrong
 * in the middle of an answer ends the connection, since nobody knows any more whose the next line is.
 */
import type { Socket } from 'node:net';
import { END, parseAck, type Ack, type Answer } from '../answer.ts';
import { Waiter } from '../deadline.ts';
import { MAX_ANSWER_BYTES } from '../defaults.ts';
import { asClientError, ClientError, protocolError } from '../errors.ts';
import { lossOf } from '../socket.ts';
import type { CallOptions } from '../transport.ts';
import { encodeLine, LineReader } from './frames.ts';

/**
 * How an answer ends. `ack`: with the acknowledgement. `stream`: with END, if it was OK. `fence`: nothing says it; a PING
 * sent after the command does.
 */
export type Ending = 'ack' | 'stream' | 'fence';

const PONG = 'PONG';

export interface ConnectionEvents {
  text(line: string): void;
  ended(error: ClientError): void;
  trace(direction: 'send' | 'receive', text: string): void;
}

interface Exchange {
  readonly verb: string;
  readonly ending: Ending;
  readonly waiter: Waiter<Answer>;
  ack: Ack | undefined;
  readonly lines: string[];
  bytes: number;
}

/** What may be shown of a line that is sent. */
function redacted(line: string): string {
  return line.replace(/^(AUTH)\s.*$/i, '$1 …').replace(/^(ATTACH\s+\S+)\s+\S.*$/i, '$1 …');
}

export class ConsoleConnection {
  ended: ClientError | undefined;
  lastActive_ms = performance.now();
  private current: Exchange | undefined;
  /** PONG lines that may still come: they follow the acknowledgement of PING. */
  private pongs = 0;
  private readonly reader = new LineReader();
  /** How many of the next frames are sent in two parts, and where they are cut. */
  private short = { left: 0, bytes: 0 };

  constructor(
    private readonly socket: Socket,
    private readonly timeout_ms: number,
    private readonly events: ConnectionEvents,
  ) {
    let failure: Error | undefined;
    socket.on('data', (bytes) => this.take(bytes));
    socket.on('error', (error) => (failure = error));
    socket.on('end', () => socket.destroy());
    socket.on('close', () => this.end(lossOf(failure)));
  }

  get isIdle(): boolean {
    return this.current === undefined && this.ended === undefined;
  }

  injectShortWrites(count: number, bytes: number): void {
    this.short = { left: count, bytes };
  }

  /** The caller sends one command at a time. */
  exchange(line: string, verb: string, ending: Ending, options: CallOptions = {}): Promise<Answer> {
    if (this.ended !== undefined) return Promise.reject(this.ended);
    if (this.current !== undefined) return Promise.reject(new ClientError('busy', 'a command is under way', 'wait'));
    let frame: Buffer;
    try {
      frame = encodeLine(line);
    } catch (error) {
      return Promise.reject(asClientError(error, 'usage', 'send one line of text'));
    }
    const waiter = new Waiter<Answer>(verb, options.timeout_ms ?? this.timeout_ms, options.signal, (error) =>
      this.end(error),
    );
    this.current = { verb, ending, waiter, ack: undefined, lines: [], bytes: 0 };
    this.send(frame, redacted(line));
    if (ending === 'fence') this.send(encodeLine('PING'), 'PING');
    return waiter.promise;
  }

  private send(frame: Buffer, shown: string): void {
    this.events.trace('send', shown);
    this.lastActive_ms = performance.now();
    if (this.short.left > 0 && frame.length > this.short.bytes) {
      // The rest follows: a short write costs time, never a byte.
      this.short.left -= 1;
      this.socket.write(frame.subarray(0, this.short.bytes));
      this.socket.write(frame.subarray(this.short.bytes));
      return;
    }
    this.socket.write(frame);
  }

  private take(bytes: Uint8Array): void {
    if (this.ended !== undefined) return;
    try {
      for (const line of this.reader.push(bytes)) this.line(line);
    } catch (error) {
      this.end(asClientError(error, 'protocol', 'check that the port is that of a console'));
    }
  }

  private line(line: string): void {
    this.events.trace('receive', line);
    this.lastActive_ms = performance.now();
    const { current } = this;
    if (current === undefined) return this.stray(line);
    current.waiter.touch();
    current.bytes += line.length;
    if (current.bytes > MAX_ANSWER_BYTES) throw protocolError(`answer exceeds ${MAX_ANSWER_BYTES} bytes`);
    if (current.ack === undefined) this.before(current, line);
    else this.after(current, line);
  }

  /** A line outside of any answer. */
  private stray(line: string): void {
    if (line === PONG && this.pongs > 0) {
      this.pongs -= 1;
      return;
    }
    const ack = parseAck(line);
    if (ack?.verb === 'CONSOLE' && !ack.ok) {
      this.end(new ClientError('closed', `console closed: ${ack.detail}`, 'run the command again'));
      return;
    }
    this.events.text(line);
  }

  /** The acknowledgement has yet to come. */
  private before(current: Exchange, line: string): void {
    const ack = parseAck(line);
    if (ack !== undefined && (ack.verb === current.verb || (!ack.ok && ack.verb === 'PARSE'))) {
      current.ack = ack;
      if (current.ending === 'ack' || (current.ending === 'stream' && !ack.ok)) this.finish(current);
      return;
    }
    if (ack?.verb === 'FRAME' && !ack.ok) {
      throw new ClientError('protocol', `console frame rejected: ${ack.detail}`, 'send a shorter line');
    }
    // The serial order: text first. It belongs to verbs whose text has no end of its own, and to PING.
    const own = current.ending === 'fence' || (current.verb === 'PING' && line === PONG);
    if (ack === undefined && own && !(line === PONG && this.pongs > 0)) current.lines.push(line);
    else this.stray(line);
  }

  /** Payload. */
  private after(current: Exchange, line: string): void {
    const fence = current.ending === 'fence' ? parseAck(line) : undefined;
    const isEnd = current.ending === 'stream' ? line === END : fence?.verb === 'PING';
    if (!isEnd) {
      current.lines.push(line);
      return;
    }
    if (current.ending === 'fence' && current.lines.at(-1) === PONG) current.lines.pop();
    else if (current.ending === 'fence') this.pongs += 1;
    this.finish(current);
  }

  private finish(current: Exchange): void {
    const { ack, lines, verb, waiter } = current;
    if (ack === undefined) return;
    this.current = undefined;
    if (verb === 'PING' && ack.ok && lines.length === 0) {
      this.pongs += 1;
      lines.push(PONG);
    }
    waiter.settle({ ack, lines });
  }

  private end(error: ClientError): void {
    if (this.ended !== undefined) return;
    this.ended = error;
    this.socket.destroy();
    const { current } = this;
    this.current = undefined;
    current?.waiter.fail(error);
    this.events.ended(error);
  }

  close(): void {
    this.end(new ClientError('closed', 'connection is closed', 'connect again'));
  }
}
