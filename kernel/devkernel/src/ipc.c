/* SPDX-License-Identifier: Apache-2.0 */
/* Messages: message registers, the information word, and the transfer of words and capabilities between threads. */
#include "portable.h"

struct message_info info_unpack(word_t info)
{
    struct message_info i = {info >> 12, (info >> 9) & MASK(3), (info >> 7) & MASK(2), info & MASK(7)};
    if (i.length > MAX_MSG_WORDS)
        i.length = MAX_MSG_WORDS;
    return i;
}

word_t info_pack(struct message_info i) { return i.label << 12 | i.caps_unwrapped << 9 | i.extra_caps << 7 | i.length; }

word_t msg_get(const struct tcb *t, word_t index)
{
    if (index < MESSAGE_REGISTERS)
        return t->ctx.x[2 + index];
    const word_t *buffer = arch_ipc_buffer((struct tcb *)t, false);
    return buffer ? buffer[BUFFER_MSG + index] : 0;
}

void msg_set(struct tcb *t, word_t index, word_t value)
{
    if (index < MESSAGE_REGISTERS) {
        t->ctx.x[2 + index] = value;
        return;
    }
    word_t *buffer = arch_ipc_buffer(t, true);
    if (buffer)
        buffer[BUFFER_MSG + index] = value;
}

static word_t transfer_words(struct tcb *sender, const word_t *from, struct tcb *receiver, word_t *to, word_t length)
{
    for (word_t i = 0; i < length && i < MESSAGE_REGISTERS; i++)
        receiver->ctx.x[2 + i] = sender->ctx.x[2 + i];
    if (length <= MESSAGE_REGISTERS)
        return length;
    if (!from || !to)
        return MESSAGE_REGISTERS;
    for (word_t i = MESSAGE_REGISTERS; i < length; i++)
        to[BUFFER_MSG + i] = from[BUFFER_MSG + i];
    return length;
}

/* The slot that the receiver offers, or NULL when it offers none that is there and empty. */
static struct slot *receive_slot(struct tcb *receiver, const word_t *buffer)
{
    struct slot *slot;
    struct cap root = lookup_cap(receiver, buffer[BUFFER_RECEIVE_CNODE]);
    word_t index = buffer[BUFFER_RECEIVE_INDEX], depth = buffer[BUFFER_RECEIVE_DEPTH];
    return lookup_empty_slot(root, index, depth, &slot) == STATUS_OK ? slot : NULL;
}

/* In the order given, up to the first that cannot be passed on. A capability to the endpoint itself is unwrapped: the
 * receiver gets its badge, and the receive slot stays free for another. */
static void transfer_caps(struct tcb *sender, const word_t *from, struct endpoint *endpoint, struct tcb *receiver,
                          word_t *to, word_t count, struct message_info *info)
{
    bool slot_used = false;
    for (word_t i = 0; i < count; i++, info->extra_caps++) {
        struct slot *source;
        if (lookup_slot(sender, from[BUFFER_CAPS + i], &source) != STATUS_OK)
            return;
        struct cap cap = source->cap;
        if (endpoint && cap_type(cap) == CAP_ENDPOINT && cap_endpoint_ptr(cap) == endpoint) {
            to[BUFFER_CAPS + i] = cap_endpoint_badge(cap);
            info->caps_unwrapped |= BIT(i);
            continue;
        }
        if (slot_used)
            return;
        struct slot *dest = receive_slot(receiver, to);
        if (!dest || cap_derive(source, cap, &cap) != STATUS_OK || cap_type(cap) == CAP_NULL)
            return;
        cap_insert(dest, cap, source, false);
        slot_used = true;
    }
}

/* endpoint NULL: a reply. */
void ipc_transfer(struct tcb *sender, struct endpoint *endpoint, word_t badge, bool grant, struct tcb *receiver)
{
    struct message_info out = {0};
    if (sender->fault.type != FAULT_NONE) {
        out.label = sender->fault.type;
        out.length = fault_message(sender, receiver);
    } else {
        struct message_info in = info_unpack(sender->ctx.x[1]);
        bool large = in.length > MESSAGE_REGISTERS || (in.extra_caps && grant);
        const word_t *from = large ? arch_ipc_buffer(sender, false) : NULL;
        word_t *to = large ? arch_ipc_buffer(receiver, true) : NULL;
        out.label = in.label;
        out.length = transfer_words(sender, from, receiver, to, in.length);
        if (in.extra_caps && grant && from && to)
            transfer_caps(sender, from, endpoint, receiver, to, in.extra_caps, &out);
    }
    receiver->ctx.x[0] = badge;
    receiver->ctx.x[1] = info_pack(out);
}
