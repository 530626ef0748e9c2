/*
 * TCP and UDP as the AssemblyScript side uses them: numbered sockets that are asked, not told. lwIP reports events to
 * lwip_tcp_event(), which only takes notes; everything that may lead to further events happens from the exports below, outside
 * of lwIP's input. What a connection receives goes at once into its own ring, whose size is the TCP window: no peer can hold
 * more of the shared pools than its share of out-of-order segments.
 */
#include "stack.h"

#include "lwip/tcp.h"
#include "lwip/udp.h"

#define CONNECTIONS 40
#define LISTENERS MEMP_NUM_TCP_PCB_LISTEN
#define RING_BYTES TCP_WND
#define DATAGRAM_BYTES 512

/* What socket_state() tells. */
#define STATE_OPEN 1u /* the connection can carry data */
#define STATE_EOF 2u  /* the peer sends no more */
#define STATE_LOST 4u /* reset or timed out */

enum phase { FREE, WAITING, TAKEN };

struct connection {
    enum phase phase;
    struct tcp_pcb *pcb; /* null when lwIP has given it up */
    uint16_t port;
    uint8_t has_eof;
    uint32_t head, tail; /* free running */
    uint8_t ring[RING_BYTES];
};

static struct connection connections[CONNECTIONS];
static uint32_t refused, accepted, received_bytes, sent_bytes;

static struct connection *connection_of(uint32_t id)
{
    return id < CONNECTIONS && connections[id].phase == TAKEN ? &connections[id] : NULL;
}

/* ---- events ---- */

static err_t note_accept(struct tcp_pcb *pcb)
{
    for (uint32_t i = 0; i < CONNECTIONS; i++) {
        struct connection *c = &connections[i];
        if (c->phase != FREE)
            continue;
        c->phase = WAITING;
        c->pcb = pcb;
        c->port = pcb->local_port;
        c->has_eof = 0;
        c->head = c->tail = 0;
        tcp_arg(pcb, c);
        tcp_nagle_disable(pcb);
        ip_set_option(pcb, SOF_KEEPALIVE);
        accepted++;
        return ERR_OK;
    }
    refused++;
    return ERR_MEM;
}

static void ring_write(struct connection *c, const uint8_t *from, uint32_t size)
{
    const uint32_t at = c->tail % RING_BYTES;
    const uint32_t first = size < RING_BYTES - at ? size : RING_BYTES - at;
    memcpy(&c->ring[at], from, first);
    memcpy(&c->ring[0], from + first, size - first);
    c->tail += size;
}

static err_t note_data(struct connection *c, struct pbuf *data)
{
    if (c == NULL)
        return ERR_OK;
    if (data == NULL) {
        c->has_eof = 1;
        return ERR_OK;
    }
    /* Cannot be: the window is the ring's room. lwIP keeps the data and offers it again. */
    if (data->tot_len > RING_BYTES - (c->tail - c->head))
        return ERR_MEM;
    for (struct pbuf *part = data; part != NULL; part = part->next)
        ring_write(c, part->payload, part->len);
    received_bytes += data->tot_len;
    pbuf_free(data);
    return ERR_OK;
}

err_t lwip_tcp_event(void *arg, struct tcp_pcb *pcb, enum lwip_event event, struct pbuf *data, u16_t size, err_t error)
{
    struct connection *c = arg;
    (void)size;
    (void)error;
    switch (event) {
    case LWIP_EVENT_ACCEPT:
        return pcb == NULL ? ERR_OK : note_accept(pcb);
    case LWIP_EVENT_RECV:
        return note_data(c, data);
    case LWIP_EVENT_ERR:
        if (c != NULL)
            c->pcb = NULL;
        return ERR_OK;
    default:
        return ERR_OK;
    }
}

/* ---- TCP ---- */

/* Listens on a port; at most `backlog` connections may be half open or wait to be taken. */
EXPORT(socket_listen) uint32_t socket_listen(uint32_t port, uint32_t backlog)
{
    struct tcp_pcb *pcb = tcp_new();
    if (pcb == NULL || tcp_bind(pcb, IP4_ADDR_ANY, (u16_t)port) != ERR_OK)
        return 0;
    return tcp_listen_with_backlog(pcb, (u8_t)backlog) != NULL;
}

/* A new connection to a port: its number, or -1. */
EXPORT(socket_accept) int32_t socket_accept(uint32_t port)
{
    for (uint32_t i = 0; i < CONNECTIONS; i++) {
        struct connection *c = &connections[i];
        if (c->phase != WAITING || c->port != port)
            continue;
        c->phase = TAKEN;
        return (int32_t)i;
    }
    return -1;
}

EXPORT(socket_state) uint32_t socket_state(uint32_t id)
{
    const struct connection *c = connection_of(id);
    if (c == NULL || c->pcb == NULL)
        return STATE_LOST;
    return STATE_OPEN | (c->has_eof ? STATE_EOF : 0);
}

/* Bytes that wait to be read. */
EXPORT(socket_available) uint32_t socket_available(uint32_t id)
{
    const struct connection *c = connection_of(id);
    return c == NULL ? 0 : c->tail - c->head;
}

/* Reads up to `size` bytes; the peer may send as many more. */
EXPORT(socket_read) uint32_t socket_read(uint32_t id, uint32_t to, uint32_t size)
{
    struct connection *c = connection_of(id);
    if (c == NULL)
        return 0;
    const uint32_t used = c->tail - c->head;
    const uint32_t count = size < used ? size : used;
    const uint32_t at = c->head % RING_BYTES;
    const uint32_t first = count < RING_BYTES - at ? count : RING_BYTES - at;
    memcpy((uint8_t *)to, &c->ring[at], first);
    memcpy((uint8_t *)to + first, &c->ring[0], count - first);
    c->head += count;
    if (c->pcb != NULL && count > 0)
        tcp_recved(c->pcb, (u16_t)count);
    return count;
}

/* Queues up to `size` bytes; returns how many. socket_flush() sends them. */
EXPORT(socket_write) uint32_t socket_write(uint32_t id, uint32_t from, uint32_t size)
{
    struct connection *c = connection_of(id);
    if (c == NULL || c->pcb == NULL)
        return 0;
    const uint32_t room = tcp_sndbuf(c->pcb);
    const uint32_t count = size < room ? size : room;
    if (count == 0 || tcp_write(c->pcb, (const void *)from, (u16_t)count, TCP_WRITE_FLAG_COPY) != ERR_OK)
        return 0;
    sent_bytes += count;
    return count;
}

EXPORT(socket_flush) void socket_flush(uint32_t id)
{
    struct connection *c = connection_of(id);
    if (c != NULL && c->pcb != NULL)
        tcp_output(c->pcb);
}

/* Ends a connection in order: what was written is still sent. False: there is no memory for it now, ask again. */
EXPORT(socket_close) uint32_t socket_close(uint32_t id)
{
    struct connection *c = connection_of(id);
    if (c == NULL)
        return 1;
    if (c->pcb != NULL) {
        tcp_arg(c->pcb, NULL);
        if (tcp_close(c->pcb) != ERR_OK) {
            tcp_arg(c->pcb, c);
            return 0;
        }
    }
    c->pcb = NULL;
    c->phase = FREE;
    return 1;
}

/* Ends a connection at once, with a reset. */
EXPORT(socket_abort) void socket_abort(uint32_t id)
{
    struct connection *c = connection_of(id);
    if (c == NULL)
        return;
    if (c->pcb != NULL) {
        tcp_arg(c->pcb, NULL);
        tcp_abort(c->pcb);
    }
    c->pcb = NULL;
    c->phase = FREE;
}

/* ---- the UDP echo of the self-test ---- */

static uint32_t datagrams_in, datagrams_out;
static const char PREFIX[] = "ECHO:";
#define PREFIX_BYTES (sizeof PREFIX - 1)

static void echo(void *unused, struct udp_pcb *pcb, struct pbuf *data, const ip_addr_t *from, u16_t port)
{
    (void)unused;
    datagrams_in++;
    if (data->tot_len <= DATAGRAM_BYTES) {
        struct pbuf *answer = pbuf_alloc(PBUF_TRANSPORT, (u16_t)(PREFIX_BYTES + data->tot_len), PBUF_RAM);
        if (answer != NULL) {
            memcpy(answer->payload, PREFIX, PREFIX_BYTES);
            pbuf_copy_partial(data, (uint8_t *)answer->payload + PREFIX_BYTES, data->tot_len, 0);
            if (udp_sendto(pcb, answer, from, port) == ERR_OK)
                datagrams_out++;
            pbuf_free(answer);
        }
    }
    pbuf_free(data);
}

EXPORT(udp_echo_start) uint32_t udp_echo_start(uint32_t port)
{
    struct udp_pcb *pcb = udp_new();
    if (pcb == NULL || udp_bind(pcb, IP4_ADDR_ANY, (u16_t)port) != ERR_OK)
        return 0;
    udp_recv(pcb, echo, NULL);
    return 1;
}

/* ---- counters, in the order of stack.ts ---- */

EXPORT(socket_counter) uint32_t socket_counter(uint32_t index)
{
    const uint32_t counters[] = {accepted, refused, received_bytes, sent_bytes, datagrams_in, datagrams_out};
    return index < sizeof counters / sizeof counters[0] ? counters[index] : 0;
}

/* There is room for frames again: sends what could not be sent. */
EXPORT(socket_flush_all) void socket_flush_all(void)
{
    for (uint32_t i = 0; i < CONNECTIONS; i++) {
        if (connections[i].pcb != NULL)
            tcp_output(connections[i].pcb);
    }
}
