/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TCP as the AssemblyScript side uses it: numbered sockets that are asked, not told. lwIP reports events to lwip_tcp_event(), which
 * only takes notes; everything that may lead to further events happens from the exports below, outside of lwIP's input.
 *
 * What a connection receives goes at once into its own ring, whose size is the TCP window: no peer can hold more of the shared pools
 * than its share of out-of-order segments. What it sends stays in its other ring until the peer has acknowledged it; lwIP only has
 * references into it, and its pools have room for those of all connections. So no connection can take memory from another.
 *
 *   out ring   acked ──(lwIP has it)── queued ──(waits for a flush)── written      each free running
 *
 *   FREE ──accept──► WAITING ──take──► TAKEN ──close──► ENDING ──all acknowledged, and the peer has closed or time is up──► FREE
 */
#include "sockets.h"

/* What socket_state() tells. */
#define STATE_OPEN 1u /* the connection can carry data */
#define STATE_EOF 2u  /* the peer sends no more */
#define STATE_LOST 4u /* reset or timed out */
#define STATE_MADE 8u /* an outbound connection was accepted by the peer */

struct connection connections[CONNECTIONS];
uint64_t attention[WORDS], closing[WORDS], waiting[WORDS];
uint32_t stalled, half_open, orphans;
static uint32_t refused, accepted, displaced;
static uint64_t received_bytes, sent_bytes;

/* ---- events ---- */

/*
 * lwIP says nothing any more when it gives up a connection in time-wait: it is let go as soon as it may be in that state, when both
 * ends are closed and nothing of ours is under way.
 */
static void detach(struct connection *c, struct tcp_pcb *pcb)
{
    if (c->phase != ENDING || !c->has_fin || !c->has_eof || c->acked != c->written)
        return;
    tcp_arg(pcb, NULL);
    tcp_setprio(pcb, TCP_PRIO_MIN);
    c->pcb = NULL;
}

static struct connection *claim(struct tcp_pcb *pcb, enum phase phase)
{
    for (uint32_t i = 0; i < CONNECTIONS; i++) {
        struct connection *c = &connections[i];
        if (c->phase != FREE)
            continue;
        c->phase = phase;
        c->pcb = pcb;
        c->port = pcb->local_port;
        c->has_eof = c->is_made = c->has_fin = c->is_kept = 0;
        c->serial = accepted;
        c->head = c->tail = 0;
        c->acked = c->queued = c->written = 0;
        tcp_arg(pcb, c);
        pcb->keep_intvl = TCP_KEEPINTVL_DEFAULT;
        tcp_nagle_disable(pcb);
        ip_set_option(pcb, SOF_KEEPALIVE);
        return c;
    }
    return NULL;
}

/* Gives up the oldest connection that has not said what it is: the AssemblyScript side finds a new one in its place. */
static int make_room(void)
{
    struct connection *oldest = NULL;
    for (uint32_t i = 0; i < CONNECTIONS; i++) {
        struct connection *c = &connections[i];
        if (c->is_kept || c->pcb == NULL || (c->phase != TAKEN && c->phase != WAITING))
            continue;
        if (oldest == NULL || (int32_t)(c->serial - oldest->serial) < 0)
            oldest = c;
    }
    if (oldest == NULL)
        return 0;
    /* We are within lwIP's input: the reset is for later (closing.c). */
    tcp_arg(oldest->pcb, NULL);
    tcp_setprio(oldest->pcb, TCP_PRIO_MIN);
    orphans = 1;
    unmark(waiting, oldest);
    oldest->phase = FREE;
    displaced++;
    return 1;
}

static err_t note_accept(struct tcp_pcb *pcb)
{
    struct connection *c = claim(pcb, WAITING);
    if (c == NULL && make_room())
        c = claim(pcb, WAITING);
    if (c == NULL) {
        refused++;
        return ERR_MEM;
    }
    /* What is open is not given up for new connections; what was closed may be. */
    tcp_setprio(pcb, TCP_PRIO_MAX);
    accepted++;
    mark(attention, c);
    return ERR_OK;
}

static void ring_put(uint8_t *ring, uint32_t size, uint32_t index, const uint8_t *from, uint32_t count)
{
    const uint32_t at = index % size;
    const uint32_t first = count < size - at ? count : size - at;
    memcpy(ring + at, from, first);
    if (count > first)
        memcpy(ring, from + first, count - first);
}

static err_t note_data(struct connection *c, struct tcp_pcb *pcb, struct pbuf *data)
{
    if (data == NULL) {
        if (c != NULL) {
            c->has_eof = 1;
            mark(attention, c);
            detach(c, pcb);
        }
        return ERR_OK;
    }
    if (c == NULL || c->phase == ENDING) {
        /* Nobody reads it any more. */
        tcp_recved(pcb, data->tot_len);
        pbuf_free(data);
        return ERR_OK;
    }
    /* Cannot be: the window is the ring's room. lwIP keeps the data and offers it again. */
    if (data->tot_len > IN_BYTES - (c->tail - c->head))
        return ERR_MEM;
    for (struct pbuf *part = data; part != NULL; part = part->next) {
        ring_put(c->in, IN_BYTES, c->tail, part->payload, part->len);
        c->tail += part->len;
    }
    received_bytes += data->tot_len;
    pbuf_free(data);
    mark(attention, c);
    return ERR_OK;
}

err_t lwip_tcp_event(void *arg, struct tcp_pcb *pcb, enum lwip_event event, struct pbuf *data, u16_t size, err_t error)
{
    struct connection *c = arg;
    (void)error;
    switch (event) {
    case LWIP_EVENT_ACCEPT:
        return pcb == NULL ? ERR_OK : note_accept(pcb);
    case LWIP_EVENT_RECV:
        return note_data(c, pcb, data);
    case LWIP_EVENT_SENT:
        if (c != NULL) {
            c->acked += size;
            c->progress_ms = sys_now();
            mark(attention, c);
            detach(c, pcb);
        }
        return ERR_OK;
    case LWIP_EVENT_CONNECTED:
        if (c != NULL) {
            c->is_made = 1;
            mark(attention, c);
        }
        return ERR_OK;
    case LWIP_EVENT_ERR:
        if (c != NULL) {
            c->pcb = NULL;
            mark(attention, c);
        }
        return ERR_OK;
    default:
        return ERR_OK;
    }
}

/* ---- opening ---- */

/* Listens on a port; at most `backlog` connections may be half open. */
EXPORT(socket_listen) uint32_t socket_listen(uint32_t port, uint32_t backlog)
{
    struct tcp_pcb *pcb = tcp_new();
    if (pcb == NULL || tcp_bind(pcb, IP4_ADDR_ANY, (u16_t)port) != ERR_OK)
        return 0;
    return tcp_listen_with_backlog(pcb, (u8_t)backlog) != NULL;
}

int32_t socket_adopt(struct tcp_pcb *pcb)
{
    struct connection *c = claim(pcb, TAKEN);
    if (c == NULL)
        return -1;
    c->is_kept = 1;
    return (int32_t)(c - connections);
}

/* Sockets with news since the last call, as bits; word `n` has those from 64 n on. */
EXPORT(socket_attention) uint64_t socket_attention(uint32_t n)
{
    if (n >= WORDS)
        return 0;
    const uint64_t news = attention[n];
    attention[n] = 0;
    return news;
}

/* Takes a new connection: its port, 0 if this is none. */
EXPORT(socket_take) uint32_t socket_take(uint32_t id)
{
    if (id >= CONNECTIONS || connections[id].phase != WAITING)
        return 0;
    connections[id].phase = TAKEN;
    return connections[id].port;
}

/* A connection that said what it is: it is not given up for a new one any more. */
EXPORT(socket_keep) void socket_keep(uint32_t id)
{
    struct connection *c = connection_of(id);
    if (c != NULL)
        c->is_kept = 1;
}

/* The peer's address, and its port above it. */
EXPORT(socket_peer) uint64_t socket_peer(uint32_t id)
{
    const struct connection *c = connection_of(id);
    if (c == NULL || c->pcb == NULL)
        return 0;
    return (uint64_t)c->pcb->remote_port << 32 | ip4_addr_get_u32(ip_2_ip4(&c->pcb->remote_ip));
}

EXPORT(socket_state) uint32_t socket_state(uint32_t id)
{
    const struct connection *c = connection_of(id);
    if (c == NULL || c->pcb == NULL)
        return STATE_LOST;
    return STATE_OPEN | (c->has_eof ? STATE_EOF : 0) | (c->is_made ? STATE_MADE : 0);
}

/* ---- data ---- */

/* Bytes that wait to be read. */
EXPORT(socket_available) uint32_t socket_available(uint32_t id)
{
    const struct connection *c = connection_of(id);
    return c == NULL ? 0 : c->tail - c->head;
}

/* Copies up to `size` bytes without taking them. */
EXPORT(socket_peek) uint32_t socket_peek(uint32_t id, uint32_t to, uint32_t size)
{
    const struct connection *c = connection_of(id);
    if (c == NULL)
        return 0;
    const uint32_t used = c->tail - c->head;
    const uint32_t count = size < used ? size : used;
    const uint32_t at = c->head % IN_BYTES;
    const uint32_t first = count < IN_BYTES - at ? count : IN_BYTES - at;
    memcpy((uint8_t *)to, &c->in[at], first);
    if (count > first)
        memcpy((uint8_t *)to + first, &c->in[0], count - first);
    return count;
}

/* Drops up to `size` bytes; the peer may send as many more. */
EXPORT(socket_skip) uint32_t socket_skip(uint32_t id, uint32_t size)
{
    struct connection *c = connection_of(id);
    if (c == NULL)
        return 0;
    const uint32_t used = c->tail - c->head;
    const uint32_t count = size < used ? size : used;
    c->head += count;
    if (c->pcb != NULL && count > 0)
        tcp_recved(c->pcb, (u16_t)count);
    return count;
}

/* Bytes that can be written. */
EXPORT(socket_room) uint32_t socket_room(uint32_t id)
{
    const struct connection *c = connection_of(id);
    return c == NULL ? 0 : OUT_BYTES - (c->written - c->acked);
}

/* Takes all of `size` bytes for sending, or none; socket_flush() sends them. */
EXPORT(socket_write) uint32_t socket_write(uint32_t id, uint32_t from, uint32_t size)
{
    struct connection *c = connection_of(id);
    if (c == NULL || c->pcb == NULL || size > OUT_BYTES - (c->written - c->acked))
        return 0;
    if (c->written == c->acked)
        c->progress_ms = sys_now();
    ring_put(c->out, OUT_BYTES, c->written, (const uint8_t *)from, size);
    c->written += size;
    sent_bytes += size;
    return 1;
}

/* Bytes that lwIP's queue has room for: it takes all that it is given or nothing. A segment takes two pbufs, the last one maybe one more. */
static uint32_t queue_room(const struct tcp_pcb *pcb)
{
    const uint32_t used = tcp_sndqueuelen(pcb) + 1u;
    const uint32_t half = pcb->snd_wnd_max / 2u;
    const uint32_t segment = half != 0 && half < tcp_mss(pcb) ? half : tcp_mss(pcb);
    const uint32_t room = used < TCP_SND_QUEUELEN ? (TCP_SND_QUEUELEN - used) / 2 * segment : 0;
    return room < tcp_sndbuf(pcb) ? room : tcp_sndbuf(pcb);
}

void queue(struct connection *c)
{
    unmark(waiting, c);
    while (c->queued != c->written) {
        const uint32_t at = c->queued % OUT_BYTES;
        uint32_t count = c->written - c->queued;
        if (count > OUT_BYTES - at)
            count = OUT_BYTES - at;
        const uint32_t room = queue_room(c->pcb);
        if (count > room)
            count = room;
        if (count == 0 || tcp_write(c->pcb, &c->out[at], (u16_t)count, 0) != ERR_OK) {
            mark(waiting, c);
            return;
        }
        c->queued += count;
    }
}

EXPORT(socket_flush) void socket_flush(uint32_t id)
{
    struct connection *c = connection_of(id);
    if (c == NULL || c->pcb == NULL)
        return;
    queue(c);
    tcp_output(c->pcb);
}

/* ---- counters, in the order of stack.ts ---- */

EXPORT(socket_counter) uint64_t socket_counter(uint32_t index)
{
    switch (index) {
    case 0:
        return accepted;
    case 1:
        return refused;
    case 2:
        return received_bytes;
    case 3:
        return sent_bytes;
    case 4:
        return stalled;
    case 5:
        return half_open;
    case 6:
        return displaced;
    default:
        return 0;
    }
}
