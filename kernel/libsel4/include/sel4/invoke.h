/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How an invocation is passed: a Call whose label is the invocation number. For the headers that give each object's
 * methods. On an error the four register words of the reply are left in the IPC buffer, so that the caller finds the
 * error's details with seL4_GetMR.
 */
#pragma once

#include <sel4/syscalls.h>

struct sel4_reply {
    seL4_Error error;
    seL4_Word mr[4];
    seL4_Word length;
};

LIBSEL4_INLINE_FUNC struct sel4_reply sel4_invoke_reply(seL4_CPtr service, seL4_Word label, seL4_Word caps,
                                                        seL4_Word length, seL4_Word mr0, seL4_Word mr1, seL4_Word mr2,
                                                        seL4_Word mr3)
{
    seL4_MessageInfo_t info = seL4_MessageInfo_new(label, 0, caps, length);
    struct sel4_trap in = {service, info.words[0], {mr0, mr1, mr2, mr3}};
    struct sel4_trap out = sel4_trap((seL4_Word)seL4_SysCall, in);
    seL4_MessageInfo_t result = {{out.info}};
    struct sel4_reply reply = {(seL4_Error)seL4_MessageInfo_get_label(result),
                               {out.mr[0], out.mr[1], out.mr[2], out.mr[3]},
                               seL4_MessageInfo_get_length(result)};
    if (reply.error != seL4_NoError) {
        for (int i = 0; i < 4; i++) {
            seL4_SetMR(i, reply.mr[i]);
        }
    }
    return reply;
}

LIBSEL4_INLINE_FUNC seL4_Error sel4_invoke(seL4_CPtr service, seL4_Word label, seL4_Word caps, seL4_Word length,
                                           seL4_Word mr0, seL4_Word mr1, seL4_Word mr2, seL4_Word mr3)
{
    return sel4_invoke_reply(service, label, caps, length, mr0, mr1, mr2, mr3).error;
}
