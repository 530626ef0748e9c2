// SPDX-License-Identifier: Apache-2.0
// The words of the supervisor's replies that tell of the system (supervisor.ts), by name: the root task writes them, the console and
// NineDoor show them.

// ---- INFO_SYSTEM ----

/** Slots of the root CNode, in bits, and the window of empty ones that the kernel left. */
export const SYSTEM_CNODE_BITS: u32 = 0;
export const SYSTEM_EMPTY_START: u32 = 1;
export const SYSTEM_EMPTY_END: u32 = 2;
export const SYSTEM_IPC_BUFFER: u32 = 3;
/** Slots of the root task's own capabilities. */
export const SYSTEM_ROOT_CNODE: u32 = 4;
export const SYSTEM_ROOT_ENDPOINT: u32 = 5;
export const SYSTEM_UART_FRAME: u32 = 6;
/** Untyped capabilities at boot: all, those to RAM, those to devices. */
export const SYSTEM_UNTYPED: u32 = 7;
export const SYSTEM_RAM_UNTYPED: u32 = 8;
export const SYSTEM_DEVICE_UNTYPED: u32 = 9;
export const SYSTEM_FREE_BYTES: u32 = 10;
export const SYSTEM_OBJECTS: u32 = 11;
export const SYSTEM_SLOTS_LEFT: u32 = 12;
export const SYSTEM_DOMAINS: u32 = 13;
export const SYSTEM_INSTANCES: u32 = 14;
/** Instances before the first worker's; all of them if a static domain stands behind one. */
export const SYSTEM_BEFORE_WORKERS: u32 = 15;
/** Capabilities that the boot compared with the layout. */
export const SYSTEM_VERIFIED: u32 = 16;
export const SYSTEM_WORDS: u32 = 17;

// ---- INFO_DOMAIN ----

/** One of states.ts. */
export const DOMAIN_STATE: u32 = 0;
/** How often it was started. */
export const DOMAIN_GENERATION: u32 = 1;
export const DOMAIN_FAULTS: u32 = 2;
export const DOMAIN_RESTARTS: u32 = 3;
/** Zero unless it runs: kernel objects, bytes of its memory, high-water marks. */
export const DOMAIN_OBJECTS: u32 = 4;
export const DOMAIN_MEMORY_BYTES: u32 = 5;
export const DOMAIN_HEAP_USED: u32 = 6;
export const DOMAIN_STACK_USED: u32 = 7;
export const DOMAIN_STACK_BYTES: u32 = 8;
export const DOMAIN_BEATS: u32 = 9;
/** Its name, lowest byte first, padded with zeros. */
export const DOMAIN_NAME: u32 = 10;
export const NAME_WORDS: u32 = 4;
/** 1: a place of a worker. */
export const DOMAIN_IS_WORKER: u32 = 14;
export const DOMAIN_WORDS: u32 = 15;

// ---- INFO_TIME ----

/** Seconds since 1970 at a value of the counter, that value, the counter's frequency. */
export const TIME_WALL_S: u32 = 0;
export const TIME_COUNTER: u32 = 1;
export const TIME_COUNTER_HZ: u32 = 2;
export const TIME_WORDS: u32 = 3;

// ---- INFO_BUILD ----

export const BUILD_WORDS: u32 = 8;

// ---- WORKERS: number of entries, id of the youngest worker ever, the entries ----

export const WORKERS_COUNT: u32 = 0;
export const WORKERS_YOUNGEST: u32 = 1;
export const WORKERS_ENTRIES: u32 = 2;
/** Most entries of a reply. */
export const WORKERS_MAX: u32 = 16;

// An entry: what the worker is, and what is left to it (all ones: unlimited).
export const WORKER_INSTANCE: u32 = 0;
export const WORKER_ID: u32 = 1;
export const WORKER_ROLE: u32 = 2;
export const WORKER_TICKS: u32 = 3;
export const WORKER_TTL_MS: u32 = 4;
export const WORKER_OPERATIONS: u32 = 5;
export const WORKER_WORDS: u32 = 6;
