/* SPDX-License-Identifier: Apache-2.0 */
/* The address of the interface: given, or from a DHCP server. */
#include "stack.h"

#include "lwip/dhcp.h"
#include "lwip/prot/dhcp.h"

/* What address_state() tells: DHCP_* of counters.ts. */
#define OFF 0u
#define ASKING 1u
#define BOUND 2u
#define RENEWING 3u

#define COARSE_MS (DHCP_COARSE_TIMER_SECS * 1000u)

static struct dhcp client;
static uint32_t is_dynamic, next_fine_ms, next_coarse_ms;

/* Words are in network order, as they stand in memory when they are sent. */
EXPORT(address_set) void address_set(uint32_t address, uint32_t mask, uint32_t gateway)
{
    const ip4_addr_t own = {address}, netmask = {mask}, router = {gateway};
    netif_set_addr(&stack_netif, &own, &netmask, &router);
}

/* Asks for an address, and goes on asking. */
EXPORT(address_ask) uint32_t address_ask(void)
{
    dhcp_set_struct(&stack_netif, &client);
    is_dynamic = dhcp_start(&stack_netif) == ERR_OK;
    next_fine_ms = sys_now() + DHCP_FINE_TIMER_MSECS;
    next_coarse_ms = sys_now() + COARSE_MS;
    return is_dynamic;
}

void address_tick(void)
{
    if (!is_dynamic)
        return;
    while (stack_due(&next_fine_ms, DHCP_FINE_TIMER_MSECS))
        dhcp_fine_tmr();
    while (stack_due(&next_coarse_ms, COARSE_MS))
        dhcp_coarse_tmr();
}

EXPORT(address_state) uint32_t address_state(void)
{
    if (!is_dynamic)
        return OFF;
    switch (client.state) {
    case DHCP_STATE_BOUND:
        return BOUND;
    case DHCP_STATE_RENEWING:
    case DHCP_STATE_REBINDING:
        return RENEWING;
    default:
        return ASKING;
    }
}

EXPORT(address_lease_s) uint32_t address_lease_s(void)
{
    return is_dynamic ? client.offered_t0_lease : 0;
}

/* 0: own address, 1: mask, 2: router. */
EXPORT(address_of) uint32_t address_of(uint32_t which)
{
    switch (which) {
    case 0:
        return ip4_addr_get_u32(netif_ip4_addr(&stack_netif));
    case 1:
        return ip4_addr_get_u32(netif_ip4_netmask(&stack_netif));
    default:
        return ip4_addr_get_u32(netif_ip4_gw(&stack_netif));
    }
}
