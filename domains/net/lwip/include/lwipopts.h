/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lwIP as the net domain has it: one interface, IPv4, ARP, ICMP, UDP and TCP, one thread, fixed pools. Every size here bounds
 * memory: a hostile peer can exhaust a pool, which drops packets, but never grows anything.
 */
#pragma once

/* One thread, no timers of its own: the event loop calls the protocols' timers (stack.c). */
#define NO_SYS 1
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_TIMERS 0
#define LWIP_NETCONN 0
#define LWIP_SOCKET 0

/*
 * TCP tells the application of events by one function instead of pointers to functions (sockets.c). It only takes notes, so
 * that no chain of calls leads back into lwIP: the stack's depth has a bound.
 */
#define LWIP_EVENT_API 1
#define LWIP_CALLBACK_API 0
#define LWIP_SUPPORT_CUSTOM_PBUF 0

#define LWIP_IPV4 1
#define LWIP_IPV6 0
#define LWIP_ARP 1
#define LWIP_ICMP 1
#define LWIP_UDP 1
#define LWIP_TCP 1
#define LWIP_RAW 0
#define LWIP_DHCP 1
#define DHCP_DOES_ARP_CHECK 1
#define LWIP_DHCP_MAX_NTP_SERVERS 0
#define LWIP_AUTOIP 0
#define LWIP_IGMP 0
#define LWIP_DNS 0
#define LWIP_SINGLE_NETIF 1
#define IP_FORWARD 0
#define IP_REASSEMBLY 1
#define IP_FRAG 0
#define LWIP_NETIF_API 0
#define LWIP_NETIF_STATUS_CALLBACK 0
#define LWIP_NETIF_LOOPBACK 0
#define LWIP_HAVE_LOOPIF 0
#define LWIP_CHECKSUM_CTRL_PER_NETIF 1 /* a card may do those of TCP and UDP (stack.c) */
#define LWIP_BROADCAST_PING 0
#define ARP_QUEUEING 1
#define ARP_TABLE_SIZE 16
#define ETHARP_SUPPORT_STATIC_ENTRIES 0
#define LWIP_STATS 1
#define LWIP_STATS_DISPLAY 0
#define LWIP_STATS_LARGE 1
#define MIB2_STATS 0

/*
 * TCP. The window is what a connection's receive ring holds: what lwIP hands over always fits. The send buffer is its other ring;
 * lwIP only has references into it (sockets.c).
 */
#define TCP_MSS 1460
#define TCP_WND 16384
#define TCP_SND_BUF 32768
#define TCP_SND_QUEUELEN 48
#define TCP_QUEUE_OOSEQ 1
#define TCP_OOSEQ_MAX_PBUFS 3
#define TCP_LISTEN_BACKLOG 1
#define TCP_SYNMAXRTX 3
#define TCP_MAXRTX 8
#define LWIP_TCP_KEEPALIVE 1
#define LWIP_TCP_SACK_OUT 0
#define TCP_KEEPIDLE_DEFAULT 60000
#define TCP_KEEPINTVL_DEFAULT 10000
#define TCP_KEEPCNT_DEFAULT 3
#define TCP_MSL 5000

/*
 * Pools. The build says how many connections there are (MAX_CONNECTIONS, network.max_connections). Each of them can have as many
 * segments under way as its queue allows, two pbufs a segment, one of them with the headers from the heap, and its share of what came
 * out of order: no connection can take from another. 32 KiB of the heap are for everything else.
 */
#define HALF_OPEN (3 * 64) /* connections: 64 a listener (connections.ts) */
#define SEGMENTS (MAX_CONNECTIONS * (TCP_SND_QUEUELEN / 2))
#define MEM_ALIGNMENT 4
#define MEM_SIZE ((SEGMENTS + HALF_OPEN) * 96 + 32 * 1024)
#define MEMP_NUM_PBUF (SEGMENTS + 32)
#define MEMP_NUM_TCP_PCB (MAX_CONNECTIONS + HALF_OPEN + 32)
#define MEMP_NUM_TCP_PCB_LISTEN 4
#define MEMP_NUM_TCP_SEG (SEGMENTS + MAX_CONNECTIONS * (TCP_OOSEQ_MAX_PBUFS + 2) + HALF_OPEN + 32)
#define MEMP_NUM_UDP_PCB 4
#define MEMP_NUM_REASSDATA 2
#define IP_REASS_MAX_PBUFS 8
#define MEMP_NUM_ARP_QUEUE 16
#define PBUF_POOL_SIZE (MAX_CONNECTIONS * TCP_OOSEQ_MAX_PBUFS + 40)
#define PBUF_POOL_BUFSIZE 1536

/* Initial sequence numbers after RFC 6528 (isn.c). */
#define LWIP_HOOK_FILENAME "hooks.h"
#define LWIP_HOOK_TCP_ISN stack_isn
