/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lwIP's one interface, and its clock: frames come in by stack_input() and leave through the driver's two functions, time passes
 * when stack_tick() says so.
 */
#include "stack.h"

#include "lwip/etharp.h"
#include "lwip/init.h"
#include "lwip/ip4_frag.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip/stats.h"
#include "netif/ethernet.h"

struct netif stack_netif;
static uint32_t now_ms;
static uint32_t next_tcp_ms, next_arp_ms, next_reassembly_ms;
static uint32_t dropped_in, dropped_out;

/* At most so many runs of one timer in a row: after a long pause the rest is forgotten. */
#define CATCH_UP 4

u32_t sys_now(void)
{
    return now_ms;
}

static err_t transmit(struct netif *netif, struct pbuf *frame)
{
    (void)netif;
    const uint32_t buffer = transmit_buffer(frame->tot_len);
    if (buffer == 0) {
        dropped_out++;
        return ERR_MEM;
    }
    pbuf_copy_partial(frame, (void *)buffer, frame->tot_len, 0);
    transmit_commit(frame->tot_len);
    return ERR_OK;
}

static err_t interface(struct netif *netif)
{
    netif->name[0] = 'e';
    netif->name[1] = 'n';
    netif->output = etharp_output;
    netif->linkoutput = transmit;
    netif->mtu = 1500;
    netif->hwaddr_len = ETH_HWADDR_LEN;
    netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_LINK_UP;
    return ERR_OK;
}

/* Without an address: address.c. */
EXPORT(stack_start) void stack_start(uint64_t mac, uint64_t seed_low, uint64_t seed_high)
{
    stack_seed(seed_low, seed_high);
    lwip_init();
    const ip4_addr_t none = {0};
    for (int i = 0; i < ETH_HWADDR_LEN; i++)
        stack_netif.hwaddr[i] = (u8_t)(mac >> (8 * i));
    /* Frames do not come through netif->input: a null pointer there keeps a loop out of the call graph. */
    netif_add(&stack_netif, &none, &none, &none, NULL, interface, NULL);
    netif_set_default(&stack_netif);
    netif_set_up(&stack_netif);
}

/* From now on checksums of TCP and UDP are left to the driver. */
EXPORT(stack_leave_checksums) void stack_leave_checksums(void)
{
    stack_netif.chksum_flags &= ~(NETIF_CHECKSUM_GEN_TCP | NETIF_CHECKSUM_GEN_UDP);
}

/* A frame that has arrived; it is copied. If it was verified, its checksum of TCP or UDP is not looked at. */
EXPORT(stack_input) void stack_input(uint32_t frame, uint32_t size, uint32_t is_verified)
{
    const u16_t checks = NETIF_CHECKSUM_CHECK_TCP | NETIF_CHECKSUM_CHECK_UDP;
    struct pbuf *p = size > 0xffff ? NULL : pbuf_alloc(PBUF_RAW, (u16_t)size, PBUF_POOL);
    if (p == NULL) {
        dropped_in++;
        return;
    }
    pbuf_take(p, (const void *)frame, (u16_t)size);
    if (is_verified)
        stack_netif.chksum_flags &= ~checks;
    if (ethernet_input(p, &stack_netif) != ERR_OK)
        pbuf_free(p);
    stack_netif.chksum_flags |= checks;
    sockets_make_room();
}

int stack_due(uint32_t *next_ms, uint32_t period_ms)
{
    if ((int32_t)(now_ms - *next_ms) < 0)
        return 0;
    *next_ms += period_ms;
    if ((int32_t)(now_ms - *next_ms) > (int32_t)(CATCH_UP * period_ms))
        *next_ms = now_ms;
    return 1;
}

/* Lets time pass: milliseconds since the start. */
EXPORT(stack_tick) void stack_tick(uint32_t time_ms)
{
    now_ms = time_ms;
    while (stack_due(&next_tcp_ms, TCP_TMR_INTERVAL))
        tcp_tmr();
    while (stack_due(&next_arp_ms, ARP_TMR_INTERVAL))
        etharp_tmr();
    while (stack_due(&next_reassembly_ms, IP_TMR_INTERVAL))
        ip_reass_tmr();
    address_tick();
}

/* Whether time matters: connections have timers. */
EXPORT(stack_busy) uint32_t stack_busy(void)
{
    return tcp_active_pcbs != NULL || tcp_tw_pcbs != NULL;
}

/* Drops by reason, in the order of stack.ts. */
EXPORT(stack_drops) uint32_t stack_drops(uint32_t reason)
{
    switch (reason) {
    case 0:
        return dropped_in;
    case 1:
        return dropped_out;
    case 2:
        return lwip_stats.etharp.drop;
    case 3:
        return lwip_stats.ip.drop + lwip_stats.ip_frag.drop;
    case 4:
        return lwip_stats.icmp.drop;
    case 5:
        return lwip_stats.udp.drop;
    case 6:
        return lwip_stats.tcp.drop;
    case 7:
        return lwip_stats.ip.chkerr + lwip_stats.icmp.chkerr + lwip_stats.udp.chkerr + lwip_stats.tcp.chkerr;
    default:
        return 0;
    }
}

/* Elements of lwIP's pools that are in use, for tests. */
EXPORT(stack_pools) uint32_t stack_pools(void)
{
    uint32_t used = lwip_stats.mem.used;
    for (int pool = 0; pool < MEMP_MAX; pool++)
        used += lwip_stats.memp[pool]->used;
    return used;
}
