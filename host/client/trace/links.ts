// SPDX-License-Identifier: Apache-2.0
/**
 * Owns recording and replay of traces. A recorder stands between a client and its link; a replayer is a link of its own,
 * which answers request `i` with recorded response `i` if the bytes are the same.
 */
import { ClientError } from '../errors.ts';
import type { Link } from '../p9/link.ts';
import { encodeTrace, traceError, type Exchange, type Trace } from './codec.ts';

/** Where whole frames in a stream of bytes begin and end. */
function cutFrames(held: Buffer): { frames: Buffer[]; rest: Buffer } {
  const frames: Buffer[] = [];
  let rest = held;
  while (rest.length >= 4) {
    const size = rest.readUInt32LE(0);
    if (size < 7 || rest.length < size) break;
    frames.push(Buffer.from(rest.subarray(0, size)));
    rest = rest.subarray(size);
  }
  return { frames, rest };
}

export class TraceRecorder {
  private readonly requests: Buffer[] = [];
  private readonly responses: Buffer[] = [];
  private readonly acks: string[] = [];

  /** Puts a recorder before a link. The clients of several links must take turns. */
  wrap(link: Link): Link {
    return new RecordingLink(link, this.requests, this.responses);
  }

  /** Notes an acknowledgement that was shown. */
  ack(line: string): void {
    this.acks.push(line);
  }

  /** What was recorded: complete exchanges only. */
  get trace(): Trace {
    const exchanges: Exchange[] = [];
    for (const [index, response] of this.responses.entries()) {
      const request = this.requests[index];
      if (request !== undefined) exchanges.push({ request, response });
    }
    return { exchanges, acks: [...this.acks] };
  }

  encode(max_bytes?: number): Buffer {
    return encodeTrace(this.trace, max_bytes);
  }
}

class RecordingLink implements Link {
  readonly endpoint: string;
  onData: (bytes: Uint8Array) => void = () => undefined;
  onEnd: (error: ClientError) => void = () => undefined;
  private sent: Buffer = Buffer.alloc(0);
  private received: Buffer = Buffer.alloc(0);

  constructor(
    private readonly inner: Link,
    private readonly requests: Buffer[],
    private readonly responses: Buffer[],
  ) {
    this.endpoint = inner.endpoint;
    inner.onEnd = (error) => this.onEnd(error);
    inner.onData = (bytes) => {
      const { frames, rest } = cutFrames(Buffer.concat([this.received, bytes]));
      this.received = rest;
      this.responses.push(...frames);
      this.onData(bytes);
    };
  }

  send(bytes: Uint8Array): number {
    const taken = this.inner.send(bytes);
    const { frames, rest } = cutFrames(Buffer.concat([this.sent, bytes.subarray(0, taken)]));
    this.sent = rest;
    this.requests.push(...frames);
    return taken;
  }

  retried(retries: number): void {
    this.inner.retried?.(retries);
  }

  close(): void {
    this.inner.close();
  }
}

export class TraceReplayer {
  private next = 0;
  private nextAck = 0;

  constructor(private readonly trace: Trace) {}

  link(): Link {
    return new ReplayLink((request) => this.answer(request));
  }

  private answer(request: Buffer): Buffer {
    const exchange = this.trace.exchanges[this.next];
    if (exchange === undefined) throw replayError('trace replay exhausted');
    if (!exchange.request.equals(request)) throw replayError(`trace request mismatch at index ${this.next}`);
    this.next += 1;
    return exchange.response;
  }

  /** Compares an acknowledgement that is about to be shown with the recorded one. */
  ack(line: string): void {
    const expected = this.trace.acks[this.nextAck];
    this.nextAck += 1;
    if (expected === undefined) throw replayError('trace ack mismatch: missing expected ack');
    if (expected !== line) throw replayError(`trace ack mismatch: expected '${expected}' got '${line}'`);
  }

  /** All that was recorded must have been shown. */
  finish(): void {
    const left = this.trace.acks.length - this.nextAck;
    if (left > 0) throw replayError(`trace ack mismatch: ${left} acks remaining`);
  }
}

function replayError(message: string): ClientError {
  return new ClientError('protocol', message, 'replay the commands that were recorded, in their order');
}

class ReplayLink implements Link {
  readonly endpoint = 'trace';
  onData: (bytes: Uint8Array) => void = () => undefined;
  onEnd: (error: ClientError) => void = () => undefined;
  private held: Buffer = Buffer.alloc(0);
  private open = true;

  constructor(private readonly answer: (request: Buffer) => Buffer) {}

  send(bytes: Uint8Array): number {
    const { frames, rest } = cutFrames(Buffer.concat([this.held, bytes]));
    this.held = rest;
    for (const frame of frames) queueMicrotask(() => this.deliver(frame));
    return bytes.length;
  }

  private deliver(frame: Buffer): void {
    if (!this.open) return;
    let response: Buffer;
    try {
      response = this.answer(frame);
    } catch (error) {
      this.open = false;
      this.onEnd(error instanceof ClientError ? error : traceError(String(error)));
      return;
    }
    this.onData(response);
  }

  close(): void {
    this.open = false;
  }
}
