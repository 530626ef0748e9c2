// SPDX-License-Identifier: Apache-2.0
// The table of connections. A connection has the number of its socket; who serves it is known from its first frame on.
//
//   Connection   accepted_ms u64 · deadline_ms u64 · port u32 · inputCredit u32 · outputCredit u32 · swallow u32 · reserved u32
//                generation u16 · state u8 · server u8 · ending u8 · ignoresInput bool · first u8 · requests u8
//   behind it    bounds, REQUESTS × u16: most bytes that each answer may have
import { NETWORK_MAX_CONNECTIONS } from '../../../generated/manifest';
import { generation as ownGeneration } from '../../../lib/machine/domain';

export const LIMIT: u32 = <u32>NETWORK_MAX_CONNECTIONS;
export const WORDS: u32 = (LIMIT + 63) / 64;

/** Nobody's, or its end was passed on. */
export const FREE: u8 = 0;
/** Accepted; its protocol is not known. */
export const UNKNOWN: u8 = 1;
/** With its server. */
export const SERVED: u8 = 2;
/** The peer sends no more; the server may still answer. */
export const HALF_CLOSED: u8 = 3;
/** Gone; the server is still to be told. */
export const ENDING: u8 = 4;

/** Requests of a Secure9P connection that may wait for their answers. */
export const REQUESTS: u32 = 64;


@unmanaged
export class Connection {
  accepted_ms: u64;
  /** For its first frame, or for the server's last words; 0: none. */
  deadline_ms: u64;
  /** That the peer connected to. */
  port: u32;
  /** Console: bytes of records that may still be passed on, and that may still come. */
  inputCredit: u32;
  outputCredit: u32;
  /** Console: bytes of a frame that is too long, still to be dropped. */
  swallow: u32;
  /** Secure9P: sum of the bounds of answers that are due. */
  reserved: u32;
  /** Of this use of the number. */
  generation: u16;
  /** FREE … above. */
  state: u8;
  /** links.CONSOLE or links.NINEDOOR. */
  server: u8;
  /** Detail of the ENDED that is to be passed on. */
  ending: u8;
  /** What comes is no frame any more: nothing is read. */
  ignoresInput: bool;
  /** Secure9P: place of the oldest bound, and how many there are. */
  first: u8;
  requests: u8;

  /** With its server, which may still say something. */
  get isServed(): bool {
    return this.state === SERVED || this.state === HALF_CLOSED;
  }

  private boundAt(place: u32): usize {
    return changetype<usize>(this) + offsetof<Connection>() + 2 * (place % REQUESTS);
  }

  /** A request was passed on whose answer has at most so many bytes. */
  expect(bound: u32): void {
    store<u16>(this.boundAt(<u32>this.first + this.requests), <u16>bound);
    this.requests++;
    this.reserved += bound;
  }

  /** The oldest request was answered: what its answer was allowed. 0: there is none. */
  answered(): u32 {
    if (this.requests === 0) return 0;
    const bound = <u32>load<u16>(this.boundAt(this.first));
    this.first = <u8>((<u32>this.first + 1) % REQUESTS);
    this.requests--;
    this.reserved -= bound;
    return bound;
  }

  /** The number is free. */
  free(): void {
    this.state = FREE;
    this.deadline_ms = 0;
  }
}

export const NO_CONNECTION = changetype<Connection>(0);

const RECORD_BYTES: u32 = (offsetof<Connection>() + 2 * REQUESTS + 7) & ~7;
const records = memory.data(RECORD_BYTES * LIMIT, 8);

/** Connection `n`, which must be below LIMIT. */
export function at(n: u32): Connection {
  return changetype<Connection>(records + n * RECORD_BYTES);
}

/** Generations of numbers begin elsewhere in each instance of the domain. */
export function start(): void {
  const first = <u16>((ownGeneration() * 0x9e37) ^ (ownGeneration() << 7));
  for (let n: u32 = 0; n < LIMIT; n++) at(n).generation = first;
}

/** A new use of the number. */
export function open(n: u32, port: u32, now_ms: u64): Connection {
  const c = at(n);
  const generation = c.generation + 1;
  memory.fill(changetype<usize>(c), 0, RECORD_BYTES);
  c.state = UNKNOWN;
  c.generation = generation;
  c.port = port;
  c.accepted_ms = now_ms;
  return c;
}
