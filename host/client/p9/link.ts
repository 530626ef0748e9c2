// SPDX-License-Identifier: Apache-2.0
/** Owns the contract of links: what carries the bytes of one 9P connection. */
import type { ClientError } from '../errors.ts';

export interface Link {
  readonly endpoint: string;
  /** Takes bytes to send; returns how many it took. */
  send(bytes: Uint8Array): number;
  /** Says that a frame needed `retries` more sends: the mock's server counts them. */
  retried?(retries: number): void;
  /** Set by the connection. */
  onData: (bytes: Uint8Array) => void;
  /** Set by the connection; called once, unless close() was. */
  onEnd: (error: ClientError) => void;
  close(): void;
}

/** A link of which the next sends take only a part: what retries are tested with. */
export class ShortLink implements Link {
  private left = 0;
  private most = 0;

  constructor(private readonly inner: Link) {}

  inject(count: number, bytes: number): void {
    this.left = count;
    this.most = bytes;
  }

  get endpoint(): string {
    return this.inner.endpoint;
  }

  send(bytes: Uint8Array): number {
    if (this.left === 0 || bytes.length <= this.most) return this.inner.send(bytes);
    this.left -= 1;
    return this.inner.send(bytes.subarray(0, this.most));
  }

  retried(retries: number): void {
    this.inner.retried?.(retries);
  }

  set onData(handler: (bytes: Uint8Array) => void) {
    this.inner.onData = handler;
  }

  set onEnd(handler: (error: ClientError) => void) {
    this.inner.onEnd = handler;
  }

  close(): void {
    this.inner.close();
  }
}
