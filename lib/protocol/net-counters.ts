// SPDX-License-Identifier: Apache-2.0
// The table in `net-counters`: what each word means. Net alone writes it (publish.ts); NineDoor shows it in /proc/net, the console by
// `netstats`. Constants only, so that other domains can import this file.
//
// Counters only grow while an instance lives, and begin at zero with each; states are what is now.

// ---- netstats, in the order of its lines ----

/** Frames received, and sent. */
export const RX_PACKETS: u32 = 0;
export const TX_PACKETS: u32 = 1;
/** Buffers that the card gave back: received, and sent. */
export const RX_USED: u32 = 2;
export const TX_USED: u32 = 3;
/** Turns of the event loop. */
export const POLLS: u32 = 4;
export const UDP_RX: u32 = 5;
export const UDP_TX: u32 = 6;
export const TCP_ACCEPTS: u32 = 7;
export const TCP_RX_BYTES: u32 = 8;
export const TCP_TX_BYTES: u32 = 9;
/** Outbound connections of the self-test that were made, and those that were not. */
export const TCP_SMOKE_OUT: u32 = 10;
export const TCP_SMOKE_OUT_FAILURES: u32 = 11;
/** Buffers given to the card to send, and taken back; those that it has not, and those that it has. */
export const TX_SUBMIT: u32 = 12;
export const TX_COMPLETE: u32 = 13;
export const TX_FREE: u32 = 14;
export const TX_IN_FLIGHT: u32 = 15;
/** Frames that were to be sent with a buffer that the card has, or without a byte: refused by the driver. */
export const TX_DOUBLE_SUBMIT: u32 = 16;
export const TX_ZERO_LEN: u32 = 17;
/** 1: there is a self-test; 1: it runs. */
export const NETTEST_ENABLED: u32 = 18;
export const NETTEST_RUNNING: u32 = 19;
/** Bits NETTEST_*_BIT of the last self-test, 0 before the first one has ended. */
export const NETTEST_LAST: u32 = 20;
export const NETTEST_RUNS: u32 = 21;

export const NETTEST_DONE_BIT: u64 = 1;
/** All beacons were sent. */
export const NETTEST_TX_BIT: u64 = 2;
/** A datagram came in. */
export const NETTEST_UDP_BIT: u64 = 4;
/** A connection out was made. */
export const NETTEST_TCP_BIT: u64 = 8;

// ---- the card ----

/** CARD_* below. */
export const CARD_STATE: u32 = 22;
export const CARD_SLOT: u32 = 23;
/** 1: the interface from before virtio 1.0. */
export const CARD_LEGACY: u32 = 24;
/** Six bytes, the first one lowest. */
export const CARD_MAC: u32 = 25;
export const RX_BYTES: u32 = 26;
export const TX_BYTES: u32 = 27;
export const INTERRUPTS: u32 = 28;
/** How often the card broke the rules and was reset. */
export const CARD_FAILURES: u32 = 29;

export const CARD_ABSENT: u64 = 0;
export const CARD_RUNNING: u64 = 1;
export const CARD_FAILED: u64 = 2;

// ---- addresses: words whose lowest byte is the first one ----

export const ADDRESS: u32 = 30;
export const NETMASK: u32 = 31;
/** 0: none. */
export const GATEWAY: u32 = 32;
/** 0 static, else DHCP_* below. */
export const DHCP_STATE: u32 = 33;
/** Seconds that the address was leased for. */
export const DHCP_LEASE_S: u32 = 34;

export const DHCP_OFF: u64 = 0;
export const DHCP_ASKING: u64 = 1;
export const DHCP_BOUND: u64 = 2;
export const DHCP_RENEWING: u64 = 3;

// ---- connections ----

/** Now: of the console, of Secure9P, not known yet (or of the self-test), and the most that there may be. */
export const OPEN_CONSOLE: u32 = 35;
export const OPEN_SECURE9P: u32 = 36;
export const OPEN_OTHER: u32 = 37;
export const OPEN_LIMIT: u32 = 38;
/** Ever. */
export const CONSOLE_CONNECTIONS: u32 = 39;
export const SECURE9P_CONNECTIONS: u32 = 40;
export const SMOKE_CONNECTIONS: u32 = 41;
/** Frames of clients passed on, and answers taken. */
export const CONSOLE_LINES_IN: u32 = 42;
export const CONSOLE_LINES_OUT: u32 = 43;
export const SECURE9P_FRAMES_IN: u32 = 44;
export const SECURE9P_FRAMES_OUT: u32 = 45;
/** How connections ended: by the peer, lost, by a server, by a restart of a server. */
export const ENDED_BY_PEER: u32 = 46;
export const ENDED_LOST: u32 = 47;
export const ENDED_BY_SERVER: u32 = 48;
export const ENDED_BY_RESTART: u32 = 49;

// ---- refusals ----

/** Connections beyond the limit, answered with a reset. */
export const REFUSED_CONNECTIONS: u32 = 50;
/** Connections without a whole first frame in time, or before others needed their place. */
export const REFUSED_SILENT: u32 = 51;
/** 9P lengths that no frame has. */
export const REFUSED_9P_LENGTH: u32 = 52;
/** Console lengths below four, and lines that are too long. */
export const REFUSED_SHORT: u32 = 53;
export const REFUSED_LONG: u32 = 54;
/** Connections closed because the peer took nothing. */
export const REFUSED_STALLED: u32 = 55;

// ---- drops ----

/** Frames of impossible length; frames for which the stack had no memory; frames for which the card had no buffer. */
export const DROPPED_BAD_FRAME: u32 = 56;
export const DROPPED_RX_MEMORY: u32 = 57;
export const DROPPED_TX_FULL: u32 = 58;
/** Packets that the protocols dropped, those with wrong checksums among them. */
export const DROPPED_ARP: u32 = 59;
export const DROPPED_IP: u32 = 60;
export const DROPPED_ICMP: u32 = 61;
export const DROPPED_UDP: u32 = 62;
export const DROPPED_TCP: u32 = 63;
export const BAD_CHECKSUMS: u32 = 64;
/** Half-open connections that were given up. */
export const DROPPED_HALF_OPEN: u32 = 65;

// ---- what passes between the domains ----

/** Records for connections that are not, records beyond what a connection may take, and what was no record at all. */
export const RECORDS_LATE: u32 = 66;
export const RECORDS_OVERRUN: u32 = 67;
export const RECORDS_BAD: u32 = 68;
/** Turns in which a ring to a server was full. */
export const RINGS_FULL: u32 = 69;

// ---- checksums that the card did ----

/** Frames received whose checksum was not looked at, and frames sent whose checksum the card was to complete. */
export const RX_CHECKSUMS_OFFLOADED: u32 = 70;
export const TX_CHECKSUMS_OFFLOADED: u32 = 71;

export const COUNT: u32 = 72;

/** Names of all words, in their order. */
export const NAMES: StaticArray<string> = [
  'rx_pkts',
  'tx_pkts',
  'rx_used',
  'tx_used',
  'polls',
  'udp_rx',
  'udp_tx',
  'tcp_accepts',
  'tcp_rx_bytes',
  'tcp_tx_bytes',
  'tcp_smoke_out',
  'tcp_smoke_out_failures',
  'tx_submit',
  'tx_complete',
  'tx_free',
  'tx_in_flight',
  'tx_double_submit',
  'tx_zero_len_attempt',
  'nettest_enabled',
  'nettest_running',
  'nettest_last',
  'nettest_runs',
  'card_state',
  'card_slot',
  'card_legacy',
  'card_mac',
  'rx_bytes',
  'tx_bytes',
  'interrupts',
  'card_failures',
  'address',
  'netmask',
  'gateway',
  'dhcp_state',
  'dhcp_lease_s',
  'open_console',
  'open_secure9p',
  'open_other',
  'open_limit',
  'console_connections',
  'secure9p_connections',
  'smoke_connections',
  'console_lines_in',
  'console_lines_out',
  'secure9p_frames_in',
  'secure9p_frames_out',
  'ended_by_peer',
  'ended_lost',
  'ended_by_server',
  'ended_by_restart',
  'refused_connections',
  'refused_silent',
  'refused_9p_length',
  'refused_short',
  'refused_long',
  'refused_stalled',
  'dropped_bad_frame',
  'dropped_rx_memory',
  'dropped_tx_full',
  'dropped_arp',
  'dropped_ip',
  'dropped_icmp',
  'dropped_udp',
  'dropped_tcp',
  'bad_checksums',
  'dropped_half_open',
  'records_late',
  'records_overrun',
  'records_bad',
  'rings_full',
  'rx_csum_offloaded',
  'tx_csum_offloaded',
];
