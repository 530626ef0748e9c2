/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ends of connections: in order, when everything has arrived or its time is over; at once; or because the peer takes nothing.
 */
#include "sockets.h"

#include "lwip/priv/tcp_priv.h"

/* How long a connection that was closed may take to deliver what it has, and then to be closed by the peer. */
#define DELIVERY_MS 10000u
#define LINGER_MS 1000u
/* How long a peer may take nothing of what there is for it. */
#define STALL_MS 60000u

static void release(struct connection *c)
{
    c->pcb = NULL;
    c->phase = FREE;
    unmark(closing, c);
    unmark(waiting, c);
    /* Somebody else may be waiting in the table of the AssemblyScript side for this number. */
    mark(attention, c);
}

/* lwIP goes on alone with a connection that needs nothing of ours any more, and may give it up for a new one. */
static void leave(struct connection *c)
{
    struct tcp_pcb *pcb = c->pcb;
    tcp_arg(pcb, NULL);
    tcp_setprio(pcb, TCP_PRIO_MIN);
    /* In time-wait, it is not ours to close. */
    if (pcb->state != TIME_WAIT && pcb->state != CLOSED)
        tcp_close(pcb);
    release(c);
}

static void give_up(struct connection *c)
{
    tcp_arg(c->pcb, NULL);
    tcp_abort(c->pcb);
    release(c);
}

/* One step of a connection that is being closed. */
static void settle(struct connection *c)
{
    if (c->pcb == NULL) {
        release(c);
        return;
    }
    const int is_late = (int32_t)(sys_now() - c->deadline_ms) >= 0;
    queue(c);
    if (c->queued == c->written && !c->has_fin) {
        c->has_fin = tcp_shutdown(c->pcb, 0, 1) == ERR_OK;
    } else {
        tcp_output(c->pcb);
    }
    if (c->acked != c->written) {
        if (is_late) {
            stalled++;
            give_up(c);
        }
        return;
    }
    const uint32_t linger_ms = sys_now() + LINGER_MS;
    if ((int32_t)(c->deadline_ms - linger_ms) > 0)
        c->deadline_ms = linger_ms;
    if (is_late || (c->has_fin && c->has_eof))
        leave(c);
}

/* Ends a connection in order: what was written is still sent. The number is free when all of it has arrived. */
EXPORT(socket_close) void socket_close(uint32_t id)
{
    struct connection *c = connection_of(id);
    if (c == NULL)
        return;
    c->phase = ENDING;
    c->deadline_ms = sys_now() + DELIVERY_MS;
    mark(closing, c);
    if (c->pcb != NULL && c->tail != c->head)
        tcp_recved(c->pcb, (u16_t)(c->tail - c->head));
    c->head = c->tail;
    settle(c);
}

/* Ends a connection at once, with a reset. */
EXPORT(socket_abort) void socket_abort(uint32_t id)
{
    struct connection *c = connection_of(id);
    if (c == NULL)
        return;
    if (c->pcb == NULL)
        release(c);
    else
        give_up(c);
}

/* Resets what was given up for new connections. What leave() left to lwIP is closed on this side, and in other states. */
static void end_orphans(void)
{
    orphans = 0;
    struct tcp_pcb *next;
    for (struct tcp_pcb *pcb = tcp_active_pcbs; pcb != NULL; pcb = next) {
        next = pcb->next;
        if (pcb->callback_arg == NULL && (pcb->state == ESTABLISHED || pcb->state == CLOSE_WAIT))
            tcp_abort(pcb);
    }
}

/* Goes on with connections that have more to send than lwIP could take, and with those that are being closed. */
EXPORT(socket_settle) void socket_settle(void)
{
    if (orphans)
        end_orphans();
    for (uint32_t n = 0; n < WORDS; n++) {
        for (uint64_t left = waiting[n] & ~closing[n]; left != 0; left &= left - 1) {
            struct connection *c = &connections[n * 64 + (uint32_t)__builtin_ctzll(left)];
            if (c->pcb == NULL)
                continue;
            queue(c);
            tcp_output(c->pcb);
        }
        for (uint64_t left = closing[n]; left != 0; left &= left - 1)
            settle(&connections[n * 64 + (uint32_t)__builtin_ctzll(left)]);
    }
}

/* Call now and then: connections whose peer has taken nothing for long are lost. */
EXPORT(socket_sweep) void socket_sweep(void)
{
    for (uint32_t i = 0; i < CONNECTIONS; i++) {
        struct connection *c = &connections[i];
        if (c->phase != TAKEN || c->pcb == NULL || c->acked == c->written || sys_now() - c->progress_ms < STALL_MS)
            continue;
        stalled++;
        tcp_arg(c->pcb, NULL);
        tcp_abort(c->pcb);
        c->pcb = NULL;
        mark(attention, c);
    }
}

/* There is room for frames again: sends what could not be sent. */
EXPORT(socket_flush_all) void socket_flush_all(void)
{
    for (uint32_t i = 0; i < CONNECTIONS; i++) {
        struct connection *c = &connections[i];
        if (c->phase == FREE || c->pcb == NULL)
            continue;
        queue(c);
        tcp_output(c->pcb);
    }
}
