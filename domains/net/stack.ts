// SPDX-License-Identifier: Apache-2.0
// The C side of the net domain (lwip/): TCP/IP, merged with this module. Sockets are numbers; nothing here calls back, except for
// the two functions in index.ts that take frames. Addresses are words as they stand in memory, first byte lowest.

/** Without an address; that comes by setAddress() or askAddress(). */
@external("lwip", "stack_start")
export declare function start(mac: u64, seedLow: u64, seedHigh: u64): void;

/** From now on checksums of TCP and UDP are left to the driver. */
@external("lwip", "stack_leave_checksums")
export declare function leaveChecksums(): void;

/** A frame that has arrived; it is copied. `isVerified`: its checksum of TCP or UDP is not looked at. */
@external("lwip", "stack_input")
export declare function input(frame: u32, size: u32, isVerified: bool): void;

/** Lets time pass: milliseconds since the start. */
@external("lwip", "stack_tick")
export declare function tick(time_ms: u32): void;

/** Whether there are connections, and so timers. */
@external("lwip", "stack_busy")
export declare function busy(): bool;

// Drops by reason.
export const DROP_RX_MEMORY: u32 = 0;
export const DROP_TX_FULL: u32 = 1;
export const DROP_ARP: u32 = 2;
export const DROP_IP: u32 = 3;
export const DROP_ICMP: u32 = 4;
export const DROP_UDP: u32 = 5;
export const DROP_TCP: u32 = 6;
export const DROP_CHECKSUM: u32 = 7;


@external("lwip", "stack_drops")
export declare function drops(reason: u32): u32;

// ---- the address ----

@external("lwip", "address_set")
export declare function setAddress(address: u32, mask: u32, gateway: u32): void;

/** Asks a DHCP server, and goes on asking. */
@external("lwip", "address_ask")
export declare function askAddress(): bool;

/** DHCP_* of counters.ts. */
@external("lwip", "address_state")
export declare function addressState(): u32;


@external("lwip", "address_lease_s")
export declare function addressLease_s(): u32;

export const OWN: u32 = 0;
export const NETMASK: u32 = 1;
export const GATEWAY: u32 = 2;


@external("lwip", "address_of")
export declare function addressOf(which: u32): u32;

// ---- TCP ----

/** Listens on a TCP port; at most `backlog` connections may be half open. */
@external("lwip", "socket_listen")
export declare function listen(port: u32, backlog: u32): bool;

/** Connects from a port of this node; returns the socket, or -1. */
@external("lwip", "socket_connect")
export declare function connect(fromPort: u32, address: u32, port: u32): i32;

/** Sockets with news since the last call, as bits: word `n` has those from 64 n on. */
@external("lwip", "socket_attention")
export declare function attention(n: u32): u64;

/** Takes a new connection: the port that it came to, 0 if the socket is none. */
@external("lwip", "socket_take")
export declare function take(socket: u32): u32;

/** From now on the connection is not given up for a new one. One that was has another in its place, new to take. */
@external("lwip", "socket_keep")
export declare function keep(socket: u32): void;

/** Address of the peer, and its port << 32. */
@external("lwip", "socket_peer")
export declare function peer(socket: u32): u64;

export const STATE_OPEN: u32 = 1; // can carry data
export const STATE_EOF: u32 = 2; // the peer sends no more
export const STATE_LOST: u32 = 4; // reset or timed out
export const STATE_MADE: u32 = 8; // the peer accepted a connection that this node made


@external("lwip", "socket_state")
export declare function state(socket: u32): u32;

/** Bytes that wait to be read. */
@external("lwip", "socket_available")
export declare function available(socket: u32): u32;

/** Copies up to `size` bytes, which stay; returns how many. */
@external("lwip", "socket_peek")
export declare function peek(socket: u32, to: usize, size: u32): u32;

/** Drops up to `size` bytes; returns how many. */
@external("lwip", "socket_skip")
export declare function skip(socket: u32, size: u32): u32;

/** Bytes that can be written. */
@external("lwip", "socket_room")
export declare function room(socket: u32): u32;

/** Takes all of `size` bytes for sending, or (false) none; flush() sends them. */
@external("lwip", "socket_write")
export declare function write(socket: u32, from: usize, size: u32): bool;


@external("lwip", "socket_flush")
export declare function flush(socket: u32): void;

/** Ends a connection in order; its number is new to take when all has arrived. */
@external("lwip", "socket_close")
export declare function close(socket: u32): void;

/** Ends a connection with a reset. */
@external("lwip", "socket_abort")
export declare function abort(socket: u32): void;

/** Goes on with connections that have more to send than there was room for, and with those that are being closed. */
@external("lwip", "socket_settle")
export declare function settle(): void;

/** Loses the connections whose peers have taken nothing for a minute. */
@external("lwip", "socket_sweep")
export declare function sweep(): void;

/** There is room for frames again. */
@external("lwip", "socket_flush_all")
export declare function flushAll(): void;

// Counters.
export const TCP_ACCEPTED: u32 = 0;
export const TCP_REFUSED: u32 = 1;
export const TCP_RECEIVED_BYTES: u32 = 2;
export const TCP_SENT_BYTES: u32 = 3;
export const TCP_STALLED: u32 = 4;
export const TCP_HALF_OPEN: u32 = 5;
export const TCP_DISPLACED: u32 = 6;


@external("lwip", "socket_counter")
export declare function counter(index: u32): u64;

// ---- UDP ----

/** Answers datagrams to a UDP port with `ECHO:` and their contents. */
@external("lwip", "udp_echo_start")
export declare function udpEcho(port: u32): bool;

/** The port that beacons leave from. */
@external("lwip", "udp_beacon_start")
export declare function udpBeacon(port: u32): bool;


@external("lwip", "udp_beacon_send")
export declare function sendBeacon(address: u32, port: u32, from: usize, size: u32): bool;


@external("lwip", "udp_received")
export declare function udpReceived(): u32;


@external("lwip", "udp_sent")
export declare function udpSent(): u32;
