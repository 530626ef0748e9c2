// SPDX-License-Identifier: Apache-2.0
/**
 * Owns the transports of traces: the mock while it is recorded, and a recording in the place of a server. Both read and
 * acknowledge as older clients did, so that their traces and ours are the same.
 */
import { DEFAULT_RETRY, MSIZE, type RetryPolicy } from '../defaults.ts';
import { FileTransport } from '../files/transport.ts';
import { mockTransport, type MockTransport, type MockTransportOptions } from '../mock/transport.ts';
import type { Transport } from '../transport.ts';
import type { TraceRecorder, TraceReplayer } from './links.ts';

export function recordTransport(recorder: TraceRecorder, options: MockTransportOptions = {}): MockTransport {
  return mockTransport({
    ...options,
    dialect: 'cohesix',
    acks: 'plain',
    exhaustive: true,
    maxInFlight: 1,
    wrap: (link) => recorder.wrap(link),
  });
}

/** A mismatch is no loss: nothing is tried again. */
export function replayTransport(replayer: TraceReplayer, retry: RetryPolicy = DEFAULT_RETRY): Transport {
  return new FileTransport({
    kind: 'mock',
    endpoint: 'trace',
    dialect: 'cohesix',
    msize: MSIZE,
    maxInFlight: 1,
    acks: 'plain',
    exhaustive: true,
    retry: { ...retry, max_attempts: 1 },
    dial: () => Promise.resolve(replayer.link()),
  });
}
