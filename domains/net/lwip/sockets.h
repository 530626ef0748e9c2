/* SPDX-License-Identifier: Apache-2.0 */
/* The sockets, as the files that serve, close and make them share them. sockets.c tells what they are. */
#pragma once

#include "stack.h"

#include "lwip/tcp.h"

#define CONNECTIONS MAX_CONNECTIONS
#define WORDS ((CONNECTIONS + 63) / 64)
#define IN_BYTES TCP_WND
#define OUT_BYTES TCP_SND_BUF

enum phase { FREE, WAITING, TAKEN, ENDING };

struct connection {
    enum phase phase;
    struct tcp_pcb *pcb; /* null when lwIP has given it up */
    uint16_t port;
    uint8_t has_eof, is_made, has_fin;
    uint8_t is_kept; /* not given up for a new connection: somebody knows what it is */
    uint32_t serial; /* the older connection has the lower one */
    uint32_t deadline_ms, progress_ms;
    uint32_t head, tail; /* in ring */
    uint32_t acked, queued, written;
    uint8_t in[IN_BYTES];
    uint8_t out[OUT_BYTES];
};

extern struct connection connections[CONNECTIONS];
/* Connections with news, those that are being closed, and those with bytes that lwIP's queue had no room for. */
extern uint64_t attention[WORDS], closing[WORDS], waiting[WORDS];
/* Connections given up because the peer took nothing; half-open ones given up for others. */
extern uint32_t stalled, half_open;
/* Not 0: some PCBs that are open belong to no connection any more, and are to be reset. */
extern uint32_t orphans;

static inline void mark(uint64_t *set, const struct connection *c)
{
    const uint32_t id = (uint32_t)(c - connections);
    set[id / 64] |= UINT64_C(1) << (id % 64);
}

static inline void unmark(uint64_t *set, const struct connection *c)
{
    const uint32_t id = (uint32_t)(c - connections);
    set[id / 64] &= ~(UINT64_C(1) << (id % 64));
}

/* The connection that the other side means, if it has it. */
static inline struct connection *connection_of(uint32_t id)
{
    return id < CONNECTIONS && connections[id].phase == TAKEN ? &connections[id] : NULL;
}

/* Gives lwIP what it has not got yet. What its queue cannot take now waits. */
void queue(struct connection *c);

/* A connection slot for a PCB that is about to connect; -1: all are in use. */
int32_t socket_adopt(struct tcp_pcb *pcb);
