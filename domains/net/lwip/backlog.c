/* SPDX-License-Identifier: Apache-2.0 */
/* Half-open connections: when they are too many, old ones make room for new ones. */
#include "sockets.h"

#include "lwip/priv/tcp_priv.h"

/* What a half-open connection has at least before it may be given up for another. */
#define HALF_OPEN_MS 20

/*
 * When a listener has no room for another half-open connection, its oldest one is given up, without a word, if it has had its time: in a
 * flood of SYNs, the one of an honest client stays until its answer can be there. The time of its SYN (odd, so that it is not the default)
 * stands in a field for keep-alive, which matters only later.
 */
void sockets_make_room(void)
{
    if (tcp_active_pcbs == NULL)
        return;
    /* A new one is put in front. */
    if (tcp_active_pcbs->state == SYN_RCVD && tcp_active_pcbs->keep_intvl == TCP_KEEPINTVL_DEFAULT)
        tcp_active_pcbs->keep_intvl = sys_now() | 1;
    for (struct tcp_pcb_listen *listener = tcp_listen_pcbs.listen_pcbs; listener != NULL; listener = listener->next) {
        if (listener->accepts_pending < listener->backlog)
            continue;
        struct tcp_pcb *oldest = NULL;
        for (struct tcp_pcb *pcb = tcp_active_pcbs; pcb != NULL; pcb = pcb->next) {
            if (pcb->state == SYN_RCVD && pcb->listener == listener)
                oldest = pcb;
        }
        if (oldest == NULL || (int32_t)(sys_now() - oldest->keep_intvl) < HALF_OPEN_MS)
            continue;
        half_open++;
        tcp_abandon(oldest, 0);
    }
}
