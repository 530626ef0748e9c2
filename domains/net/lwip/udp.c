/* SPDX-License-Identifier: Apache-2.0 */
/* Datagrams of the self-test: the echo, and the beacons. */
#include "stack.h"

#include "lwip/udp.h"

#define DATAGRAM_BYTES 512

static uint32_t datagrams_in, datagrams_out;
static struct udp_pcb *beacon;
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

/* Answers datagrams to a port with `ECHO:` and their contents. */
EXPORT(udp_echo_start) uint32_t udp_echo_start(uint32_t port)
{
    struct udp_pcb *pcb = udp_new();
    if (pcb == NULL || udp_bind(pcb, IP4_ADDR_ANY, (u16_t)port) != ERR_OK)
        return 0;
    udp_recv(pcb, echo, NULL);
    return 1;
}

static void take(void *unused, struct udp_pcb *pcb, struct pbuf *data, const ip_addr_t *from, u16_t port)
{
    (void)unused;
    (void)pcb;
    (void)from;
    (void)port;
    datagrams_in++;
    pbuf_free(data);
}

/* The port from which beacons are sent; what comes back is only counted. */
EXPORT(udp_beacon_start) uint32_t udp_beacon_start(uint32_t port)
{
    beacon = udp_new();
    if (beacon == NULL || udp_bind(beacon, IP4_ADDR_ANY, (u16_t)port) != ERR_OK)
        return 0;
    udp_recv(beacon, take, NULL);
    return 1;
}

/* Sends a datagram from the beacon's port. */
EXPORT(udp_beacon_send) uint32_t udp_beacon_send(uint32_t address, uint32_t port, uint32_t from, uint32_t size)
{
    const ip_addr_t to = {address};
    struct pbuf *data = beacon == NULL || size > DATAGRAM_BYTES ? NULL : pbuf_alloc(PBUF_TRANSPORT, (u16_t)size, PBUF_RAM);
    if (data == NULL)
        return 0;
    memcpy(data->payload, (const void *)from, size);
    const err_t result = udp_sendto(beacon, data, &to, (u16_t)port);
    pbuf_free(data);
    if (result != ERR_OK)
        return 0;
    datagrams_out++;
    return 1;
}

EXPORT(udp_received) uint32_t udp_received(void)
{
    return datagrams_in;
}

EXPORT(udp_sent) uint32_t udp_sent(void)
{
    return datagrams_out;
}
