// The C side of the net domain (lwip/): TCP/IP, merged with this module. Sockets are numbers; nothing here calls back, except for
// the two functions in index.ts that take frames.

/** Addresses are words as they stand in memory, first byte lowest. */
@external("lwip", "stack_start")
export declare function start(address: u32, mask: u32, gateway: u32, mac: u64, seedLow: u64, seedHigh: u64): void;

/** A frame that has arrived; it is copied. */
@external("lwip", "stack_input")
export declare function input(frame: u32, size: u32): void;

/** Lets time pass: milliseconds since the start. */
@external("lwip", "stack_tick")
export declare function tick(time_ms: u32): void;

/** Whether there are connections, and so timers. */
@external("lwip", "stack_busy")
export declare function busy(): bool;

/** Frames for which there was no memory; frames that the driver had no room for. */
@external("lwip", "stack_dropped_in")
export declare function droppedIn(): u32;


@external("lwip", "stack_dropped_out")
export declare function droppedOut(): u32;

/** Listens on a TCP port; at most `backlog` connections may be half open or wait to be taken. */
@external("lwip", "socket_listen")
export declare function listen(port: u32, backlog: u32): bool;

/** A new connection to the port, or -1. */
@external("lwip", "socket_accept")
export declare function accept(port: u32): i32;

export const STATE_OPEN: u32 = 1; // can carry data
export const STATE_EOF: u32 = 2; // the peer sends no more
export const STATE_LOST: u32 = 4; // reset or timed out


@external("lwip", "socket_state")
export declare function state(socket: u32): u32;

/** Bytes that wait to be read. */
@external("lwip", "socket_available")
export declare function available(socket: u32): u32;


@external("lwip", "socket_read")
export declare function read(socket: u32, to: usize, size: u32): u32;

/** Queues up to `size` bytes and returns how many; flush() sends them. */
@external("lwip", "socket_write")
export declare function write(socket: u32, from: usize, size: u32): u32;


@external("lwip", "socket_flush")
export declare function flush(socket: u32): void;

/** Ends a connection in order; false: not possible now, ask again. */
@external("lwip", "socket_close")
export declare function close(socket: u32): bool;

/** Ends a connection with a reset. */
@external("lwip", "socket_abort")
export declare function abort(socket: u32): void;

/** There is room for frames again. */
@external("lwip", "socket_flush_all")
export declare function flushAll(): void;

/** Answers datagrams to a UDP port with `ECHO:` and their contents. */
@external("lwip", "udp_echo_start")
export declare function udpEcho(port: u32): bool;

// Counters.
export const TCP_ACCEPTED: u32 = 0;
export const TCP_REFUSED: u32 = 1;
export const TCP_RECEIVED_BYTES: u32 = 2;
export const TCP_SENT_BYTES: u32 = 3;
export const UDP_RECEIVED: u32 = 4;
export const UDP_SENT: u32 = 5;


@external("lwip", "socket_counter")
export declare function counter(index: u32): u32;
