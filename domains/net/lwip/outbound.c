/* SPDX-License-Identifier: Apache-2.0 */
/* Connections that this node makes itself: the self-test's probe. */
#include "sockets.h"

/* Connects from a local port; returns the number of the socket, or -1. */
EXPORT(socket_connect) int32_t socket_connect(uint32_t from_port, uint32_t address, uint32_t port)
{
    const ip_addr_t to = {address};
    struct tcp_pcb *pcb = tcp_new();
    if (pcb == NULL)
        return -1;
    if (tcp_bind(pcb, IP4_ADDR_ANY, (u16_t)from_port) == ERR_OK && tcp_connect(pcb, &to, (u16_t)port, NULL) == ERR_OK) {
        const int32_t id = socket_adopt(pcb);
        if (id >= 0)
            return id;
    }
    tcp_abort(pcb);
    return -1;
}
