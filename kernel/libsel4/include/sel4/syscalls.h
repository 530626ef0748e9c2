/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system calls. One asm statement serves all that pass a message: x7 = number, x0 = capability in and badge out,
 * x1 = message info, x2..x5 = message registers 0..3; the kernel preserves every other register and the flags.
 */
#pragma once

#include <sel4/types.h>

/* What goes into and comes out of the kernel in registers. */
struct sel4_trap {
    seL4_Word cap_or_badge;
    seL4_Word info;
    seL4_Word mr[4];
};

LIBSEL4_INLINE_FUNC struct sel4_trap sel4_trap(seL4_Word number, struct sel4_trap in)
{
    register seL4_Word x0 __asm__("x0") = in.cap_or_badge;
    register seL4_Word x1 __asm__("x1") = in.info;
    register seL4_Word x2 __asm__("x2") = in.mr[0];
    register seL4_Word x3 __asm__("x3") = in.mr[1];
    register seL4_Word x4 __asm__("x4") = in.mr[2];
    register seL4_Word x5 __asm__("x5") = in.mr[3];
    register seL4_Word x7 __asm__("x7") = number;
    __asm__ volatile("svc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5) : "r"(x7) : "memory");
    struct sel4_trap out = {x0, x1, {x2, x3, x4, x5}};
    return out;
}

/* A message whose first registers come from, and return to, the IPC buffer. */
LIBSEL4_INLINE_FUNC struct sel4_trap sel4_trap_buffered(seL4_Word number, seL4_CPtr cap, seL4_MessageInfo_t info)
{
    struct sel4_trap in = {cap, info.words[0], {seL4_GetMR(0), seL4_GetMR(1), seL4_GetMR(2), seL4_GetMR(3)}};
    return sel4_trap(number, in);
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t sel4_received(struct sel4_trap out, seL4_Word *sender)
{
    for (int i = 0; i < 4; i++) {
        seL4_SetMR(i, out.mr[i]);
    }
    if (sender) {
        *sender = out.cap_or_badge;
    }
    seL4_MessageInfo_t info = {{out.info}};
    return info;
}

/* A message whose first registers are the caller's variables; a null pointer stands for "none". */
LIBSEL4_INLINE_FUNC struct sel4_trap sel4_trap_mrs(seL4_Word number, seL4_CPtr cap, seL4_MessageInfo_t info,
                                                   const seL4_Word *mr0, const seL4_Word *mr1, const seL4_Word *mr2,
                                                   const seL4_Word *mr3)
{
    struct sel4_trap in = {
        cap, info.words[0], {mr0 ? *mr0 : 0, mr1 ? *mr1 : 0, mr2 ? *mr2 : 0, mr3 ? *mr3 : 0}};
    return sel4_trap(number, in);
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t sel4_received_mrs(struct sel4_trap out, seL4_Word *sender, seL4_Word *mr0,
                                                         seL4_Word *mr1, seL4_Word *mr2, seL4_Word *mr3)
{
    seL4_Word *const to[4] = {mr0, mr1, mr2, mr3};
    for (int i = 0; i < 4; i++) {
        if (to[i]) {
            *to[i] = out.mr[i];
        }
    }
    if (sender) {
        *sender = out.cap_or_badge;
    }
    seL4_MessageInfo_t info = {{out.info}};
    return info;
}

LIBSEL4_INLINE_FUNC void seL4_Send(seL4_CPtr dest, seL4_MessageInfo_t msgInfo)
{
    sel4_trap_buffered((seL4_Word)seL4_SysSend, dest, msgInfo);
}

LIBSEL4_INLINE_FUNC void seL4_SendWithMRs(seL4_CPtr dest, seL4_MessageInfo_t msgInfo, seL4_Word *mr0, seL4_Word *mr1,
                                          seL4_Word *mr2, seL4_Word *mr3)
{
    sel4_trap_mrs((seL4_Word)seL4_SysSend, dest, msgInfo, mr0, mr1, mr2, mr3);
}

LIBSEL4_INLINE_FUNC void seL4_NBSend(seL4_CPtr dest, seL4_MessageInfo_t msgInfo)
{
    sel4_trap_buffered((seL4_Word)seL4_SysNBSend, dest, msgInfo);
}

LIBSEL4_INLINE_FUNC void seL4_NBSendWithMRs(seL4_CPtr dest, seL4_MessageInfo_t msgInfo, seL4_Word *mr0, seL4_Word *mr1,
                                            seL4_Word *mr2, seL4_Word *mr3)
{
    sel4_trap_mrs((seL4_Word)seL4_SysNBSend, dest, msgInfo, mr0, mr1, mr2, mr3);
}

LIBSEL4_INLINE_FUNC void seL4_Reply(seL4_MessageInfo_t msgInfo)
{
    sel4_trap_buffered((seL4_Word)seL4_SysReply, 0, msgInfo);
}

LIBSEL4_INLINE_FUNC void seL4_ReplyWithMRs(seL4_MessageInfo_t msgInfo, seL4_Word *mr0, seL4_Word *mr1, seL4_Word *mr2,
                                           seL4_Word *mr3)
{
    sel4_trap_mrs((seL4_Word)seL4_SysReply, 0, msgInfo, mr0, mr1, mr2, mr3);
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_Call(seL4_CPtr dest, seL4_MessageInfo_t msgInfo)
{
    return sel4_received(sel4_trap_buffered((seL4_Word)seL4_SysCall, dest, msgInfo), (seL4_Word *)0);
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_CallWithMRs(seL4_CPtr dest, seL4_MessageInfo_t msgInfo, seL4_Word *mr0,
                                                        seL4_Word *mr1, seL4_Word *mr2, seL4_Word *mr3)
{
    struct sel4_trap out = sel4_trap_mrs((seL4_Word)seL4_SysCall, dest, msgInfo, mr0, mr1, mr2, mr3);
    return sel4_received_mrs(out, (seL4_Word *)0, mr0, mr1, mr2, mr3);
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_Recv(seL4_CPtr src, seL4_Word *sender)
{
    seL4_MessageInfo_t none = {{0}};
    return sel4_received(sel4_trap_mrs((seL4_Word)seL4_SysRecv, src, none, 0, 0, 0, 0), sender);
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_RecvWithMRs(seL4_CPtr src, seL4_Word *sender, seL4_Word *mr0,
                                                        seL4_Word *mr1, seL4_Word *mr2, seL4_Word *mr3)
{
    seL4_MessageInfo_t none = {{0}};
    struct sel4_trap out = sel4_trap_mrs((seL4_Word)seL4_SysRecv, src, none, mr0, mr1, mr2, mr3);
    return sel4_received_mrs(out, sender, mr0, mr1, mr2, mr3);
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_NBRecv(seL4_CPtr src, seL4_Word *sender)
{
    seL4_MessageInfo_t none = {{0}};
    return sel4_received(sel4_trap_mrs((seL4_Word)seL4_SysNBRecv, src, none, 0, 0, 0, 0), sender);
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_ReplyRecv(seL4_CPtr src, seL4_MessageInfo_t msgInfo, seL4_Word *sender)
{
    return sel4_received(sel4_trap_buffered((seL4_Word)seL4_SysReplyRecv, src, msgInfo), sender);
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_ReplyRecvWithMRs(seL4_CPtr src, seL4_MessageInfo_t msgInfo,
                                                             seL4_Word *sender, seL4_Word *mr0, seL4_Word *mr1,
                                                             seL4_Word *mr2, seL4_Word *mr3)
{
    struct sel4_trap out = sel4_trap_mrs((seL4_Word)seL4_SysReplyRecv, src, msgInfo, mr0, mr1, mr2, mr3);
    return sel4_received_mrs(out, sender, mr0, mr1, mr2, mr3);
}

LIBSEL4_INLINE_FUNC void seL4_Signal(seL4_CPtr dest)
{
    seL4_MessageInfo_t empty = {{0}};
    sel4_trap_mrs((seL4_Word)seL4_SysSend, dest, empty, 0, 0, 0, 0);
}

LIBSEL4_INLINE_FUNC void seL4_Wait(seL4_CPtr src, seL4_Word *sender)
{
    seL4_Recv(src, sender);
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_Poll(seL4_CPtr src, seL4_Word *sender)
{
    return seL4_NBRecv(src, sender);
}

LIBSEL4_INLINE_FUNC void seL4_Yield(void)
{
    register seL4_Word x7 __asm__("x7") = (seL4_Word)seL4_SysYield;
    __asm__ volatile("svc #0" : : "r"(x7) : "memory");
}

#ifdef CONFIG_PRINTING
LIBSEL4_INLINE_FUNC void seL4_DebugPutChar(char c)
{
    sel4_trap((seL4_Word)seL4_SysDebugPutChar, (struct sel4_trap){(seL4_Word)c, 0, {0, 0, 0, 0}});
}
#endif

#ifdef CONFIG_DEBUG_BUILD
LIBSEL4_INLINE_FUNC seL4_Uint32 seL4_DebugCapIdentify(seL4_CPtr cap)
{
    struct sel4_trap out = sel4_trap((seL4_Word)seL4_SysDebugCapIdentify, (struct sel4_trap){cap, 0, {0, 0, 0, 0}});
    return (seL4_Uint32)out.cap_or_badge;
}

LIBSEL4_INLINE_FUNC void seL4_DebugHalt(void)
{
    sel4_trap((seL4_Word)seL4_SysDebugHalt, (struct sel4_trap){0, 0, {0, 0, 0, 0}});
}

LIBSEL4_INLINE_FUNC void seL4_DebugDumpScheduler(void)
{
    sel4_trap((seL4_Word)seL4_SysDebugDumpScheduler, (struct sel4_trap){0, 0, {0, 0, 0, 0}});
}

LIBSEL4_INLINE_FUNC void seL4_DebugSnapshot(void)
{
    sel4_trap((seL4_Word)seL4_SysDebugSnapshot, (struct sel4_trap){0, 0, {0, 0, 0, 0}});
}

LIBSEL4_INLINE_FUNC void seL4_DebugNameThread(seL4_CPtr tcb, const char *name)
{
    char *to = (char *)seL4_GetIPCBuffer()->msg;
    seL4_Word i = 0;
    for (; name[i] && i < sizeof(seL4_GetIPCBuffer()->msg) - 1; i++) {
        to[i] = name[i];
    }
    to[i] = 0;
    sel4_trap((seL4_Word)seL4_SysDebugNameThread, (struct sel4_trap){tcb, 0, {0, 0, 0, 0}});
}
#endif
