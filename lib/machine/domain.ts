// SPDX-License-Identifier: Apache-2.0
// What a component in a domain of its own knows about itself, and tells the supervisor through its status page.

/** How often this domain was started, from 1. */
@external("domain", "generation")
export declare function generation(): u64;

/** The instance number of this domain. */
@external("domain", "instance")
export declare function instance(): u64;

/** Counts a heartbeat of a worker. */
@external("domain", "beat")
export declare function beat(): void;

/** Generation of another instance: it changes when that one was started again. */
@external("domain", "peer_generation")
export declare function peerGeneration(instance: u32): u64;

/** A request of a test image; 0 in production. */
@external("domain", "control")
export declare function control(): u64;

/** Physical address of the domain's DMA frame `index`, counted over all its DMA buffers; 0: there is no such frame. */
@external("domain", "dma_address")
export declare function dmaAddress(index: u32): u64;

/** Asks to be woken when the counter reaches `deadline`, within a tick or some; 0: not. The last call counts. */
@external("domain", "set_alarm")
export declare function setAlarm(deadline: u64): void;
