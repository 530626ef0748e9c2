// SPDX-License-Identifier: Apache-2.0
/**
 * Owns waiting: every wait of this library ends at an answer, at a time-out, or when its AbortSignal says so.
 */
import { ClientError } from './errors.ts';

export function abortedError(): ClientError {
  return new ClientError('aborted', 'interrupted', 'run the command again');
}

export function timeoutError(what: string, timeout_ms: number): ClientError {
  return new ClientError(
    'timeout',
    `${what}: no answer within ${timeout_ms} ms`,
    'check that the node runs, or allow more time (retry.timeout_ms)',
  );
}

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw abortedError();
}

export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(abortedError());
    const done = (): void => {
      signal?.removeEventListener('abort', stop);
      resolve();
    };
    const timer = setTimeout(done, ms);
    const stop = (): void => {
      clearTimeout(timer);
      reject(abortedError());
    };
    signal?.addEventListener('abort', stop, { once: true });
  });
}

/** One thing waited for. `touch` starts its silence anew; `settle` and `fail` end it, the first one counts. */
export class Waiter<T> {
  readonly promise: Promise<T>;
  private resolve!: (value: T) => void;
  private reject!: (error: Error) => void;
  private timer: NodeJS.Timeout | undefined;
  private readonly overall: NodeJS.Timeout;
  private open = true;

  constructor(
    private readonly what: string,
    private readonly timeout_ms: number,
    private readonly signal: AbortSignal | undefined,
    /** Called once when time is up or the signal says so, before the promise rejects. */
    private readonly onCut: (error: ClientError) => void,
  ) {
    this.promise = new Promise<T>((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.touch();
    // A peer that sends a little for ever is cut, too.
    this.overall = setTimeout(() => this.cut(timeoutError(what, OVERALL * timeout_ms)), OVERALL * timeout_ms);
    if (signal?.aborted === true) queueMicrotask(this.abort);
    else signal?.addEventListener('abort', this.abort, { once: true });
  }

  private readonly abort = (): void => this.cut(abortedError());

  private cut(error: ClientError): void {
    if (!this.open) return;
    this.onCut(error);
    this.fail(error);
  }

  touch(): void {
    if (!this.open) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.cut(timeoutError(this.what, this.timeout_ms)), this.timeout_ms);
  }

  private end(): boolean {
    const was = this.open;
    this.open = false;
    clearTimeout(this.timer);
    clearTimeout(this.overall);
    this.signal?.removeEventListener('abort', this.abort);
    return was;
  }

  settle(value: T): void {
    if (this.end()) this.resolve(value);
  }

  fail(error: Error): void {
    if (this.end()) this.reject(error);
  }
}

/** Longest a call may take in all, in silences. */
const OVERALL = 24;

/** Runs callbacks one after the other. */
export class Turnstile {
  private last: Promise<unknown> = Promise.resolve();

  run<T>(job: () => Promise<T>): Promise<T> {
    const next = this.last.then(job, job);
    this.last = next.catch(() => undefined);
    return next;
  }
}
