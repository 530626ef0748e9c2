/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The `sel4` imports that every component may use (lib/machine/sel4.ts): messages, notifications, interrupt
 * acknowledgement. Each is one libsel4 call; the message registers are those of the thread's IPC buffer.
 */
#include "ipc.h"

#include <sel4/sel4.h>

struct w2c_sel4;

static seL4_MessageInfo_t received;

static seL4_MessageInfo_t outgoing(uint64_t label, uint32_t words)
{
    return seL4_MessageInfo_new(label, 0, 0, words <= seL4_MsgMaxLength ? words : seL4_MsgMaxLength);
}

uint64_t w2c_sel4_get_mr(struct w2c_sel4 *unused, uint32_t index)
{
    (void)unused;
    return index < seL4_MsgMaxLength ? seL4_GetMR((int)index) : 0;
}

void w2c_sel4_set_mr(struct w2c_sel4 *unused, uint32_t index, uint64_t value)
{
    (void)unused;
    if (index < seL4_MsgMaxLength)
        seL4_SetMR((int)index, value);
}

uint64_t w2c_sel4_label(struct w2c_sel4 *unused)
{
    (void)unused;
    return seL4_MessageInfo_get_label(received);
}

uint32_t w2c_sel4_length(struct w2c_sel4 *unused)
{
    (void)unused;
    return (uint32_t)seL4_MessageInfo_get_length(received);
}

uint64_t w2c_sel4_call(struct w2c_sel4 *unused, uint64_t endpoint, uint64_t label, uint32_t words)
{
    (void)unused;
    /* The supervisor reads this when a server dies: it tells whom the thread waits for. */
    *machine_in_call = endpoint;
    received = seL4_Call(endpoint, outgoing(label, words));
    *machine_in_call = 0;
    return seL4_MessageInfo_get_label(received);
}

uint64_t w2c_sel4_recv(struct w2c_sel4 *unused, uint64_t endpoint)
{
    (void)unused;
    seL4_Word badge = 0;
    received = seL4_Recv(endpoint, &badge);
    return badge;
}

uint64_t w2c_sel4_nb_recv(struct w2c_sel4 *unused, uint64_t endpoint)
{
    (void)unused;
    seL4_Word badge = 0;
    received = seL4_NBRecv(endpoint, &badge);
    return badge;
}

void w2c_sel4_reply(struct w2c_sel4 *unused, uint64_t label, uint32_t words)
{
    (void)unused;
    seL4_Reply(outgoing(label, words));
}

uint64_t w2c_sel4_reply_recv(struct w2c_sel4 *unused, uint64_t endpoint, uint64_t label, uint32_t words)
{
    (void)unused;
    seL4_Word badge = 0;
    received = seL4_ReplyRecv(endpoint, outgoing(label, words), &badge);
    return badge;
}

void w2c_sel4_signal(struct w2c_sel4 *unused, uint64_t notification)
{
    (void)unused;
    seL4_Signal(notification);
}

uint64_t w2c_sel4_wait(struct w2c_sel4 *unused, uint64_t notification)
{
    (void)unused;
    seL4_Word badge = 0;
    seL4_Wait(notification, &badge);
    return badge;
}

uint64_t w2c_sel4_poll(struct w2c_sel4 *unused, uint64_t notification)
{
    (void)unused;
    seL4_Word badge = 0;
    seL4_Poll(notification, &badge);
    return badge;
}

uint32_t w2c_sel4_irq_handler_ack(struct w2c_sel4 *unused, uint64_t handler)
{
    (void)unused;
    return (uint32_t)seL4_IRQHandler_Ack(handler);
}
