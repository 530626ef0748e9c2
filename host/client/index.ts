// SPDX-License-Identifier: Apache-2.0
/**
 * The client library: everything that speaks to a Cohesix node from a host stands on it. docs/client.md shows its use.
 */
export { END, errAnswer, okAnswer, parseAck, renderAck, type Ack, type Answer } from './answer.ts';
export { contentOf } from './console/content.ts';
export { backoff_ms, CONSOLE, DEFAULT_RETRY, type RetryPolicy } from './defaults.ts';
export { ClientError, ERROR_CODES, reasonOf, type ErrorCode } from './errors.ts';
export type { AckStyle } from './files/transport.ts';
export { fixedClock, MockNode } from './mock/node.ts';
export type { MockClock } from './mock/ninedoor.ts';
export { mockNode, mockTransport, type MockTransport, type MockTransportOptions } from './mock/transport.ts';
export { pathMistake, pathNames } from './paths.ts';
export { P9Refusal, type P9Code } from './p9/refusal.ts';
export { DIALECTS, type Dialect } from './p9/session.ts';
export * from './ticket.ts';
export type {
  CallOptions,
  FollowOptions,
  Limits,
  ReadOptions,
  Transport,
  TransportEvents,
  TransportKind,
} from './transport.ts';
export {
  DEFAULT_POLICY,
  checkPolicy,
  findPolicy,
  loadPolicy,
  OVERRIDES,
  overrideNumber,
  overridePolicy,
  POLICY_FILE,
  policyCandidates,
  type Override,
  type Policy,
  type PolicyExpectation,
} from './policy.ts';
export { decodeTrace, encodeTrace, MAX_TRACE_BYTES, type Exchange, type Trace } from './trace/codec.ts';
export { TraceRecorder, TraceReplayer } from './trace/links.ts';
export { recordTransport, replayTransport } from './trace/transport.ts';
export { tcpTransport, type TcpOptions } from './console/transport.ts';
export { nineTransport, type NineOptions } from './p9/tcp.ts';
export { dial, type DialOptions } from './socket.ts';
export {
  openSession,
  POOL_KINDS,
  SessionPool,
  type Place,
  type PoolKind,
  type PoolOptions,
  type Session,
} from './pool.ts';
