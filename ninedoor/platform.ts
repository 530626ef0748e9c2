// SPDX-License-Identifier: Apache-2.0
// The server's only doors to the machine. In the image the runtime implements them in C, in Node the tests do.

import { DOMAIN_NAME, NAME_WORDS } from '../lib/protocol/info';
import { WorkerSpec } from './worker-spec';

/** Milliseconds since the machine started; never goes back. */
@external("clock", "now_ms")
export declare function nowMs(): u64;

/** Unix time in seconds. */
@external("clock", "wall_s")
export declare function wallS(): u64;

// The root task's control interface. Every call returns 0, or the code of wire/errors.ts that the client gets.

/** Starts worker `number` in role `role` (lib/protocol/roles.ts). `specBytes`: of the record with the GPU's name. */
@external("control", "spawn")
export declare function spawn(number: u32, role: u32, spec: WorkerSpec, specBytes: u32): u32;

/** Stops worker `number`: nothing of it survives. */
@external("control", "kill")
export declare function kill(number: u32): u32;

/** Asks whether `session` may bind `from` to `to`. */
@external("control", "bind")
export declare function bind(session: u32, from: usize, fromBytes: u32, to: usize, toBytes: u32): u32;

/** Asks whether `session` may mount `service` at `at`. */
@external("control", "mount")
export declare function mount(session: u32, service: usize, serviceBytes: u32, at: usize, atBytes: u32): u32;

/** Copies line `index` of the boot report to `at`; returns its bytes, or 0 after the last. */
@external("control", "boot_line")
export declare function bootLine(index: u32, at: usize, capacity: u32): u32;

/** Copies the 32-byte ticket key of a role to `at`; false: tickets of that role cannot be checked. */
@external("control", "ticket_key")
export declare function ticketKey(role: u32, at: usize): bool;

/** Word `index` of the net domain's table of counters (lib/protocol/net-counters.ts). */
@external("net", "counter")
export declare function netCounter(index: u32): u64;

// The static protection domains, as the root task's supervisor knows them.

/** Bytes that `domainInfo` writes. */
export const DOMAIN_INFO_BYTES: u32 = 8 * (DOMAIN_NAME + NAME_WORDS);


@external("domains", "count")
export declare function domainCount(): u32;

/**
 * Tells of domain `index`, with the words of INFO_DOMAIN up to the name (lib/protocol/info.ts, u64 each); false: there is none.
 */
@external("domains", "info")
export declare function domainInfo(index: u32, at: usize): bool;

/** Copies the text of the domain's last fault report to `at`; returns its bytes, 0: it never had one. */
@external("domains", "last_fault")
export declare function lastFault(index: u32, at: usize, capacity: u32): u32;
