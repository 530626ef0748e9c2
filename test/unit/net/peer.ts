// SPDX-License-Identifier: Apache-2.0
/** A TCP client of the tests: active open, out-of-order queue, go-back-N with a fixed time-out, orderly end. */
import { ACK, FIN, readTcp, RST, type Segment, SYN, tcp } from './frames.ts';

const MSS = 536;
const WINDOW = 16_384;
const TIMEOUT_US = 300_000n;

export class Peer {
  readonly port: number;
  state: 'opening' | 'open' | 'closing' | 'closed' | 'reset' = 'opening';
  readonly received: Buffer[] = [];
  receivedBytes = 0;
  /** SYNs that it sent. */
  tries = 0;
  /** First sequence number of the node. */
  isn = 0;
  private readonly to: number;
  private data: Buffer;
  /** Its end waits for finish(). */
  private isHeld = false;
  private readonly send: (frame: Uint8Array) => void;
  private readonly initial: number;
  private acknowledged = 0;
  private next = 0;
  private peerWindow = 0;
  private expected = 0;
  private ended = false;
  private deadline_us = 0n;
  private readonly early = new Map<number, Segment>();

  constructor(port: number, to: number, data: Buffer, send: (frame: Uint8Array) => void, initial = 0xffff_f000) {
    this.port = port;
    this.to = to;
    this.data = data;
    this.send = send;
    this.initial = initial;
  }

  /** What it says that it can take. */
  window = WINDOW;

  /** What was received, as one piece. */
  get text(): Buffer {
    return Buffer.concat(this.received);
  }

  /** Keeps the connection open when all is sent. */
  hold(): this {
    this.isHeld = true;
    return this;
  }

  /** Ends the connection when all is sent. */
  finish(): void {
    this.isHeld = false;
  }

  /** Has more to send. */
  write(more: Uint8Array): void {
    this.data = Buffer.concat([this.data, more]);
  }

  /** Ends the connection at once. */
  reset(): void {
    this.segment(RST | ACK, this.next, Buffer.alloc(0));
    this.state = 'reset';
  }

  /** Stream position → sequence number; the SYN takes one. */
  private segment(flags: number, position: number, data: Buffer): void {
    const sequence = (this.initial + (flags & SYN ? 0 : 1 + position)) >>> 0;
    const acknowledgement = (this.isn + 1 + this.expected) >>> 0;
    this.send(tcp({ from: this.port, to: this.to, sequence, acknowledgement, flags, window: this.window, data }));
  }

  /** What it sends next. */
  get sequence(): number {
    return (this.initial + 1 + this.next) >>> 0;
  }

  private acknowledge(): void {
    this.segment(ACK, this.next, Buffer.alloc(0));
  }

  /** Time has come to `now`. */
  tick(now_us: bigint): void {
    if (this.state === 'closed' || this.state === 'reset') return;
    if (this.state === 'opening') {
      if (now_us < this.deadline_us) return;
      this.deadline_us = now_us + TIMEOUT_US;
      this.tries += 1;
      this.segment(SYN, 0, Buffer.alloc(0));
      return;
    }
    if (this.next > this.acknowledged && now_us >= this.deadline_us) this.next = this.acknowledged;
    const limit = this.acknowledged + Math.max(this.peerWindow, this.peerWindow === 0 ? 1 : 0);
    while (this.next < this.data.length && this.next < limit) {
      if (this.next === this.acknowledged) this.deadline_us = now_us + TIMEOUT_US;
      const data = this.data.subarray(this.next, Math.min(this.next + MSS, limit));
      this.segment(ACK, this.next, data);
      this.next += data.length;
    }
    if (!this.isHeld && this.next === this.data.length && this.acknowledged <= this.data.length) {
      if (this.state === 'closing' && now_us < this.deadline_us) return;
      this.state = 'closing';
      this.deadline_us = now_us + TIMEOUT_US;
      this.segment(FIN | ACK, this.next, Buffer.alloc(0));
      this.next += 1;
    }
  }

  frame(bytes: Uint8Array, now_us: bigint): void {
    const s = readTcp(bytes);
    if (s === undefined || s.to !== this.port) return;
    if (s.flags & RST) this.state = 'reset';
    else if (s.flags & SYN) this.opened(s, now_us);
    else if (this.state !== 'opening') this.take(s, now_us);
  }

  private opened(s: Segment, now_us: bigint): void {
    if (this.state === 'opening') {
      this.isn = s.sequence;
      this.state = 'open';
      this.peerWindow = s.window;
      this.deadline_us = now_us + TIMEOUT_US;
    }
    this.acknowledge();
  }

  private take(s: Segment, now_us: bigint): void {
    const acknowledged = (s.acknowledgement - this.initial - 1) >>> 0;
    if (acknowledged >= this.acknowledged && acknowledged <= this.data.length + 1) {
      if (acknowledged > this.acknowledged) this.deadline_us = now_us + TIMEOUT_US;
      this.acknowledged = acknowledged;
      this.next = Math.max(this.next, acknowledged);
      this.peerWindow = s.window;
    }
    if (s.data.length === 0 && (s.flags & FIN) === 0) return;
    const position = (s.sequence - this.isn - 1) >>> 0;
    if (position >= this.expected && position < this.expected + this.window) this.early.set(position, s);
    this.deliver();
    this.acknowledge();
    if (this.ended && this.acknowledged > this.data.length) this.state = 'closed';
  }

  private deliver(): void {
    for (let s = this.early.get(this.expected); s !== undefined; s = this.early.get(this.expected)) {
      this.early.delete(this.expected);
      this.received.push(Buffer.from(s.data));
      this.receivedBytes += s.data.length;
      this.expected += s.data.length;
      if (s.flags & FIN) {
        this.ended = true;
        this.expected += 1;
        return;
      }
    }
  }
}
