// SPDX-License-Identifier: Apache-2.0
// The supervisor's calls: what a domain may ask of the root task over its supervisor endpoint. A request is a label and
// message registers; a reply carries OK or an error as its label. Which of them a domain may make is its rpc mask in the
// layout. Also the labels of the calls between domains, which the root task uses when it answers for a dead server.

// Requests.
/** () → SYSTEM_* of info.ts. */
export const INFO_SYSTEM: u64 = 1;
/** (instance) → DOMAIN_* of info.ts. */
export const INFO_DOMAIN: u64 = 2;
/** (role of roles.ts, ticks, ttl ms, operations; 0: unlimited) → worker id, instance. */
export const SPAWN: u64 = 3;
/** (worker id) → (). */
export const KILL: u64 = 4;

/** () → TIME_* of info.ts. */
export const INFO_TIME: u64 = 5;
/** () → number of pairs, then pairs (worker id, reason of endings.ts): workers that ended by themselves since the last question. The
 *  root task pokes everyone who may spawn when there are some. */
export const ENDED: u64 = 6;
/** (first instance) → WORKERS_* of info.ts: workers that run, for a server that was started again. Ask on with the last instance + 1
 *  until there are none. */
export const WORKERS: u64 = 7;

/** (instance) → bytes, then the text of the instance's last fault report in words, lowest byte first; 0 bytes: none yet. Of static
 *  domains only, NOT_FOUND for others. */
export const LAST_FAULT: u64 = 8;

/** () → version and commit of the root task as text in words, lowest byte first, padded with zeros. */
export const INFO_BUILD: u64 = 9;

/** Largest number of pairs in a reply to ENDED. */
export const ENDED_MAX: u32 = 32;

// Bits of the rpc mask.
export const MAY_INFO: u64 = 1;
export const MAY_SPAWN: u64 = 2;
export const MAY_KILL: u64 = 4;

// Reply labels, of the supervisor and between domains.
export const OK: u64 = 0;
export const INVALID: u64 = 1;
export const NOT_FOUND: u64 = 2;
export const BUSY: u64 = 3;
export const PERMISSION: u64 = 4;
export const CLOSED: u64 = 5;
export const TOO_BIG: u64 = 6;

/** Longest text of a reply to LAST_FAULT. */
export const FAULT_BYTES: u32 = 256;

/** Instances of domains, which are numbered from 0: no manifest may have more. */
export const MAX_INSTANCES: u32 = 512;

/** Marks the badge of a client's call: the rest of it is the client's instance. Signals never have this bit. */
export const CLIENT_BADGE: u64 = 1 << 62;

// Calls of NineDoor's clients. Of workers:
/** (sequence) → (): the worker is alive. */
export const HEARTBEAT: u64 = 1;
// Of clients that have a buffer (lib/channel/message.ts). A session belongs to the instance that opened it and ends with it;
// its handle is good for one generation of NineDoor. CLOSED: there is no such session any more.
/** () → handle. */
export const P9_OPEN: u64 = 2;
/** (bytes, handle), a 9P frame in the buffer → (bytes), its reply in the buffer. */
export const P9_FRAME: u64 = 3;
/** (handle) → (). */
export const P9_CLOSE: u64 = 4;
/** (bytes, REFUSED_*), a line in the buffer → (): a console tells the log what it was asked, and counts what it refused. */
export const AUDIT: u64 = 5;
/** (0) → (bytes), in the buffer the state of the node's life cycle, as /proc/lifecycle/state names it. */
export const LIFECYCLE: u64 = 6;

/** (0) → (bytes), in the buffer the lines of `netstats`, separated by newlines. BUSY: the net domain has no card. */
export const NETSTATS: u64 = 7;
/** (0) → (bytes), in the buffer the newest lines that were written to the log, each with its newline. */
export const NOTES: u64 = 8;
/** Most bytes of its answer. */
export const NOTES_BYTES: u32 = 2048;

// What AUDIT counts: refusals by the console itself, in /proc/pressure.
export const REFUSED_NOT: u64 = 0;
export const REFUSED_BUSY: u64 = 1;
export const REFUSED_QUOTA: u64 = 2;
export const REFUSED_CUT: u64 = 3;
export const REFUSED_POLICY: u64 = 4;
